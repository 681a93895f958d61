//! Legacy clients without a session: they open, and get the same responses as modern clients.

use harness::{Draft, Reply, Step, Weir, origin::event};
use http::Method;
use serde_json::json;

use super::{VERSIONS, failing, initialize, search};

#[test]
fn every_legacy_version_is_served_from_initialize_to_call() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    for (version, header) in VERSIONS {
        let send = |method: &str, params| weir.send(Draft::legacy(header, method, params).token(&token));
        let opened = weir.send(initialize(version).token(&token));
        let result = opened.result();
        assert_eq!(result["protocolVersion"], version, "a version that is spoken should be agreed on: {result}");
        assert_eq!(
            result["capabilities"],
            json!({ "tools": {} }),
            "the served capabilities should be declared, no others"
        );
        assert_eq!(result["serverInfo"]["name"], "support");
        assert_eq!(result["instructions"], "Search before you answer.");
        assert_eq!(opened.header("mcp-session-id"), None, "{version}: there should be no session");

        let initialized = send("notifications/initialized", json!({}));
        assert_eq!(initialized.status, 202, "{version}: a notification should be taken: {}", initialized.text());
        assert!(initialized.body.is_empty(), "{version}: a notification is not answered: {}", initialized.text());
        assert_eq!(send("ping", json!({})).result(), json!({}), "{version}: a ping should be answered");
        let names = send("tools/list", json!({})).tool_names();
        assert_eq!(names, ["documents_search", "tickets_find", "people_lookup"], "{version}: the list should come");
        let called = send("tools/call", json!({ "name": "documents_search", "arguments": { "query": "x" } }));
        assert_eq!(called.result()["content"][0]["text"], "search was called", "{version}: a call should work");
    }
}

#[test]
fn another_version_is_answered_with_the_newest_legacy_one() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    for asked in ["2024-11-05", "2026-07-28", "2099-01-01", ""] {
        let answered = weir.send(initialize(asked).token(&token)).result();
        assert_eq!(answered["protocolVersion"], "2025-11-25", "`{asked}` should be answered with a supported version");
    }
    let none = Draft::legacy(None, "initialize", json!({})).token(&token);
    weir.send(none).should_be(200, -32602, "an opening without a version");
}

#[test]
fn header_of_unknown_version_is_400() {
    let weir = Weir::usual();
    for method in ["tools/list", "ping", "notifications/initialized"] {
        for version in ["2024-11-05", "2027-01-01", "x", "2025-11-25, 2025-11-25"] {
            let draft = Draft::legacy(Some(version), method, json!({})).token(&weir.token("alice"));
            let answer = weir.send(draft);
            assert_eq!(answer.status, 400, "{method} in `{version}` should be refused: {}", answer.text());
            assert!(
                answer.text().contains("2025-03-26"),
                "the error should list the supported versions: {}",
                answer.text()
            );
        }
    }
}

#[test]
fn modern_header_without_its_meta_stays_modern_error() {
    let weir = Weir::usual();
    for method in ["tools/list", "ping", "resources/list"] {
        let draft = Draft::legacy(Some("2026-07-28"), method, json!({})).token(&weir.token("alice"));
        weir.send(draft).should_be(400, -32602, method);
    }
    for version in [None, Some("2025-11-25"), Some("2026-07-28")] {
        let draft = Draft::legacy(version, "server/discover", json!({})).token(&weir.token("alice"));
        weir.send(draft).should_be(400, -32602, "only the modern era discovers");
    }
    let cancelled = Draft::legacy(Some("2026-07-28"), "notifications/cancelled", json!({}));
    assert_eq!(weir.send(cancelled.token(&weir.token("alice"))).status, 400, "the modern era sends no notifications");
}

#[test]
fn unsupported_method_is_32601_without_a_session() {
    let weir = Weir::usual();
    for method in ["resources/list", "prompts/list", "no/such/method"] {
        let draft = Draft::legacy(Some("2025-11-25"), method, json!({})).token(&weir.token("alice"));
        weir.send(draft).should_be(200, -32601, method);
    }
}

#[test]
fn get_and_delete_without_a_session_are_refused() {
    let weir = Weir::usual();
    let draft = |method: &Method| {
        let draft = Draft::bare(method.clone(), "/mcp").header("accept", "text/event-stream");
        draft.header("mcp-protocol-version", "2025-11-25").token(&weir.token("alice"))
    };
    for method in [Method::GET, Method::DELETE] {
        let answer = weir.send(draft(&method));
        assert_eq!(answer.status, 405, "{method} should not be answered: {}", answer.text());
        assert_eq!(answer.header("allow"), Some("GET, POST, OPTIONS"));
    }
    let with = |method: &Method| weir.send(draft(method).header("mcp-session-id", "abc")).status;
    assert_eq!(with(&Method::DELETE), 405, "without a session there is none to end");
    assert_eq!(with(&Method::GET), 404, "an invalid session id should get 404");
}

#[test]
fn policy_and_identity_count_in_both_eras() {
    let weir = Weir::usual();
    assert_eq!(weir.send(initialize("2025-11-25")).status, 401, "without a token no session should open");
    assert_eq!(weir.send(Draft::legacy(None, "notifications/initialized", json!({}))).status, 401);
    let carol = weir.token("carol");
    weir.send(initialize("2025-11-25").token(&carol)).should_be(403, -31403, "nothing to open for carol");
    weir.send(Draft::legacy(None, "ping", json!({})).token(&carol)).should_be(403, -31403, "nor to ping");
    let alice = weir.token("alice");
    let call = |name: &str, arguments| {
        let params = json!({ "name": name, "arguments": arguments });
        weir.send(Draft::legacy(Some("2025-06-18"), "tools/call", params).token(&alice))
    };
    call("documents_search", json!({ "query": "x", "limit": 101 })).should_be_refused(-31403, "a rule on arguments");
    call("documents_delete", json!({ "id": "1" })).should_be(200, -32602, "a hidden tool");
    // The headers of the modern era are ignored: the name is in the body.
    let params = json!({ "name": "documents_delete", "arguments": { "id": "1" } });
    let draft = Draft::legacy(Some("2025-06-18"), "tools/call", params).header("mcp-name", "documents_search");
    weir.send(draft.header("mcp-method", "tools/list").token(&alice)).should_be(200, -32602, "a header that lies");
    assert!(weir.documents.received().is_empty(), "none of these should reach an origin");
}

#[test]
fn modern_origin_sees_modern_request_without_capabilities() {
    let weir = Weir::usual();
    let draft = search().edit(|message| {
        message["params"]["_meta"] = json!({ "progressToken": "p-1", "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
            "io.modelcontextprotocol/clientInfo": { "name": "x", "version": "y" }, "com.example/kept": 1 });
    });
    assert!(weir.send(draft.token(&weir.token("alice"))).error_code().is_none());
    let received = weir.documents.calls().remove(0);
    assert_eq!(received.header("mcp-protocol-version"), Some("2026-07-28"));
    assert_eq!(received.header("mcp-method"), Some("tools/call"));
    assert_eq!(received.header("mcp-name"), Some("search"));
    assert_eq!(received.header("mcp-session-id"), None, "the modern era has no sessions");
    let meta = received.message()["params"]["_meta"].clone();
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({}), "such a client should get no requests");
    assert!(meta["progressToken"].is_string() && meta["progressToken"] != "p-1", "a token of Weir's own should travel");
    assert_eq!(meta["com.example/kept"], 1);
    assert_eq!(meta["io.modelcontextprotocol/clientInfo"], json!(null), "such a client says so at `initialize` alone");
}

#[test]
fn elicitation_of_modern_origin_is_an_error_for_legacy_client() {
    let weir = Weir::usual();
    let asks = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "input_required", "inputRequests": {} } });
    let lacks = json!({ "jsonrpc": "2.0", "id": 7, "error": failing(-32021) });
    let replies = [
        Reply::json(&asks),
        Reply::event_stream([event(&asks)]),
        Reply::text(400, "application/json", lacks.to_string()),
    ];
    for reply in &replies {
        let given = reply.clone();
        weir.documents.on_call(move |_| given.clone());
        let result = weir.send(search().token(&weir.token("alice"))).result();
        assert_eq!(result["isError"], true, "it should be a failure of the tool: {result}");
        assert!(result["content"][0]["text"].as_str().is_some_and(|text| text.contains("too old")), "{result}");
    }
    for event in weir.events(replies.len()) {
        assert_eq!(event["outcome"]["status"], "tool_error", "the event should say so: {event}");
    }
}

#[test]
fn stream_passes_to_legacy_client() {
    let weir = Weir::usual();
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
    let (first, last) = (progress.clone(), json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": [] } }));
    weir.documents.on_call(move |_| {
        Reply::event_stream([event(&first), Step::Wait(std::time::Duration::from_millis(20)), event(&last)])
    });
    let answer = weir.send(search().token(&weir.token("alice")));
    assert_eq!(answer.messages()[0], progress);
    assert_eq!(answer.result()["content"], json!([]));
}

#[test]
fn events_name_the_protocol_version_of_both_eras() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    weir.send(initialize("2025-06-18").token(&token));
    weir.send(Draft::legacy(Some("2025-06-18"), "notifications/initialized", json!({})).token(&token));
    weir.send(Draft::legacy(None, "notifications/cancelled", json!({ "requestId": 1 })).token(&token));
    weir.send(search().token(&token));
    weir.list("alice");
    let events = weir.events(5);
    let expected = [
        ("initialize", "2025-06-18", 200),
        ("notifications/initialized", "2025-06-18", 202),
        ("notifications/cancelled", "2025-03-26", 202),
        ("tools/call", "2025-11-25", 200),
        ("tools/list", "2026-07-28", 200),
    ];
    for (method, version, status) in expected {
        let event = events.iter().find(|event| event["method"] == method);
        let event = event.unwrap_or_else(|| panic!("`{method}` should have an event: {events:#?}"));
        assert_eq!(event["protocol_version"], version, "the event should name the version: {event}");
        assert_eq!(event["outcome"]["status"], "success", "{event}");
        assert_eq!(event["outcome"]["http_status"], status, "{event}");
        assert_eq!(event["user"]["subject"], "alice");
    }
    let opened = events.iter().find(|event| event["method"] == "initialize");
    assert_eq!(opened.map(|event| &event["agent"]["name"]), Some(&json!("old-client")), "it said who it is");
}
