//! *respond*: the form of responses: ids, media types, caching, and errors without internal details.

use harness::{Draft, Reply, Weir};
use http::Method;
use serde_json::json;

#[test]
fn answers_are_json_and_never_cached() {
    let weir = Weir::usual();
    let good = weir.list("alice");
    let refused = weir.call("alice", "nothing", json!({}));
    let challenged = weir.send(Draft::list());
    for answer in [good, refused, challenged] {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "an answer to one caller should not be kept for others"
        );
    }
}

#[test]
fn result_carries_what_this_era_requires() {
    let weir = Weir::usual();
    let answer = weir.list("alice");
    let message = answer.message();
    assert_eq!(message["jsonrpc"], "2.0");
    assert_eq!(message["id"], 7);
    assert_eq!(message["result"]["resultType"], "complete");
    let server = &message["result"]["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert!(server["name"].is_string() && server["version"].is_string(), "a result should name its server: {message}");
}

#[test]
fn error_names_its_reason_and_its_event() {
    let weir = Weir::usual();
    let error = weir.call("alice", "no_such_tool", json!({})).message()["error"].clone();
    assert!(
        error["message"].as_str().is_some_and(|text| !text.is_empty()),
        "a person should be able to read it: {error}"
    );
    let event = weir.event();
    assert_eq!(error["data"]["event"], event["id"], "a person should be able to ask about it: {error}");
}

#[test]
fn failure_of_origin_reveals_no_internals() {
    let weir = Weir::usual();
    weir.tickets.on_call(|_| Reply::text(500, "text/plain", "panic at /srv/app/secret.rs:7, token tickets-own-secret"));
    let answer = weir.call("alice", "tickets_find", json!({ "query": "x" }));
    answer.should_be_refused(-31502, "an origin that fails");
    for inside in ["secret.rs", "tickets-own-secret", "127.0.0.1", "panic"] {
        assert!(!answer.text().contains(inside), "`{inside}` should not reach the client: {}", answer.text());
    }
}

#[test]
fn health_is_answered_without_a_secret() {
    let weir = Weir::usual();
    let answer = weir.send(Draft::bare(Method::GET, "/healthz"));
    assert_eq!(answer.status, 200, "a Weir that can serve should say so: {}", answer.text());
    assert!(!answer.text().contains("tickets"), "health should not reveal the origins: {}", answer.text());
}

#[test]
fn streamed_error_is_last_event() {
    let weir = Weir::usual();
    weir.documents.on_call(|_| Reply::event_stream([]));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert_eq!(
        answer.error_code(),
        Some(-31502),
        "a stream without a response should end in an error: {}",
        answer.text()
    );
    assert_eq!(answer.message()["id"], 7, "clients wait for an answer to their id");
}
