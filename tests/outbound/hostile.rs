//! Hostile and failing token endpoints.

use std::time::Duration;

use harness::{Reply, Step, target::Target};
use serde_json::json;

use super::{Outbound, SECRET, has_real_clock};

const TARGET: &str = ", scopes = [\"tickets.read\"]";

/// A token response with these members beside a token.
fn issued(more: serde_json::Value) -> Reply {
    let mut body = json!({ "access_token": "canary-token-of-a-hostile-server", "token_type": "Bearer" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    Reply::json(&body)
}

fn refused(status: u16, error: &str) -> Reply {
    // Some servers repeat what they were sent.
    let body = json!({ "error": error, "error_description": format!("{SECRET} is wrong"), "client_secret": SECRET });
    Reply::text(status, "application/json", body.to_string())
}

/// Responses, each with the reason and the end of the event's detail. The first three depend on the host, too.
fn cases(elsewhere: &str) -> Vec<(Reply, &'static str, &'static str)> {
    let endless = {
        let mut reply = Reply::text(200, "application/json", "{\"access_token\":\"");
        reply.steps.extend((0..100).map(|_| Step::Send("a".repeat(64 * 1024).into())));
        // Read to its end, it would be too slow instead.
        reply.steps.push(Step::Hang);
        reply
    };
    vec![
        (Reply::redirect(elsewhere), "origin_token_unusable", "status 307, a redirect"),
        (endless, "origin_token_unusable", "no usable `access_token`"),
        (issued(json!({})).header("content-encoding", "gzip"), "origin_token_unusable", "no usable `access_token`"),
        (issued(json!({ "token_type": "DPoP" })), "origin_token_unusable", "another `token_type`"),
        (issued(json!({ "token_type": null })), "origin_token_unusable", "another `token_type`"),
        (
            issued(json!({ "access_token": "a\r\nx-injected: yes" })),
            "origin_token_unusable",
            "no usable `access_token`",
        ),
        (issued(json!({ "access_token": "a b" })), "origin_token_unusable", "no usable `access_token`"),
        (issued(json!({ "access_token": "a".repeat(17_000) })), "origin_token_unusable", "no usable `access_token`"),
        (issued(json!({ "access_token": ["a"] })), "origin_token_unusable", "no usable `access_token`"),
        (Reply::text(200, "text/html", "<h1>sign in</h1>"), "origin_token_unusable", "no usable `access_token`"),
        (Reply::json(&json!(["a", "Bearer"])), "origin_token_unusable", "no usable `access_token`"),
        (Reply::text(404, "text/html", "<h1>not found</h1>"), "origin_token_unusable", "status 404"),
        (refused(401, "invalid_client"), "origin_token_refused", "status 401 invalid_client"),
        (refused(400, "invalid_scope"), "origin_token_refused", "status 400 invalid_scope"),
        (refused(400, "invalid_grant"), "origin_token_refused", "status 400 invalid_grant"),
        (refused(400, SECRET), "origin_token_unusable", "status 400"),
        (refused(500, "server_error"), "origin_token_unavailable", "status 500 server_error"),
        (Reply::text(429, "text/plain", "slow down"), "origin_token_unavailable", "status 429"),
        (Reply::break_off(), "origin_token_unavailable", ""),
        (Reply::refuse(), "origin_token_unavailable", ""),
    ]
}

#[test]
fn response_that_is_no_token_ends_the_call_with_its_reason() {
    let outbound = Outbound::start("client_credentials", TARGET);
    let elsewhere = outbound.weir.documents.url().to_owned();
    let of_host = if Target::chosen() == Target::Memory { usize::MAX } else { 3 };
    for (index, (reply, reason, detail)) in cases(&elsewhere).into_iter().take(of_host).enumerate() {
        outbound.server.answer_next(reply);
        let (code, words, event) = outbound.fails(index + 1);
        assert_eq!((code, &event["outcome"]["reason"]), (-31502, &json!(reason)), "case {index}: {event:#}");
        assert_eq!(event["outcome"]["status"], "origin_failed", "case {index}");
        let told = event["detail"].as_str().expect("the operator should be told");
        assert!(told.starts_with("client_credentials: ") && told.ends_with(detail), "case {index}: {told}");
        assert!(words.contains("authorization server of the MCP server behind the gateway"), "case {index}: {words}");
        assert!(!words.contains("127.0.0.1"), "case {index}: {words}");
        for (place, text) in [("event", event.to_string()), ("log", outbound.weir.running.log()), ("answer", words)] {
            for secret in ["canary-token-of-a-hostile-server", SECRET, "error_description", "x-injected"] {
                assert!(!text.contains(secret), "case {index}: `{secret}` should not be in the {place}: {text}");
            }
        }
        // A refusal counts for a moment.
        outbound.weir.running.forget();
    }
    assert!(outbound.weir.tickets.calls().is_empty(), "no call should be sent without a token");
    assert!(outbound.weir.documents.received().is_empty(), "no redirect should be followed");
    outbound.succeeds();
}

#[test]
fn refusal_is_not_asked_for_again_at_once() {
    if has_real_clock() {
        return;
    }
    let outbound = Outbound::start("client_credentials", TARGET);
    outbound.server.answer_next(refused(401, "invalid_client"));
    for call in 1..=5 {
        let (_, _, event) = outbound.fails(call);
        assert_eq!(event["outcome"]["reason"], "origin_token_refused");
    }
    assert_eq!(outbound.server.requests().len(), 1, "a server may lock out a client that it refuses often");
    outbound.weir.running.pass(Duration::from_secs(10));
    outbound.succeeds();
    let line = "{\"level\":\"error\",\"reason\":\"origin_token_refused\",\"what\":\"tickets\"}";
    assert!(outbound.weir.running.log().contains(line), "the operator should be told");
}
