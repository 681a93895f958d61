//! *parse*: one JSON-RPC message, its era, and headers that agree with the body, checked in the specification's order.

use harness::{Draft, Setup, Weir};
use serde_json::{Value, json};

#[test]
fn every_broken_message_gets_its_code() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("vectors/messages.json")).expect("the vectors should be JSON");
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a vector should have a name");
        let answer = weir.send(changed(Draft::call("documents_search", json!({ "query": "x" })).token(&token), vector));
        let (Some(status), Some(code)) = (vector["status"].as_u64(), vector["code"].as_i64()) else {
            panic!("`{name}` should say its status and code");
        };
        let status = u16::try_from(status).expect("a status");
        answer.should_be(status, code, name);
        assert_eq!(answer.message()["jsonrpc"], "2.0", "`{name}` should be answered in JSON-RPC");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}

/// The draft as a vector changes it: the whole body, or members by JSON pointer, and headers.
fn changed(mut draft: Draft, vector: &Value) -> Draft {
    if let Some(body) = vector["body"].as_str() {
        draft = draft.body(body.to_owned());
    }
    for (pointer, value) in vector["set"].as_object().into_iter().flatten() {
        draft = draft.edit(|message| match message.pointer_mut(pointer) {
            Some(place) => place.clone_from(value),
            None => panic!("`{pointer}` should be in the message"),
        });
    }
    for pointer in vector["remove"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer has a last member");
        draft = draft.edit(|message| {
            let parent =
                message.pointer_mut(parent).and_then(Value::as_object_mut).expect("a pointer should lead to an object");
            parent.remove(&member.replace("~1", "/"));
        });
    }
    for (name, value) in vector["headers"].as_object().into_iter().flatten() {
        draft = match value.as_str() {
            Some(value) => draft.header(name, value),
            None => draft.without(name),
        };
    }
    draft
}

#[test]
fn error_of_unsupported_version_lists_supported_ones() {
    let weir = Weir::usual();
    let draft = Draft::list()
        .token(&weir.token("alice"))
        .meta("io.modelcontextprotocol/protocolVersion", "2027-01-01")
        .header("mcp-protocol-version", "2027-01-01");
    let error = weir.send(draft).message()["error"].clone();
    assert_eq!(error["data"]["requested"], "2027-01-01", "the request's version should be echoed: {error}");
    assert_eq!(error["data"]["supported"], json!(["2026-07-28"]), "the supported versions should be listed: {error}");
}

#[test]
fn id_is_echoed_as_it_was_written() {
    let weir = Weir::usual();
    for id in [json!(0), json!(-5), json!(9_007_199_254_740_993_i64), json!("a"), json!("\u{e4}\"\\ 7"), json!("")] {
        let answer = weir.send(Draft::list().edit(|message| message["id"] = id.clone()).token(&weir.token("alice")));
        assert_eq!(answer.message()["id"], id, "a result should echo the id");
        let refused =
            Draft::call("nothing", json!({})).edit(|message| message["id"] = id.clone()).token(&weir.token("alice"));
        assert_eq!(weir.send(refused).message()["id"], id, "an error should echo the id");
    }
}

#[test]
fn null_is_absence_where_member_is_optional() {
    let weir = Setup::new().with_offers().start();
    let token = weir.token("alice");
    let modern = |method: &str, params: Value| Draft::modern(method, params).token(&token);
    let legacy = |method: &str, params: Value| Draft::legacy(Some("2025-11-25"), method, params).token(&token);
    let client = json!({ "name": "x", "version": "1" });
    let capabilities = json!({ "roots": null, "elicitation": { "url": null } });
    let argument = json!({ "name": "ticket", "value": "8" });
    let prompt = json!({ "type": "ref/prompt", "name": "triage" });
    let cases = [
        modern("tools/list", json!({ "cursor": null })),
        modern("tools/call", json!({ "name": "documents_search", "arguments": null, "task": null })),
        modern("tools/call", json!({ "name": "documents_search", "inputResponses": null, "requestState": null })),
        modern("tools/call", json!({ "name": "documents_search" }))
            .meta("progressToken", Value::Null)
            .meta("io.modelcontextprotocol/clientInfo", Value::Null)
            .meta("io.modelcontextprotocol/logLevel", Value::Null)
            .meta("traceparent", Value::Null),
        modern("prompts/get", json!({ "name": "triage", "arguments": null })),
        modern("completion/complete", json!({ "ref": prompt, "argument": argument, "context": null })),
        modern("completion/complete", json!({ "ref": prompt, "argument": argument, "context": { "arguments": null } })),
        legacy("ping", Value::Null),
        legacy("tools/list", json!({ "cursor": null, "_meta": null })),
        legacy(
            "tools/call",
            json!({ "name": "documents_search", "arguments": null, "_meta": { "progressToken": null } }),
        ),
        legacy(
            "initialize",
            json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": client, "_meta": null }),
        ),
    ];
    for draft in cases {
        let body = String::from_utf8_lossy(&draft.body).into_owned();
        let answer = weir.send(draft);
        assert_eq!(answer.error_code(), None, "{body}: {}", answer.text());
    }
    for received in weir.documents.calls() {
        let sent = received.message()["params"].clone();
        let nulls = sent.as_object().into_iter().flatten().filter(|(_, value)| value.is_null()).count();
        assert_eq!(nulls, 0, "the origin should get no `null` parameter: {sent}");
    }
    let listen = json!({ "notifications": { "toolsListChanged": null, "resourceSubscriptions": null } });
    let mut exchange = weir.begin(modern("subscriptions/listen", listen));
    assert_eq!(exchange.head().expect("a head").status, 200, "nothing listened for is nothing");
    exchange.reset();
    // A required member that is `null` is missing.
    weir.send(modern("tools/call", json!({ "name": null })).header("mcp-name", "x")).should_be(400, -32020, "no name");
    weir.send(modern("tools/list", json!({})).edit(|message| message["id"] = Value::Null))
        .should_be(400, -32600, "no id");
}

#[test]
fn header_name_in_base64_is_decoded() {
    let weir = Weir::usual();
    let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
    let answer = weir.send(draft.clone().header("mcp-name", "=?base64?ZG9jdW1lbnRzX3NlYXJjaA==?="));
    assert_eq!(answer.status, 200, "the sentinel should be decoded: {}", answer.text());
    let spaced = weir.send(draft.header("mcp-name", "  documents_search\t"));
    assert_eq!(spaced.status, 200, "whitespace around a value is no part of it (RFC 9110 §5.5)");
}

#[test]
fn notification_is_refused_without_id() {
    let weir = Weir::usual();
    let draft = Draft::list().edit(|message| {
        message.as_object_mut().expect("an object").remove("id");
        message["method"] = json!("notifications/cancelled");
    });
    let answer = weir.send(draft.header("mcp-method", "notifications/cancelled").token(&weir.token("alice")));
    assert_eq!(answer.status, 400, "this era defines no notification from client to server over HTTP");
    let id = serde_json::from_slice::<Value>(&answer.body).map_or(Value::Null, |message| message["id"].clone());
    assert_eq!(id, Value::Null, "a notification has no id to answer to");
}

#[test]
fn deep_body_is_refused() {
    let weir = Weir::usual();
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{deep}}}");
    let answer = weir.send(Draft::list().body(body).token(&weir.token("alice")));
    assert_eq!(answer.status, 400, "a body nested five thousand deep should be refused");
    assert_eq!(weir.list("alice").status, 200, "and nothing should break for others");
}

#[test]
fn body_that_is_not_utf_8_is_refused() {
    let weir = Weir::usual();
    let answer =
        weir.send(Draft::list().body(b"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\"}".to_vec()).token(&weir.token("alice")));
    answer.should_be(400, -32700, "bytes that are no text");
}

#[test]
fn body_of_unauthenticated_caller_is_not_parsed() {
    let weir = Weir::usual();
    assert_eq!(
        weir.send(Draft::list().body("[")).status,
        401,
        "an anonymous caller should learn nothing about its body"
    );
}
