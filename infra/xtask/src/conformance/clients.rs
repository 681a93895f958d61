//! The official clients of four SDKs and both eras: each walks through both virtual servers and has to see the same
//! there.

use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{Revision, Row};
use crate::{
    clock::now,
    command::{Fault, cargo, not_started, program, root, run as run_program},
    serving::node,
    tools,
};

/// A walk takes a second or two.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// A client program, ready for the address and the era.
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
    let mut command = program(tools::python()?);
    command.arg("tests/conformance/clients/walk.py");
    Ok(command)
}

fn rmcp() -> Result<Command, Fault> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "rmcp-client", "--"]);
    Ok(command)
}

/// Gets and builds what they need.
///
/// # Errors
/// A part of it could not be had.
pub fn ready() -> Result<Vec<Client>, Fault> {
    tools::python()?;
    run_program(cargo().args(["build", "--quiet", "--package", "rmcp-client"]))?;
    Ok(CLIENTS.into())
}

/// Sends each through the virtual server of `revision`.
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

/// What a client of an era should see in front of an origin of `revision`.
fn wanted(era: &str, revision: Revision) -> Value {
    let (tools, prompts, asked) = match (era, revision.era) {
        ("modern", "modern") => (30, 5, "Hello, Ada!"),
        // The manual's chapter on bridging says why nobody can be asked across the eras.
        ("legacy", "modern") => (30, 5, "This needs to ask you something, and your client is too old…"),
        ("modern", _) => (13, 4, "refused -31502"),
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

/// The line that a client prints.
fn seen(client: &Client, url: &str) -> Result<Value, Fault> {
    let mut command = (client.command)()?;
    command.args([url, client.era]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| not_started(&command, source))?;
    let began = now();
    // What they print is short: it fits the pipes, and nobody has to read before they end.
    while matches!(child.try_wait(), Ok(None)) {
        if began.elapsed() > PATIENCE {
            let _ = child.kill();
            break;
        }
        thread::sleep(LOOK);
    }
    let output = child.wait_with_output().map_err(|source| not_started(&command, source))?;
    serde_json::from_slice(&output.stdout).map_err(|_| {
        let errors = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<_> = errors.lines().filter(|line| !line.trim().is_empty()).collect();
        Fault::Found(format!(
            "it ended early: {}",
            lines.get(lines.len().saturating_sub(6)..).unwrap_or_default().join(" | ")
        ))
    })
}

/// The answers that are not as they should be.
fn difference(seen: &Value, wanted: &Value) -> Option<String> {
    let members =
        wanted.as_object().into_iter().flatten().filter(|(name, value)| !matches(&seen[name.as_str()], value));
    let all: Vec<_> = members.map(|(name, value)| format!("{name} is {} and should be {value}", seen[name])).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// A text that ends in `…` is the beginning of one.
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
        let said = difference(&json!({}), &json!({ "a": 1 }));
        assert_eq!(said.as_deref(), Some("a is null and should be 1"), "a missing answer is a wrong one");
        assert_eq!(difference(&json!({ "a": "one more" }), &json!({ "a": "one…" })), None, "a beginning should do");
    }
}
