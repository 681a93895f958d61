//! The required scenarios and the known failures, as listed by the suite and tests/conformance/expected-failures.yml.

use std::fs;

use crate::command::{Fault, root};

const EXPECTED_FAILURES: &str = "tests/conformance/expected-failures.yml";
const REQUIREMENTS: &str = "tests/node_modules/@modelcontextprotocol/conformance/requirements";

/// Scenarios that are known to fail, by part: a name, or a beginning and `*`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    server: Vec<String>,
    client: Vec<String>,
}

impl Expected {
    /// Reads the file.
    ///
    /// # Errors
    /// It can't be read.
    pub fn read() -> Result<Self, Fault> {
        let text = read(EXPECTED_FAILURES)?;
        Ok(Self { server: list(&text, "server"), client: list(&text, "client") })
    }

    /// True for a server scenario that is known to fail.
    pub fn of_server(&self, scenario: &str) -> bool {
        contains(&self.server, scenario)
    }

    /// True for a client scenario that is known to fail.
    pub fn of_client(&self, scenario: &str) -> bool {
        contains(&self.client, scenario)
    }
}

/// The scenarios that a revision requires of `leg`, `server` or `client`.
///
/// # Errors
/// The suite has no such revision.
pub fn required(revision: &str, leg: &str) -> Result<Vec<String>, Fault> {
    Ok(list(&read(&format!("{REQUIREMENTS}/{revision}.yaml"))?, leg))
}

fn read(path: &str) -> Result<String, Fault> {
    let path = root().join(path);
    fs::read_to_string(&path).map_err(|source| Fault::File { path, source })
}

/// The items of the list at the top-level key `key`: no other YAML occurs in these files.
fn list(text: &str, key: &str) -> Vec<String> {
    let head = format!("{key}:");
    let below = text.lines().skip_while(|line| line.trim_end() != head).skip(1);
    let items = below.take_while(|line| line.starts_with([' ', '#']) || line.is_empty());
    items.filter_map(|line| line.trim().strip_prefix("- ")).map(str::to_owned).collect()
}

fn contains(list: &[String], scenario: &str) -> bool {
    list.iter().any(|item| match item.strip_suffix('*') {
        Some(beginning) => scenario.starts_with(beginning),
        None => item == scenario,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_ends_at_the_next_key() {
        let text = "server:\n  # why\n  - one\n  - two\n\nclient:\n  - three\n";
        assert_eq!(list(text, "server"), ["one", "two"], "comments are no items");
        assert_eq!(list(text, "client"), ["three"]);
        assert!(list(text, "draft").is_empty(), "a key that isn't there has no items");
    }

    #[test]
    fn expected_failures_are_names_or_beginnings() {
        let expected = Expected { client: vec!["auth/*".to_owned(), "sse-retry".to_owned()], server: Vec::new() };
        assert!(expected.of_client("auth/basic-cimd") && expected.of_client("sse-retry"), "both forms should be read");
        assert!(!expected.of_client("sse-retry-2") && !expected.of_server("sse-retry"), "nothing else is expected");
    }
}
