//! The published vectors of `vectors/id_jag`: made here, and sent to Weir as they stand in the file.
//!
//! After a change: `UPDATE_GOLDEN=1 TARGET=memory cargo test --package weir-tests id_jag_vectors`, then review each
//! line.

mod possession;
mod redemption;
mod resource;
mod server;

use std::collections::BTreeSet;

use harness::{
    Answer, Draft,
    target::{Target, skipped_if},
};
use http::Method;
use serde_json::{Value, json};

/// The time of the vectors, in Unix seconds: that of the memory host.
const TIME: u64 = harness::memory::BEGINNING;

/// One vector: requests in their order, each with its expected answer.
struct Vector {
    name: String,
    /// The row of the list in the README.
    row: u8,
    /// The rule's document and section.
    section: &'static str,
    steps: Vec<Step>,
}

/// A request and its expected answer.
struct Step {
    headers: Vec<(&'static str, String)>,
    body: String,
    expected: Value,
}

impl Vector {
    fn new(row: u8, section: &'static str, name: &str, steps: impl IntoIterator<Item = Step>) -> Self {
        Self { name: name.to_owned(), row, section, steps: steps.into_iter().collect() }
    }

    fn to_json(&self) -> Value {
        let steps = self.steps.iter().map(|step| {
            let headers: serde_json::Map<String, Value> =
                step.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "headers": headers, "body": step.body, "expected": step.expected })
        });
        let steps: Vec<Value> = steps.collect();
        json!({ "name": self.name, "row": self.row, "section": self.section, "steps": steps })
    }
}

/// The file of a group of vectors: one line per vector, so that a change shows.
fn file(head: Value, vectors: &[Vector]) -> String {
    let lines: Vec<String> = vectors.iter().map(|vector| format!("    {}", vector.to_json())).collect();
    let head = serde_json::to_string(&head).expect("JSON can be written");
    format!("{{\n  \"server\": {head},\n  \"vectors\": [\n{}\n  ]\n}}\n", lines.join(",\n"))
}

fn files() -> [(&'static str, String); 3] {
    [
        ("token_endpoint.json", file(server::described(), &redemption::vectors())),
        ("proof_of_possession.json", file(server::described(), &possession::vectors())),
        ("protected_resource.json", file(server::described(), &resource::vectors())),
    ]
}

#[test]
fn published_files_are_those_that_are_made_here() {
    for (name, text) in files() {
        let path = harness::in_tests("vectors/id_jag").join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).expect("the vectors should be written");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(published == text, "`{name}` should be made anew (see the top of this file), and reviewed");
    }
}

#[test]
fn every_vector_is_answered_as_it_says() {
    if skipped_if(Target::chosen() != Target::Memory, "the vectors have a fixed time, and names that no test owns") {
        return;
    }
    let mut rows = BTreeSet::new();
    let (mut names, mut faults) = (BTreeSet::new(), Vec::new());
    for (name, _) in files() {
        let text = std::fs::read_to_string(harness::in_tests("vectors/id_jag").join(name)).expect("the file is there");
        let read: Value = serde_json::from_str(&text).expect("the file should be JSON");
        let weir = server::start();
        for vector in read["vectors"].as_array().expect("vectors") {
            let title = vector["name"].as_str().expect("a name").to_owned();
            rows.insert(vector["row"].as_u64().expect("a row"));
            for step in vector["steps"].as_array().expect("steps") {
                let (method, path) = match name {
                    "protected_resource.json" => (Method::POST, "/mcp"),
                    _ => (Method::POST, "/oauth/token"),
                };
                let mut draft = match name {
                    "protected_resource.json" => Draft::list(),
                    _ => Draft::bare(method, path)
                        .header("content-type", "application/x-www-form-urlencoded")
                        .body(step["body"].as_str().expect("a body").to_owned()),
                };
                for (header, value) in step["headers"].as_object().expect("headers") {
                    draft = draft.header(header, value.as_str().expect("a text"));
                }
                let wrong = difference(&step["expected"], &weir.send(draft));
                faults.extend(wrong.map(|wrong| format!("`{title}`: {wrong}")));
            }
            assert!(names.insert(title.clone()), "`{title}` should be there once");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(rows, (1..=16).collect(), "each row of the list should have a vector");
}

/// The difference between the answer and the expected one: its status, its OAuth error, and what a token response says.
fn difference(expected: &Value, answer: &Answer) -> Option<String> {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let mut right = true;
    for (member, value) in expected.as_object().expect("an object") {
        right &= match (member.as_str(), value.as_str()) {
            ("status", _) => *value == answer.status.as_u16(),
            ("accepted", _) => answer.status != 401,
            ("challenge", Some(error)) => {
                challenge.starts_with("DPoP ") && challenge.contains(&format!("error=\"{error}\""))
            }
            _ => body[member] == *value,
        };
    }
    right &= body.get("access_token").is_some() == expected.get("token_type").is_some();
    (!right).then(|| format!("{} {challenge} {} instead of {expected}", answer.status, answer.text()))
}
