//! The legacy era: clients of three older versions on the same URL, and origins that speak one of them.

mod batches;
mod clients;
mod eras;
mod ids;
mod log_levels;
mod origins;
mod questions;
mod session_lists;
pub mod sessions;
mod streams;
mod unasked;

use harness::offers::INPUT_REQUESTS;
use harness::{Answer, Draft, Origin, Setup, Weir};
use serde_json::{Value, json};

/// The legacy versions that Weir speaks, each as the header of its requests says it: the oldest has no such header.
const VERSIONS: [(&str, Option<&str>); 3] =
    [("2025-11-25", Some("2025-11-25")), ("2025-06-18", Some("2025-06-18")), ("2025-03-26", None)];

/// A legacy `initialize` that requests `version`.
fn initialize(version: &str) -> Draft {
    let client = json!({ "name": "old-client", "version": "0.9" });
    let params = json!({ "protocolVersion": version, "capabilities": { "sampling": {} }, "clientInfo": client });
    Draft::legacy(None, "initialize", params)
}

/// A legacy `tools/call` of the documents' search, with the progress token `p`.
fn search() -> Draft {
    Draft::legacy(
        Some("2025-11-25"),
        "tools/call",
        json!({ "name": "documents_search", "arguments": { "query": "x" }, "_meta": { "progressToken": "p" } }),
    )
}

/// The registry with another era for the origin `documents`, which may make all requests for input.
pub fn documents_of(era: &str) -> Setup {
    let setup = Setup::new().may_ask("documents", &INPUT_REQUESTS);
    setup.replace("origins/documents.toml", "era = \"modern\"", &format!("era = \"{era}\""))
}

/// A modern client's call of the documents' search.
fn call(weir: &Weir, person: &str) -> Answer {
    weir.call(person, "documents_search", json!({ "query": "x" }))
}

#[track_caller]
fn should_work(answer: &Answer, why: &str) {
    let message = answer.message();
    assert_eq!(message["result"]["content"][0]["text"], "search was called", "{why}: {message}");
}

/// The number of requests of this JSON-RPC method that an origin has got.
fn count(origin: &Origin, method: &str) -> usize {
    origin.received().iter().filter(|received| received.message()["method"] == method).count()
}

/// The session of each call that an origin has got, in order.
fn sessions(origin: &Origin) -> Vec<Option<String>> {
    origin.calls().iter().map(|received| received.header("mcp-session-id").map(str::to_owned)).collect()
}

fn failing(code: i64) -> Value {
    json!({ "code": code, "message": "as the origin says it" })
}
