//! *guard*: limits on the arguments and the number of calls, for every caller.

mod rate;

use gateway::Limits;
use harness::{Draft, Weir};
use serde_json::json;

#[test]
fn arguments_over_the_limit_are_refused() {
    let weir = Weir::usual();
    let query = "a".repeat(Limits::ARGUMENTS_BYTES);
    weir.call("alice", "documents_search", json!({ "query": query }))
        .should_be_refused(-32602, "arguments over the limit");
    assert!(weir.documents.calls().is_empty(), "nothing should reach the origin");
    let fitting = "a".repeat(Limits::ARGUMENTS_BYTES - 20);
    let answer = weir.call("alice", "documents_search", json!({ "query": fitting }));
    assert!(answer.error_code().is_none(), "arguments within the limit should pass: {}", answer.text());
}

#[test]
fn invented_cursor_is_refused() {
    let weir = Weir::usual();
    for cursor in ["", "eyJvcmlnaW4iOiJ4In0", "../../etc/passwd"] {
        let draft = Draft::modern("tools/list", json!({ "cursor": cursor })).token(&weir.token("alice"));
        weir.send(draft).should_be(200, -32602, "a cursor that was never handed out");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}

#[test]
fn arguments_nested_too_deep_are_refused() {
    let weir = Weir::usual();
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let draft = Draft::call("documents_search", json!({ "query": "x", "extra": "HERE" }));
    let body = String::from_utf8(draft.body.to_vec()).expect("JSON is text").replace("\"HERE\"", &deep);
    let answer = weir.send(draft.body(body).token(&weir.token("alice")));
    assert!(answer.error_code().is_some(), "arguments nested two hundred deep should be refused: {}", answer.text());
    assert!(weir.documents.calls().is_empty(), "nothing should reach the origin");
}
