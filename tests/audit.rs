//! *audit*: one event for every request, with all known facts and no secrets.

mod last_byte;
mod lost;

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Weir,
    origin::event,
    target::Target,
    weir::{CLIENT, Queue},
};
use serde_json::{Value, json};

#[test]
fn event_names_caller_call_and_cost() {
    let weir = Weir::usual();
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let draft =
        Draft::call("documents_search", json!({ "query": "salary of bob", "limit": 5 })).meta("traceparent", trace);
    let answer = weir.send(draft.clone().token(&weir.token("alice")));
    assert!(answer.error_code().is_none(), "the call should work: {}", answer.text());
    let event = weir.event();
    let expected = [
        ("/version", json!(1)),
        ("/kind", json!("call")),
        ("/user/issuer", json!(weir.issuer.url())),
        ("/user/subject", json!("alice")),
        ("/agent/client_id", json!(CLIENT.0)),
        ("/agent/name", json!("stage-suite")),
        ("/agent/version", json!("1.0.0")),
        ("/team", json!("support")),
        ("/project", json!("helpdesk")),
        ("/resource", json!("http://127.0.0.1:8787/mcp")),
        ("/virtual_server", json!("support")),
        ("/origin", json!("documents")),
        ("/method", json!("tools/call")),
        ("/tool", json!("documents_search")),
        ("/outcome/status", json!("success")),
        ("/outcome/http_status", json!(200)),
        ("/request_bytes", json!(draft.body.len())),
        ("/response_bytes", json!(answer.body.len())),
        ("/session/trace_id", json!("0af7651916cd43dd8448eb211c80319c")),
        ("/session/injected", json!(false)),
        ("/decision/effect", json!("permit")),
        ("/decision/epoch", json!(weir.epoch)),
        ("/cost/amount", json!("0.002")),
        ("/cost/currency", json!("USD")),
    ];
    for (pointer, value) in expected {
        assert_eq!(event.pointer(pointer), Some(&value), "`{pointer}` should be {value}: {event:#}");
    }
    assert!(
        event["decision"]["rules"].to_string().contains("role/reader"),
        "the deciding role should be named: {event:#}"
    );
    assert!(
        event["latency"]["weir_ms"].is_u64() && event["latency"]["origin_ms"].is_u64(),
        "both took time: {event:#}"
    );
    assert!(event["groups"].to_string().contains("support"), "the groups should be there: {event:#}");
    let time = event["time"].as_str().unwrap_or_default();
    assert!(
        time.starts_with("20") && time.ends_with('Z') && time.len() == 24,
        "the time should be RFC 3339 in UTC: {time}"
    );
}

#[test]
fn values_are_redacted_unless_the_registry_allows_them() {
    let weir = Weir::usual();
    let arguments = json!({ "query": "salary of bob", "limit": 5, "extra": { "deep": ["hidden value"] } });
    weir.call("alice", "documents_search", arguments);
    let event = weir.event();
    let text = event.to_string();
    for secret in ["salary of bob", "hidden value", "search was called"] {
        assert!(!text.contains(secret), "`{secret}` should not be in the event: {event:#}");
    }
    let members = &event["arguments"]["members"];
    assert_eq!(members["query"]["type"], "string", "the type should stay: {event:#}");
    assert_eq!(members["limit"]["value"], 5, "an allowed value should stay: {event:#}");
    assert_eq!(members["extra"]["type"], "object", "an undeclared argument should show its type: {event:#}");
}

#[test]
fn no_event_carries_a_credential() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    weir.send(Draft::call("tickets_find", json!({ "query": "x" })).token(&token));
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    let redeemed = weir.send(weir.redeeming(&assertion)).json();
    weir.events(2);
    let all = json!(weir.running.events()).to_string();
    let issued = redeemed["access_token"].as_str().expect("a token should be issued");
    for (what, secret) in [
        ("access token", token.as_str()),
        ("assertion", &assertion),
        ("issued token", issued),
        ("client secret", CLIENT.1),
        ("origin's secret", "tickets-own-secret"),
    ] {
        assert!(!all.contains(secret), "the {what} should not be in any event");
    }
}

#[test]
fn every_exit_leaves_one_event() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    let exits: Vec<(&str, Draft, &str)> = vec![
        ("a list", Draft::list(), "success"),
        ("discover", Draft::modern("server/discover", json!({})), "success"),
        ("an unknown tool", Draft::call("nothing", json!({})), "refused"),
        ("a refused argument", Draft::call("documents_search", json!({ "limit": 500 })), "refused"),
        ("a wrong type", Draft::call("documents_search", json!({ "limit": "500" })), "refused"),
        ("no JSON", Draft::list().body("{"), "refused"),
        ("a header that disagrees", Draft::list().header("mcp-method", "x"), "refused"),
        ("an unknown method", Draft::modern("tools/nothing", json!({})), "refused"),
    ];
    for (sent, (name, draft, status)) in exits.into_iter().enumerate() {
        weir.send(draft.token(&token));
        let events = weir.events(sent + 1);
        let found = events.iter().filter(|event| event["outcome"]["status"] == status).count();
        assert!(found > 0, "{name} should have the status `{status}`: {events:#?}");
        assert!(events.iter().all(|event| event["user"]["subject"] == "alice"), "each event should name the caller");
    }
    let mut ids: Vec<String> = weir.events(8).iter().map(|event| event["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 8, "each event should have an id of its own");
}

#[test]
fn outcomes_of_origins_are_told_apart() {
    let weir = Weir::usual();
    let call = |reply: Reply| {
        weir.documents.on_call(move |_| reply.clone());
        weir.call("alice", "documents_search", json!({ "query": "x" }));
    };
    let result = |result: Value| Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "result": result }));
    call(result(json!({ "resultType": "complete", "content": [], "isError": true })));
    call(Reply::json(&json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32602, "message": "no" } })));
    call(Reply::text(500, "text/plain", "no"));
    call(Reply::hang());
    call(Reply::event_stream([event(
        &json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": [], "isError": true } }),
    )]));
    let mut outcomes: Vec<(String, Value)> = weir
        .events(5)
        .iter()
        .map(|event| {
            (event["outcome"]["status"].as_str().unwrap_or_default().to_owned(), event["outcome"]["error_code"].clone())
        })
        .collect();
    outcomes.sort_by_key(|(status, code)| (status.clone(), code.to_string()));
    let tool_errors = outcomes.iter().filter(|(status, _)| status == "tool_error").count();
    assert_eq!(tool_errors, 2, "a tool's failure should differ from an origin's: {outcomes:?}");
    assert!(
        outcomes.contains(&("error".to_owned(), json!(-32602))),
        "an origin's error should keep its code: {outcomes:?}"
    );
    for code in [-31502, -31504] {
        let told = outcomes.iter().any(|(status, found)| status != "success" && *found == json!(code));
        assert!(told, "{code} should be recorded: {outcomes:?}");
    }
}

#[test]
fn call_without_price_is_unpriced_and_failed_one_still_costs() {
    let weir = Weir::usual();
    weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert_eq!(weir.event()["cost"], "unpriced", "a call without a price should never be silently free");
    weir.documents.on_call(|_| Reply::text(500, "text/plain", "no"));
    weir.call("alice", "documents_search", json!({ "query": "x" }));
    let events = weir.events(2);
    let failed = events.iter().find(|event| event["origin"] == "documents").expect("the second event");
    assert_eq!(failed["cost"]["amount"], "0.002", "a call that was sent costs, even if it failed: {failed:#}");
}

#[test]
fn trace_is_injected_where_client_sends_none() {
    let weir = Weir::usual();
    weir.call("alice", "documents_search", json!({ "query": "x" }));
    let event = weir.event();
    assert_eq!(event["session"]["injected"], true, "the event should say that Weir made the trace: {event:#}");
    let trace = event["session"]["trace_id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(trace.len(), 32, "a trace id has 32 digits: {event:#}");
    let sent = weir.documents.calls().remove(0).message()["params"]["_meta"]["traceparent"].to_string();
    assert!(sent.contains(&trace), "the origin should see the same trace: {sent}");
}

#[test]
fn malformed_trace_counts_as_none() {
    let weir = Weir::usual();
    for (sent, bad) in
        ["hello", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0AF7-01"].iter().enumerate()
    {
        weir.send(
            Draft::call("documents_search", json!({ "query": "x" }))
                .meta("traceparent", *bad)
                .token(&weir.token("alice")),
        );
        assert_eq!(weir.events(sent + 1)[sent]["session"]["injected"], true, "`{bad}` is no trace context");
    }
}

#[test]
fn refusals_of_strangers_are_counted_not_written_one_by_one() {
    let weir = Weir::usual();
    for _ in 0..20 {
        assert_eq!(weir.send(Draft::list()).status, 401);
    }
    weir.wait_until("the first refusal should be written", || !weir.running.events().is_empty());
    weir.running.pass(Duration::from_millis(200));
    let written = weir.running.events();
    assert!(written.len() <= 2, "twenty refusals of a minute should not be twenty events: {written:#?}");
    assert!(written.iter().all(|event| event["kind"] == "refusals"), "each should be a count: {written:#?}");
    if Target::chosen() == Target::Memory {
        // Only in memory can a test let a minute pass.
        weir.running.pass(Duration::from_secs(61));
        weir.list("alice");
        let counted: u64 = weir.running.events().iter().filter_map(|event| event["refusals"]["count"].as_u64()).sum();
        assert_eq!(counted, 20, "no refusal should be lost");
    }
}

#[test]
fn queue_that_refuses_costs_no_call_and_no_event() {
    let mut setup = Setup::new();
    setup.queue = Queue::Refuse;
    let weir = setup.start();
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert!(answer.error_code().is_none(), "the call should be answered all the same: {}", answer.text());
    if Target::chosen() == Target::Workers {
        // In memory the sink is one piece; on other targets the host has an outbox behind the queue.
        weir.wait_until("the event should be in the outbox", || !weir.running.outbox().is_empty());
        let outbox = weir.running.outbox();
        assert_eq!(outbox.len(), 1, "the event should be there once: {outbox:#?}");
        assert_eq!(outbox[0]["tool"], "documents_search", "it should be the event of the call: {outbox:#?}");
        assert!(weir.running.events().is_empty(), "the queue took nothing");
    }
}

#[test]
fn hostile_arguments_never_lose_the_event() {
    let weir = Weir::usual();
    let many: serde_json::Map<String, Value> = (0..5_000).map(|at| (format!("argument-{at}"), json!("v"))).collect();
    weir.call("alice", "documents_search", Value::Object(many));
    let event = weir.event();
    let length = event.to_string().len();
    assert!(length < 128_000, "an event should fit one message of the queue, not {length} bytes");
    assert_eq!(event["tool"], "documents_search");
}

#[test]
fn hostile_texts_never_lose_the_event() {
    let weir = Setup::new().with_offers().start();
    // The longest names that MCP's bounds let pass, of characters that take six bytes each in JSON.
    let long = "\u{1}".repeat(128);
    let legacy = |method: &str, params: Value| Draft::legacy(Some("2025-11-25"), method, params);
    let info = |draft: Draft, member: &str| {
        let mut client = json!({ "name": "x", "version": "1" });
        client[member] = json!(long);
        draft.meta("io.modelcontextprotocol/clientInfo", client)
    };
    let cases = [
        ("tool", legacy("tools/call", json!({ "name": long, "arguments": {} }))),
        ("prompt", legacy("prompts/get", json!({ "name": long }))),
        ("resource_uri", legacy("resources/read", json!({ "uri": format!("handbook://{}", "a".repeat(8_000)) }))),
        ("method", legacy(&"m".repeat(128), json!({}))),
        ("agent", info(Draft::list(), "name")),
        ("agent", info(Draft::list(), "version")),
    ];
    for (at, (member, draft)) in cases.into_iter().enumerate() {
        weir.send(draft.token(&weir.token("alice")));
        let event = weir.events(at + 1).remove(at);
        let length = event.to_string().len();
        assert!(length < 128_000, "a long `{member}` should not make an event of {length} bytes");
        assert_eq!(event["truncated"], json!([member]), "the cut members should be named: {event:#}");
        assert_eq!(event["user"]["subject"], "alice", "{member}: all else should stay");
    }
}
