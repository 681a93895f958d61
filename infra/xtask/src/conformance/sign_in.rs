//! Real clients that are given the gateway's URL and nothing else: each discovers, registers, signs a person in through
//! the browser, calls a tool, and goes on without the browser.
//!
//! The browser is tests/harness/scripted_browser.mjs, which walks the identity provider's login page and Weir's consent
//! page.

use std::{fs, process::Command};

use serde_json::{Value, json};

use super::outcome::Row;
use super::program::line_of_json;
use crate::{
    command::{Fault, program, root},
    serving::{Child, Folder, Place, Secrets, node},
    tools,
};

/// The person who signs in, a user of tests/demo/identity_provider.
const PERSON: &str = "alice";

/// The folder of the clients.
const FOLDER: &str = "tests/conformance/sign_in";

/// A client.
struct Client {
    name: &'static str,
    /// Its command; URL and person are added as arguments, then `arguments`.
    command: fn() -> Result<Command, Fault>,
    arguments: &'static [Argument],
    /// The proof that it has to print.
    wanted: Wanted,
}

/// An argument of a client's command.
#[derive(Clone, Copy)]
enum Argument {
    /// The text itself.
    Text(&'static str),
    /// A program in [`FOLDER`].
    Program(&'static str),
    /// The program of the MCP Inspector.
    Inspector,
    /// A folder for what the client keeps.
    OwnFolder,
    /// The issuer identifier of the company's identity provider.
    Issuer,
}

/// The proof that a client continued without the browser.
#[derive(Clone, Copy)]
enum Wanted {
    /// It has got new tokens for its refresh token and goes on, without a second visit of the browser.
    Refresh,
    /// A new process of the client uses the stored tokens.
    Memory,
    /// The same, for a client that calls no tool by itself.
    Listing,
}

/// opencode's program, of the only system whose package is locked.
const OPENCODE: &str = "node_modules/opencode-linux-x64/bin/opencode";

const CLIENTS: [Client; 10] = [
    Client {
        name: "TypeScript SDK 1",
        command: || script("typescript.mjs"),
        arguments: &[Argument::Text("1")],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "TypeScript SDK 2",
        command: || script("typescript.mjs"),
        arguments: &[Argument::Text("2")],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "Python SDK 1",
        command: || python("python_1", "python.py"),
        arguments: &[],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "Python SDK 2",
        command: || python("python_2", "python.py"),
        arguments: &[],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "FastMCP 2",
        command: || python("python_1", "fast_mcp.py"),
        arguments: &[],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "FastMCP 4",
        command: || python("python_2", "fast_mcp.py"),
        arguments: &[],
        wanted: Wanted::Refresh,
    },
    Client {
        name: "mcp-remote",
        command: || script("mcp_remote.mjs"),
        arguments: &[Argument::Program("node_modules/mcp-remote/dist/proxy.js"), Argument::OwnFolder],
        wanted: Wanted::Memory,
    },
    Client {
        name: "MCP Inspector",
        command: || script("inspector.mjs"),
        arguments: &[Argument::Inspector, Argument::OwnFolder],
        wanted: Wanted::Memory,
    },
    Client {
        name: "MCP Inspector, by ID-JAG",
        command: || script("inspector.mjs"),
        arguments: &[Argument::Inspector, Argument::OwnFolder, Argument::Issuer],
        wanted: Wanted::Memory,
    },
    Client {
        name: "opencode",
        command: || script("opencode.mjs"),
        arguments: &[Argument::Program(OPENCODE), Argument::OwnFolder],
        wanted: Wanted::Listing,
    },
];

fn script(name: &str) -> Result<Command, Fault> {
    node(&root().join(FOLDER).join(name))
}

fn python(environment: &str, name: &str) -> Result<Command, Fault> {
    let mut command = program(tools::python(&format!("sign_in/{environment}"))?);
    command.arg(root().join(FOLDER).join(name));
    Ok(command)
}

/// Installs the clients.
///
/// # Errors
/// A client or a part of it could not be installed.
pub fn ready() -> Result<(), Fault> {
    tools::npm_packages_of(FOLDER)?;
    tools::install_inspector()?;
    for environment in ["python_1", "python_2"] {
        tools::python(&format!("sign_in/{environment}"))?;
    }
    Ok(())
}

/// Starts the identity provider at which the people of the gateway at `audience` sign in.
///
/// # Errors
/// It could not be started.
pub fn identity_provider(place: Place, audience: &str, secrets: &Secrets) -> Result<Child, Fault> {
    let mut command = node(&root().join("tests/demo/identity_provider.mjs"))?;
    command.args(["--port", &place.port.to_string(), "--audience", audience]);
    command.env("SIGN_IN_CLIENT_SECRET", &secrets.sign_in_client_secret);
    Ok(Child::start("the identity provider", command)?.0)
}

/// Runs each client against the virtual server that is assigned to the person.
pub fn walk(gateway: &str, provider: Place, folder: &Folder) -> Row {
    let mut row = Row::new("clients that sign in, given the URL".to_owned());
    for client in &CLIENTS {
        let failure = match seen(client, &format!("{gateway}/mcp"), &provider.url(), folder) {
            Ok(seen) => difference(&seen, client.wanted),
            Err(fault) => Some(fault.to_string()),
        };
        row.add(client.name, true, false, failure);
    }
    row
}

/// The line of JSON that a client prints.
fn seen(client: &Client, url: &str, issuer: &str, folder: &Folder) -> Result<Value, Fault> {
    let own = folder.path("clients").join(client.name.replace(' ', "-"));
    fs::create_dir_all(&own).map_err(|source| Fault::File { path: own.clone(), source })?;
    let node = tools::node_command()?;
    let node = node.get_program().to_string_lossy().into_owned();
    let browse = root().join("tests/harness/browse.mjs");
    let mut command = (client.command)()?;
    command.args([url, PERSON]);
    for argument in client.arguments {
        match argument {
            Argument::Text(text) => command.arg(text),
            Argument::Program(path) => command.arg(root().join(FOLDER).join(path)),
            Argument::Inspector => command.arg(tools::inspector()),
            Argument::OwnFolder => command.arg(&own),
            Argument::Issuer => command.arg(issuer),
        };
    }
    command.env("VISITS", own.join("visits")).env("NODE", &node);
    command.env("BROWSER", format!("{node} {} {PERSON}", browse.display()));
    // A desktop would have its own idea of a browser.
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("XDG_CURRENT_DESKTOP");
    line_of_json(command)
}

/// The members that are wrong; `None` if the client has signed in once, called, and gone on.
fn difference(seen: &Value, wanted: Wanted) -> Option<String> {
    const CALLED: &str = "This is a simple text response for testing.";
    let (expected, why) = match wanted {
        Wanted::Refresh => {
            (json!({ "called": CALLED, "refreshed": true, "visits": 1 }), "it should refresh without the browser")
        }
        Wanted::Memory => {
            (json!({ "called": CALLED, "remembered": true, "visits": 1 }), "a second process should need no browser")
        }
        Wanted::Listing => {
            (json!({ "signedIn": true, "remembered": true, "visits": 1 }), "a second process should need no browser")
        }
    };
    let members = expected.as_object().into_iter().flatten();
    let wrong: Vec<_> = members
        .filter(|(name, value)| seen[name.as_str()] != **value)
        .map(|(name, value)| format!("{name} is {} and should be {value}", seen[name]))
        .collect();
    (!wrong.is_empty()).then(|| format!("{}; {why}", wrong.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_visit_of_the_browser_is_a_failure() {
        let seen = |visits: u64, refreshed: bool| json!({ "called": "This is a simple text response for testing.", "visits": visits, "refreshed": refreshed });
        assert_eq!(difference(&seen(1, true), Wanted::Refresh), None);
        for wrong in [seen(2, true), seen(1, false), json!({})] {
            assert!(difference(&wrong, Wanted::Refresh).is_some(), "{wrong}");
        }
        assert!(difference(&seen(1, true), Wanted::Memory).is_some(), "the refreshed token is not stored");
    }
}
