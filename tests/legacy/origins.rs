//! Legacy origins: initialized once, sessions kept apart and replaced after a restart, and no second request for a call
//! that may have run.

use harness::{
    Draft, Reply, Weir,
    legacy::{LegacyServer, modern_only},
    origin::event,
};
use serde_json::{Value, json};

use super::{call, count, documents_of, failing, search, sessions, should_work};

#[test]
fn origin_without_sessions_is_initialized_once_for_all_callers() {
    let weir = documents_of("legacy").start();
    let server = LegacyServer::play(&weir.documents, false);
    for person in ["alice", "bob", "alice"] {
        should_work(&call(&weir, person), person);
    }
    assert_eq!(weir.list("bob").tool_names(), ["documents_search", "documents_delete"]);
    assert_eq!(server.opened(), 1, "one opening should do");
    assert_eq!(count(&weir.documents, "notifications/initialized"), 1);
    assert_eq!(count(&weir.documents, "server/discover"), 0, "an era that the registry sets should not be detected");
    assert_eq!(sessions(&weir.documents), [None, None, None]);
}

#[test]
fn legacy_origin_gets_legacy_request_and_its_result_is_completed() {
    let weir = documents_of("legacy").start();
    LegacyServer::play(&weir.documents, false);
    let arguments = r#"{"query" : "\u00e4", "big": 123456789012345678901234567890}"#;
    let draft = Draft::call("documents_search", json!("HERE")).meta("progressToken", "p-1").header("mcp-param-x", "1");
    let body = String::from_utf8(draft.body.to_vec()).expect("JSON is text").replace("\"HERE\"", arguments);
    let result = weir.send(draft.body(body).token(&weir.token("alice"))).result();
    assert_eq!(result["resultType"], "complete", "a modern client should get a modern result: {result}");
    let received = weir.documents.calls().remove(0);
    for header in ["mcp-method", "mcp-name", "mcp-param-x"] {
        assert_eq!(received.header(header), None, "`{header}` is not of that era");
    }
    assert_eq!(received.header("mcp-protocol-version"), Some("2025-06-18"), "the version that was settled");
    assert!(String::from_utf8_lossy(&received.body).contains(arguments), "arguments should travel byte for byte");
    let meta = received.message()["params"]["_meta"].clone();
    let names: Vec<&str> = meta.as_object().expect("`_meta`").keys().map(String::as_str).collect();
    assert_eq!(names, ["progressToken", "traceparent"], "protocol keys are not of that era");
    let opening = weir.documents.received().remove(0).message();
    assert_eq!(opening["params"]["capabilities"], json!({}), "nothing should be declared, so that nothing is asked");
}

#[test]
fn each_principal_and_agent_has_a_session_of_its_own() {
    let weir = documents_of("legacy").start();
    let server = LegacyServer::play(&weir.documents, true);
    let other_agent = weir.sign(weir.access_token("alice").claim("client_id", "other-agent"));
    should_work(&call(&weir, "alice"), "alice");
    should_work(&call(&weir, "bob"), "bob");
    let draft = Draft::call("documents_search", json!({ "query": "x" }));
    should_work(&weir.send(draft.token(&other_agent)), "alice through another agent");
    should_work(&weir.send(search().token(&weir.token("alice"))), "alice through a legacy client");
    should_work(&call(&weir, "bob"), "bob again");
    assert_eq!(server.opened(), 3, "each should be opened once");
    let expected = ["session-1", "session-2", "session-3", "session-1", "session-2"];
    assert_eq!(sessions(&weir.documents), expected.map(|id| Some(id.to_owned())));
}

#[test]
fn session_is_reused_for_caller_with_signed_identity() {
    let setup = harness::Setup::new().replace("origins/people.toml", "era = \"modern\"", "era = \"legacy\"");
    let weir = setup.start();
    let server = LegacyServer::play(&weir.people, true);
    for _ in 0..2 {
        let answer = weir.call("alice", "people_lookup", json!({ "query": "x" }));
        assert_eq!(answer.result()["content"][0]["text"], "lookup was called");
    }
    assert_eq!(server.opened(), 1);
    for received in weir.people.received() {
        assert!(received.header("weir-identity").is_some(), "the opening should be signed too: {:?}", received.body);
    }
}

#[test]
fn anonymous_callers_share_no_session() {
    const OPEN: &str = "title = \"Open\"\ndescription = \"What everybody may know\"\naccess = \"public\"\n\
        calls_per_minute = 9\n\n[[tools]]\norigin = \"documents\"\ntool = \"search\"\nname = \"search\"\n";
    let weir = documents_of("legacy").file("virtual-servers/open.toml", OPEN).start();
    let server = LegacyServer::play(&weir.documents, true);
    for who in ["a stranger", "another one"] {
        should_work(&weir.send(Draft::call("search", json!({ "query": "x" })).to("/mcp/open")), who);
    }
    assert_eq!(server.opened(), 2, "each request should open a session of its own");
    assert_eq!(sessions(&weir.documents), ["session-1", "session-2"].map(|id| Some(id.to_owned())));
}

#[test]
fn no_session_id_reaches_a_client() {
    let weir = documents_of("legacy").start();
    LegacyServer::play(&weir.documents, true);
    for answer in [call(&weir, "alice"), weir.list("alice"), weir.send(search().token(&weir.token("alice")))] {
        let everything = format!("{:?} {}", answer.headers, answer.text());
        assert!(!everything.contains("session-1"), "a session is between Weir and the origin: {everything}");
    }
    for event in weir.events(3) {
        assert!(!event.to_string().contains("session-1"), "the event should not contain it either: {event}");
    }
}

#[test]
fn unknown_session_is_replaced_once() {
    let weir = documents_of("auto").start();
    let server = LegacyServer::play(&weir.documents, true);
    should_work(&call(&weir, "alice"), "the first session");
    server.restart();
    should_work(&call(&weir, "alice"), "a session that the origin forgot");
    should_work(&call(&weir, "alice"), "the session in its place");
    assert_eq!(server.opened(), 2, "one new session should do");
    assert_eq!(weir.documents.calls().len(), 4, "only the call that met the unknown session should be repeated");
}

#[test]
fn origin_that_loses_every_session_is_retried_once() {
    let weir = documents_of("legacy").start();
    weir.documents.script(|received| match received.message()["method"].as_str() {
        Some("initialize") => {
            let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {} });
            Some(Reply::result(received, result).header("mcp-session-id", "lost"))
        }
        Some("tools/call") => Some(Reply::text(404, "text/plain", "session not found")),
        _ => None,
    });
    call(&weir, "alice").should_be_refused(-31502, "an origin that loses its sessions");
    assert_eq!(weir.documents.calls().len(), 2, "one repetition should be all");
}

#[test]
fn request_that_may_have_run_is_never_repeated() {
    let weir = documents_of("auto").start();
    let server = LegacyServer::play(&weir.documents, true);
    should_work(&call(&weir, "alice"), "before anything goes wrong");
    let own = json!({ "jsonrpc": "2.0", "id": 7, "error": failing(-5) });
    let replies = [
        ("500", Reply::text(500, "text/plain", "")),
        ("503", Reply::text(503, "application/json", "{}")),
        ("a broken connection", Reply::break_off()),
        ("the tool's own error under 404", Reply::text(404, "application/json", own.to_string())),
        ("the tool's own error under 400", Reply::text(400, "application/json", own.to_string())),
        ("202", Reply { steps: Vec::new(), ..Reply::text(202, "text/plain", "") }),
        ("an answer that is none", Reply::text(200, "text/html", "<p>")),
    ];
    for (name, reply) in replies {
        let before = weir.documents.received().len();
        weir.documents.script(move |_| Some(reply.clone()));
        let answer = call(&weir, "alice");
        assert!(answer.error_code().is_some(), "`{name}` should be an error: {}", answer.text());
        assert_eq!(weir.documents.received().len(), before + 1, "`{name}` should be one request");
    }
    assert_eq!(server.opened(), 1);
}

#[test]
fn era_is_probed_once() {
    let weir = documents_of("auto").start();
    for person in ["alice", "bob", "alice"] {
        should_work(&call(&weir, person), person);
    }
    assert_eq!(count(&weir.documents, "server/discover"), 1, "a modern origin should be asked once");
    assert_eq!(count(&weir.documents, "initialize"), 0, "and never opened");

    let weir = documents_of("auto").start();
    LegacyServer::play(&weir.documents, false);
    for person in ["alice", "bob", "alice"] {
        should_work(&call(&weir, person), person);
    }
    assert_eq!(count(&weir.documents, "server/discover"), 1, "a legacy origin should be asked once");
    assert_eq!(count(&weir.documents, "initialize"), 1, "and opened once");
}

#[test]
fn any_answer_that_is_not_modern_is_legacy() {
    let answers: [(&str, Reply); 6] = [
        ("404 in HTML", Reply::text(404, "text/html", "<p>")),
        ("405", Reply::text(405, "text/plain", "")),
        ("400 without a body", Reply::text(400, "text/plain", "")),
        ("an unknown method", Reply::json(&json!({ "jsonrpc": "2.0", "id": 0, "error": failing(-32601) }))),
        ("200 in HTML", Reply::text(200, "text/html", "<p>")),
        ("another result", Reply::json(&json!({ "jsonrpc": "2.0", "id": 0, "result": { "tools": [] } }))),
    ];
    for (name, reply) in answers {
        let weir = documents_of("auto").start();
        LegacyServer::play(&weir.documents, false);
        let server = weir.documents.scripted().expect("a legacy server");
        weir.documents.script(move |received| match received.message()["method"] == "server/discover" {
            true => Some(reply.clone()),
            false => server(received),
        });
        should_work(&call(&weir, "alice"), name);
    }
}

#[test]
fn origin_that_is_away_has_no_era_yet() {
    let weir = documents_of("auto").start();
    for reply in [Reply::text(503, "text/plain", ""), Reply::text(401, "text/plain", ""), Reply::break_off()] {
        weir.documents.script(move |_| Some(reply.clone()));
        call(&weir, "alice").should_be_refused(-31502, "an origin that is away");
    }
    assert!(weir.documents.calls().is_empty(), "nothing should be called before the era is known");
    for event in weir.events(3) {
        assert_eq!(event["cost"], json!(null), "a call that was never sent should cost nothing: {event}");
        assert_eq!(event["outcome"]["status"], "origin_failed", "{event}");
    }
    weir.documents.script(|_| None);
    should_work(&call(&weir, "alice"), "nothing should have been concluded from its absence");
}

#[test]
fn origin_may_change_its_era_both_ways() {
    for assigns in [false, true] {
        let weir = documents_of("auto").start();
        should_work(&call(&weir, "alice"), "modern");
        LegacyServer::play(&weir.documents, assigns);
        should_work(&call(&weir, "alice"), "legacy now");
        should_work(&call(&weir, "bob"), "legacy for bob too");
        modern_only(&weir.documents);
        should_work(&call(&weir, "alice"), "modern again");
        assert_eq!(count(&weir.documents, "server/discover"), 3, "once at first, and once for each change");
        // With sessions per caller, the `initialize` of a new caller, not a call, meets the origin's change of era.
        LegacyServer::play(&weir.documents, assigns);
        should_work(&call(&weir, "alice"), "legacy again");
        modern_only(&weir.documents);
        let other_agent = weir.sign(weir.access_token("alice").claim("client_id", "other-agent"));
        let draft = Draft::call("documents_search", json!({ "query": "x" }));
        should_work(&weir.send(draft.token(&other_agent)), "modern for a newcomer");
    }
}

#[test]
fn unchanged_era_is_not_probed_repeatedly() {
    let weir = documents_of("auto").start();
    let rejected = json!({ "jsonrpc": "2.0", "id": null, "error": failing(-32000) }).to_string();
    weir.documents.on_call(move |_| Reply::text(400, "application/json", rejected.clone()));
    for _ in 0..5 {
        call(&weir, "alice").should_be_refused(-31502, "an origin that rejects everything");
    }
    assert_eq!(weir.documents.calls().len(), 5, "a call should be repeated only where the era has changed");
    assert_eq!(count(&weir.documents, "server/discover"), 2, "once at first, once to make sure");
}

#[test]
fn era_in_registry_is_final() {
    let weir = Weir::usual();
    LegacyServer::play(&weir.documents, false);
    call(&weir, "alice").should_be_refused(-31502, "a legacy server that should be modern");
    assert_eq!(weir.documents.received().len(), 1, "nothing should be found out");
}

#[test]
fn legacy_stream_is_completed_and_may_not_ask_back() {
    let weir = documents_of("legacy").start();
    LegacyServer::play(&weir.documents, false);
    should_work(&call(&weir, "alice"), "an opening");
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
    let result = json!({ "jsonrpc": "2.0", "id": 7, "result": { "content": [] } });
    let (first, last) = (progress.clone(), result.clone());
    weir.documents.on_call(move |_| Reply::event_stream([event(&first), event(&last)]));
    let answer = call(&weir, "alice");
    assert_eq!(answer.messages()[0], progress, "progress before the response should pass");
    assert_eq!(answer.result()["resultType"], "complete", "the response should be completed: {}", answer.text());

    let asks = json!({ "jsonrpc": "2.0", "id": 1, "method": "elicitation/create", "params": {} });
    weir.documents.on_call(move |_| Reply::event_stream([event(&asks), event(&result)]));
    let answer = call(&weir, "alice");
    assert_eq!(answer.result()["content"], json!([]), "the origin should go on: {}", answer.text());
    assert!(!answer.text().contains("elicitation"), "a request should not reach the client: {}", answer.text());
    let refused = || weir.documents.received().into_iter().find(|received| received.message().get("error").is_some());
    weir.wait_until("the origin should be refused", || refused().is_some());
}

#[test]
fn legacy_error_codes_are_mapped_for_modern_clients() {
    let weir = documents_of("legacy").start();
    LegacyServer::play(&weir.documents, false);
    should_work(&call(&weir, "alice"), "an opening");
    for (theirs, ours) in [(-32002, -32602), (-32042, -32603), (-5, -5)] {
        weir.documents.on_call(move |received| {
            Reply::json(&json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": failing(theirs) }))
        });
        assert_eq!(call(&weir, "alice").error_code(), Some(ours), "{theirs} should be {ours} for a modern client");
        let legacy = weir.send(search().token(&weir.token("alice")));
        assert_eq!(legacy.error_code(), Some(theirs), "{theirs} should stay for a legacy client");
    }
}

#[test]
fn invalid_initialize_result_is_an_origin_failure() {
    let results: [(&str, Value); 3] = [
        ("no version", json!({ "capabilities": {} })),
        ("an older version", json!({ "protocolVersion": "2024-11-05", "capabilities": {} })),
        ("tools", json!({ "tools": [] })),
    ];
    for (name, result) in results {
        let weir = documents_of("legacy").start();
        weir.documents.script(move |received| Some(Reply::result(received, result.clone())));
        call(&weir, "alice").should_be_refused(-31502, name);
        assert!(weir.documents.calls().is_empty(), "`{name}`: nothing should be called before an opening");
    }
    let weir = documents_of("legacy").start();
    weir.documents.script(|received| {
        let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
        Some(Reply::result(received, result).header("mcp-session-id", "with a space"))
    });
    call(&weir, "alice").should_be_refused(-31502, "a session id that can't be sent back");
}
