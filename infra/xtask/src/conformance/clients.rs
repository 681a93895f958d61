//! The official clients of four SDKs and both eras: each calls both virtual servers and has to get the same from both.

use std::process::Command;

use serde_json::{Value, json};

use super::Revision;
use super::outcome::Row;
use super::program::line_of_json;
use crate::{
    command::{Fault, cargo, program, root, run as run_program},
    serving::node,
    tools,
};

/// A client program; the address and the era are added as arguments.
pub struct Client {
    name: &'static str,
    era: &'static str,
    command: fn() -> Result<Command, Fault>,
}

const CLIENTS: [Client; 6] = [
    Client {
        name: "TypeScript 2",
        era: "modern",
        command: || node(&root().join("tests/conformance/clients/modern.mjs")),
    },
    Client {
        name: "TypeScript 1",
        era: "legacy",
        command: || node(&root().join("tests/conformance/clients/legacy.mjs")),
    },
    Client { name: "Python 2", era: "modern", command: python },
    Client { name: "Python 2", era: "legacy", command: python },
    Client { name: "rmcp 3", era: "modern", command: rmcp },
    Client { name: "rmcp 3", era: "legacy", command: rmcp },
];

fn python() -> Result<Command, Fault> {
    let mut command = program(tools::python("clients")?);
    command.arg("tests/conformance/clients/walk.py");
    Ok(command)
}

fn rmcp() -> Result<Command, Fault> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "rmcp-client", "--"]);
    Ok(command)
}

/// Installs and builds the clients.
///
/// # Errors
/// A client or a part of it could not be installed or built.
pub fn ready() -> Result<Vec<Client>, Fault> {
    tools::python("clients")?;
    tools::python("agents")?;
    run_program(cargo().args(["build", "--quiet", "--package", "rmcp-client"]))?;
    Ok(CLIENTS.into())
}

/// Runs each client against the virtual server of `revision`.
pub fn walk(clients: &[Client], revision: Revision, gateway: &str) -> Row {
    let mut row = Row::new(format!("official clients before a {} origin", revision.era));
    for client in clients {
        let failure = match seen(client, &format!("{gateway}/mcp/{}", revision.era)) {
            Ok(seen) => difference(&seen, &wanted(client.era, revision)),
            Err(fault) => Some(fault.to_string()),
        };
        row.add(&format!("{} as a {} client", client.name, client.era), true, false, failure);
    }
    row
}

/// The expected output of a client of `era` in front of an origin of `revision`.
fn wanted(era: &str, revision: Revision) -> Value {
    let (tools, prompts, asked) = match (era, revision.era) {
        ("modern", "modern") => (30, 5, "Hello, Ada!"),
        // The manual's chapter on bridging says why a legacy client can't answer an elicitation of a modern origin.
        ("legacy", "modern") => (30, 5, "This needs to ask you something, and your client is too old…"),
        // The origin gets an error at once, since this client can't be asked; its own error is the answer.
        ("modern", _) => (13, 4, "error -32601"),
        _ => (13, 4, r#"Elicitation completed: action=accept, content={"email":"Ada","username":"Ada"}"#),
    };
    json!({
        "version": if era == "modern" { "2026-07-28" } else { "2025-11-25" },
        "tools": tools,
        "resources": 4,
        "templates": ["test://template/{id}/data"],
        "prompts": prompts,
        "called": "This is a simple text response for testing.",
        "reported": "Done, with progress.",
        "steps": [0, 50, 100],
        "read": "This is the content of the static text resource.",
        "templated": "7",
        "prompted": "Prompt with arguments: arg1='one', arg2='two'",
        "completed": ["paris", "park", "party"],
        "asked": asked,
        "unknown": "error -32602",
    })
}

/// The line of JSON that a client prints.
fn seen(client: &Client, url: &str) -> Result<Value, Fault> {
    let mut command = (client.command)()?;
    command.args([url, client.era]);
    line_of_json(command)
}

/// The members that differ from the expected ones; `None` if none does.
fn difference(seen: &Value, wanted: &Value) -> Option<String> {
    let members =
        wanted.as_object().into_iter().flatten().filter(|(name, value)| !matches(&seen[name.as_str()], value));
    let all: Vec<_> = members.map(|(name, value)| format!("{name} is {} and should be {value}", seen[name])).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// True if both are equal; an expected text that ends in `…` is compared as a beginning.
fn matches(seen: &Value, wanted: &Value) -> bool {
    match (seen.as_str(), wanted.as_str().and_then(|text| text.strip_suffix('…'))) {
        (Some(seen), Some(beginning)) => seen.starts_with(beginning),
        _ => seen == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_names_what_is_wrong() {
        assert_eq!(difference(&json!({ "a": 1, "more": 2 }), &json!({ "a": 1 })), None);
        let found = difference(&json!({}), &json!({ "a": 1 }));
        assert_eq!(found.as_deref(), Some("a is null and should be 1"), "a missing answer is a wrong one");
        assert_eq!(difference(&json!({ "a": "one more" }), &json!({ "a": "one…" })), None, "a beginning should do");
    }
}
