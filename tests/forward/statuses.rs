//! The HTTP status of an origin's response: a JSON-RPC response counts under any status, everything else becomes an
//! error text.

use harness::{Reply, Step, Weir};
use serde_json::{Value, json};

#[test]
fn json_of_any_status_that_answers_is_the_answer() {
    let weir = Weir::usual();
    let result = json!({ "resultType": "complete", "content": [{ "type": "text", "text": "done" }] });
    let good = json!({ "jsonrpc": "2.0", "id": 7, "result": result });
    let error = |code: i64| json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": code, "message": "no such page" } });
    // Status, body, if it is charged.
    let cases = [
        (201, good.clone(), true),
        (500, good, true),
        (500, error(-32603), true),
        (503, error(-5), true),
        (409, error(-5), true),
        (404, error(-5), true),
        (404, error(-32602), false),
        (401, error(-32001), false),
        (403, error(-32001), false),
        (429, error(-32001), false),
    ];
    for (at, (status, body, charged)) in cases.iter().enumerate() {
        let (status, reply) = (*status, Reply::text(*status, "application/json", body.to_string()));
        weir.documents.on_call(move |_| reply.clone());
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        assert_eq!(answer.message(), *body, "{status}: a JSON-RPC response should pass unchanged");
        let event = weir.events(at + 1).remove(at);
        assert_eq!(event["outcome"]["origin_status"], status, "{status}: its status should be kept: {event:#}");
        assert_eq!(!event["cost"].is_null(), *charged, "{status} {body}: only what may have run costs: {event:#}");
    }
}

#[test]
fn status_without_message_becomes_error_text() {
    let weir = Weir::usual();
    // The reply, the reason, the error text, and true if the call is charged.
    let cases = [
        (Reply::text(401, "application/json", "{}"), "origin_refused_credential", "credential (HTTP 401)", false),
        (Reply::text(403, "text/html", "<p>"), "origin_refused_gateway", "a firewall before it", false),
        (Reply::redirect("http://127.0.0.1:1/"), "origin_redirected", "another address (HTTP 307)", false),
        (Reply::text(429, "text/plain", "x").header("retry-after", "30"), "origin_overloaded", "again in 30 s", false),
        (
            Reply::text(503, "application/json", "{}"),
            "origin_overloaded",
            "overloaded (HTTP 503); try again later",
            true,
        ),
        (Reply::text(500, "text/plain", "x"), "origin_status", "behind the gateway failed (HTTP 500)", true),
        (Reply::text(502, "text/html", "<p>").header("retry-after", "5"), "origin_status", "try again in 5 s", true),
        (Reply::text(404, "text/plain", "x"), "origin_status", "behind the gateway failed (HTTP 404)", false),
    ];
    for (at, (reply, reason, words, charged)) in cases.into_iter().enumerate() {
        let (status, wait) = (reply.status.as_u16(), reply.headers.get("retry-after").cloned());
        weir.documents.on_call(move |_| reply.clone());
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        let (refusal, text) = (answer.refusal(), answer.refusal_text());
        assert_eq!(refusal["reason"], reason, "{text}");
        assert!(text.contains(words), "`{text}` should contain `{words}`");
        let wait = wait.map(|wait| wait.to_str().expect("digits").parse::<u64>().expect("digits"));
        assert_eq!(refusal["retry_after_seconds"].as_u64(), wait, "the error should say when to retry: {text}");
        let event = weir.events(at + 1).remove(at);
        assert_eq!(event["outcome"]["status"], "origin_failed", "{text}: {event:#}");
        assert_eq!(event["outcome"]["origin_status"], status, "{text}: {event:#}");
        assert_eq!(!event["cost"].is_null(), charged, "{text}: only what may have run costs: {event:#}");
    }
}

#[test]
fn result_that_is_error_and_none_is_refused() {
    let weir = Weir::usual();
    let twice = r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[],"isError":true,"isErr\u006fr":false}}"#;
    let long = twice.replace("[]", &format!("[{{\"type\":\"text\",\"text\":\"{}\"}}]", "x".repeat(300 << 10)));
    let replies = [
        Reply::text(200, "application/json", twice),
        Reply::event_stream([Step::Send(format!("data: {twice}\n\n").into())]),
    ];
    for (at, reply) in replies.into_iter().enumerate() {
        weir.documents.on_call(move |_| reply.clone());
        weir.call("alice", "documents_search", json!({ "query": "x" })).should_be_refused(-31502, twice);
        assert_eq!(weir.events(at + 1)[at]["outcome"]["reason"], "origin_result_ambiguous");
    }
    weir.documents.on_call(move |_| Reply::text(200, "application/json", long.clone()));
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    let cut = serde_json::from_slice::<Value>(&answer.body).is_err();
    assert!(cut || answer.error_code() == Some(-31502), "a long one should not be whole, or refused as it begins");
}
