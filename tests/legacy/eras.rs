//! Origins whose era is hard to detect, and origins of both eras, which Weir uses in the client's own era.

use harness::legacy::LegacyServer;
use harness::target::{Target, skipped_if};
use harness::{Draft, Reply, Weir, origin::event};
use serde_json::{Value, json};

use super::sessions::{everything, open, sealed_by, send};
use super::{call, count, documents_of, failing, search, should_work};

/// Replaces what the origin answers to `server/discover`.
fn answers_discover(weir: &Weir, reply: &Reply) {
    let (server, reply) = (weir.documents.scripted(), reply.clone());
    weir.documents.script(move |received| match received.message()["method"] == "server/discover" {
        true => Some(reply.clone()),
        false => server.as_ref().and_then(|server| server(received)),
    });
}

/// Answers to `server/discover` that don't show the era.
fn telling_nothing() -> Vec<(&'static str, Reply)> {
    vec![
        ("500 in HTML", Reply::text(500, "text/html", "<h1>java.lang.NullPointerException</h1>")),
        ("500 in JSON", Reply::text(500, "application/json", "{}")),
        ("503", Reply::text(503, "text/plain", "")),
        ("429", Reply::text(429, "text/plain", "")),
        ("401", Reply::text(401, "text/plain", "")),
        ("403", Reply::text(403, "application/json", "{}")),
        ("403 of a firewall", Reply::text(403, "text/html", "<p>")),
        ("a dropped connection", Reply::break_off()),
        ("silence", Reply::hang()),
    ]
}

#[test]
fn origin_that_cannot_bear_the_probe_is_opened() {
    let all = Target::chosen() == Target::Memory;
    // On other targets, starting a host takes seconds.
    for (_, (name, reply)) in telling_nothing().into_iter().enumerate().filter(|(at, _)| all || at % 4 == 0) {
        for assigns in [false, true].into_iter().take(if all { 2 } else { 1 }) {
            let weir = documents_of("auto").start();
            let server = LegacyServer::play(&weir.documents, assigns);
            answers_discover(&weir, &reply);
            should_work(&call(&weir, "alice"), name);
            should_work(&weir.send(search().token(&weir.token("alice"))), name);
            assert!(weir.list("alice").tool_names().contains(&"documents_search".to_owned()), "{name}");
            assert_eq!(server.opened(), 1, "{name}: the session that showed the era should serve");
            let probes = if name == "a dropped connection" { 2 } else { 1 };
            assert_eq!(count(&weir.documents, "server/discover"), probes, "{name}: it should be asked once");
        }
    }
}

#[test]
fn better_question_is_asked_again_after_a_while() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let weir = documents_of("auto").start();
    LegacyServer::play(&weir.documents, false);
    answers_discover(&weir, &Reply::text(503, "text/plain", ""));
    for (seconds, probes) in [(0, 1), (299, 1), (2, 2)] {
        weir.running.pass(std::time::Duration::from_secs(seconds));
        should_work(&call(&weir, "alice"), "a guess");
        assert_eq!(count(&weir.documents, "server/discover"), probes);
    }
}

#[test]
fn slow_modern_origin_is_still_modern() {
    let weir = documents_of("auto").start();
    weir.documents.script(|received| match received.message()["method"].as_str() {
        Some("server/discover") => {
            let result = json!({ "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {} });
            let wait = harness::Step::Wait(std::time::Duration::from_millis(800));
            Some(Reply { before: Some(wait), ..Reply::result(received, result) })
        }
        _ => None,
    });
    should_work(&call(&weir, "alice"), "an origin that wakes up");
    should_work(&call(&weir, "alice"), "an origin that is awake");
    let version = weir.documents.calls().pop().expect("a call").header("mcp-protocol-version").map(str::to_owned);
    assert_eq!(version.as_deref(), Some("2026-07-28"));
    assert_eq!(count(&weir.documents, "server/discover"), 1, "its answer should be waited for");
}

#[test]
fn modern_origin_may_say_so_when_it_is_opened() {
    let weir = documents_of("auto").start();
    let refused = json!({ "jsonrpc": "2.0", "id": null, "error": failing(-32022) }).to_string();
    weir.documents.script(move |received| match received.message()["method"].as_str() {
        Some("server/discover") => Some(Reply::text(500, "text/plain", "")),
        Some("initialize") => Some(Reply::text(400, "application/json", refused.clone())),
        _ => None,
    });
    should_work(&call(&weir, "alice"), "a modern origin without `server/discover`");
    should_work(&weir.send(search().token(&weir.token("alice"))), "the same for a legacy client");
}

#[test]
fn origin_of_no_known_era_has_a_reason_that_names_the_setting() {
    let not_found = || Reply::text(404, "text/plain", "");
    let (broken, refused) = (Reply::text(500, "text/plain", ""), Reply::text(403, "text/plain", ""));
    let cases = [
        (broken.clone(), not_found(), "origin_era_unknown"),
        (broken.clone(), broken.clone(), "origin_era_unknown"),
        (refused.clone(), not_found(), "origin_era_unknown"),
        (Reply::break_off(), broken, "origin_era_unknown"),
        (refused.clone(), refused, "origin_refused_credential"),
        (Reply::break_off(), Reply::break_off(), "origin_broke_off"),
        (Reply::hang(), Reply::hang(), "origin_too_slow"),
    ];
    let all = Target::chosen() == Target::Memory;
    for (_, (discover, initialize, reason)) in cases.into_iter().enumerate().filter(|(at, _)| all || at % 3 == 0) {
        let weir = documents_of("auto").start();
        weir.documents.script(move |received| match received.message()["method"].as_str() {
            Some("server/discover") => Some(discover.clone()),
            Some("initialize") => Some(initialize.clone()),
            _ => None,
        });
        let answer = call(&weir, "alice");
        assert!(answer.error_code().is_some(), "{reason}: {}", answer.text());
        assert!(weir.documents.calls().is_empty(), "{reason}: nothing should be called before the era is known");
        let event = weir.event();
        assert_eq!(event["outcome"]["reason"], reason, "{event}");
        assert_eq!(event["cost"], Value::Null, "{event}");
        if reason == "origin_era_unknown" {
            assert!(answer.text().contains("`era`"), "{}", answer.text());
            let detail = event["detail"].as_str().unwrap_or_default();
            assert!(detail.contains("set `era` in origins/documents.toml"), "{event}");
        }
    }
}

/// From now on `documents` speaks both eras: the modern one as usual, the legacy one with sessions.
fn both(weir: &Weir, assigns: bool) -> LegacyServer {
    let server = LegacyServer::play(&weir.documents, assigns);
    let legacy = weir.documents.scripted().expect("a legacy server");
    weir.documents.script(move |received| {
        let modern = &received.message()["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
        if modern.is_null() { legacy(received) } else { None }
    });
    server
}

fn versions(weir: &Weir) -> Vec<String> {
    let of = |received: &harness::origin::Received| received.header("mcp-protocol-version").unwrap_or("").to_owned();
    weir.documents.calls().iter().map(of).collect()
}

#[test]
fn origin_of_both_eras_speaks_with_each_client_in_its_own() {
    for assigns in [false, true] {
        let weir = sealed_by(documents_of("auto"), &[7]).start();
        let server = both(&weir, assigns);
        let alice = weir.token("alice");
        should_work(&call(&weir, "alice"), "a modern client");
        should_work(&weir.send(search().token(&alice)), "a legacy client without a session");
        should_work(&call(&weir, "alice"), "a modern client again");
        assert_eq!(versions(&weir), ["2026-07-28", "2025-06-18", "2026-07-28"], "assigns: {assigns}");
        assert_eq!(count(&weir.documents, "server/discover"), 1, "the eras should be found out once");
        let opened = server.opened();
        if !assigns {
            continue;
        }
        let session = open(&weir, &alice, &everything());
        should_work(&send(&weir, &session, &alice, search()), "a legacy client with a session");
        assert_eq!(versions(&weir)[3], "2025-06-18");
        assert_eq!(server.opened(), opened + 1, "the origin should be opened for this client");
        let opening = weir.documents.asked("initialize").pop().expect("an opening").message();
        assert_eq!(opening["params"]["capabilities"], everything(), "with the client's capabilities");
    }
}

#[test]
fn legacy_client_is_asked_something_by_an_origin_of_both_eras() {
    let weir = sealed_by(documents_of("auto"), &[7]).start();
    both(&weir, true);
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let server = weir.documents.scripted().expect("a server");
    weir.documents.script(move |received| {
        let message = received.message();
        if message["method"] != "tools/call" {
            return server(received);
        }
        let log =
            json!({ "jsonrpc": "2.0", "method": "notifications/message", "params": { "level": "info", "data": 1 } });
        let result = json!({ "content": [{ "type": "text", "text": "search was called" }] });
        let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
        Some(Reply::event_stream([&log, &super::questions::elicitation(), &last].map(event)))
    });
    let answer = send(&weir, &session, &alice, search());
    let methods: Vec<Value> = answer.messages().iter().map(|message| message["method"].clone()).collect();
    assert_eq!(methods, [json!("notifications/message"), json!("elicitation/create"), Value::Null]);
    should_work(&answer, "the call should end as usual");
}

#[test]
fn modern_origin_that_takes_no_initialize_is_tried_once() {
    let weir = documents_of("auto").start();
    let alice = weir.token("alice");
    for _ in 0..3 {
        should_work(&weir.send(search().token(&alice)), "a legacy client at a modern origin");
    }
    assert_eq!(versions(&weir), ["2026-07-28"; 3]);
    assert_eq!(count(&weir.documents, "initialize"), 1);
    weir.list("alice").result();
    assert_eq!(count(&weir.documents, "initialize"), 1, "a modern client tries nothing");
}

#[test]
fn origin_of_both_eras_may_reject_a_request() {
    let weir = sealed_by(documents_of("auto"), &[7]).start();
    let server = both(&weir, true);
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let usual = weir.documents.scripted().expect("a server");
    let rejected = json!({ "jsonrpc": "2.0", "id": null, "error": failing(-32602) }).to_string();
    weir.documents.script(move |received| match received.message()["method"] == "tools/call" {
        true => Some(Reply::text(400, "application/json", rejected.clone())),
        false => usual(received),
    });
    let opened = server.opened();
    assert!(send(&weir, &session, &alice, search()).error_code().is_some());
    assert!(weir.send(search().token(&alice)).error_code().is_some());
    assert_eq!(versions(&weir).iter().filter(|version| *version == "2026-07-28").count(), 0, "no era should change");
    assert_eq!(weir.documents.calls().len(), 2, "a rejection should stand");
    assert!(server.opened() <= opened + 1);
}

#[test]
fn origin_that_gives_up_the_legacy_era_is_served_in_the_modern_one() {
    let weir = documents_of("auto").start();
    both(&weir, true);
    let alice = weir.token("alice");
    should_work(&weir.send(search().token(&alice)), "both eras");
    harness::legacy::modern_only(&weir.documents);
    for _ in 0..2 {
        should_work(&weir.send(search().token(&alice)), "the modern one alone");
    }
    assert_eq!(versions(&weir).last().map(String::as_str), Some("2026-07-28"));
}

#[test]
fn strangers_outside_of_a_session_are_served_in_the_modern_era() {
    const OPEN: &str = "title = \"Open\"\ndescription = \"What everybody may know\"\naccess = \"public\"\n\
        calls_per_minute = 9\n\n[[tools]]\norigin = \"documents\"\ntool = \"search\"\nname = \"search\"\n";
    let weir = documents_of("auto").file("virtual-servers/open.toml", OPEN).start();
    let server = both(&weir, true);
    let params = json!({ "name": "search", "arguments": { "query": "x" } });
    for who in ["a stranger", "another one"] {
        let draft = Draft::legacy(Some("2025-11-25"), "tools/call", params.clone()).to("/mcp/open");
        should_work(&weir.send(draft), who);
    }
    assert_eq!(server.opened(), 0, "no request should need a session of its own");
}
