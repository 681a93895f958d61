//! The server-initiated stream of a legacy client's session (GET), and requests about resources and logging to origins.

use harness::legacy::LegacyServer;
use harness::offers::INPUT_REQUESTS;
use harness::target::{Target, skipped_if};
use harness::{Answer, Draft, Reply, Step, Weir, origin::event};
use http::Method;
use serde_json::{Value, json};

use super::questions::{answers, elicitation, response};
use super::sessions::{draft, everything, open, sealed_by, send};
use super::{count, documents_of, search, should_work};

/// Two legacy origins with resources: `documents` and `tickets`.
pub(super) fn usual() -> Weir {
    let setup = documents_of("legacy").replace("origins/tickets.toml", "era = \"modern\"", "era = \"legacy\"");
    let weir = sealed_by(setup.with_offers().may_ask("tickets", &INPUT_REQUESTS), &[7]).start();
    for origin in [&weir.documents, &weir.tickets] {
        LegacyServer::play(origin, true);
    }
    weir
}

/// From now on the server-initiated stream of this origin has these steps.
pub(super) fn saying(origin: &harness::Origin, steps: Vec<Step>) {
    let server = origin.scripted().expect("a legacy server");
    origin.script(move |received| match received.method == Method::GET {
        true => Some(Reply::event_stream(steps.clone())),
        false => server(received),
    });
}

pub(super) fn notification(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

pub(super) fn updated(uri: &str) -> Value {
    notification("notifications/resources/updated", json!({ "uri": uri }))
}

pub(super) fn listening(session: &str, token: &str) -> Draft {
    let draft = Draft::bare(Method::GET, "/mcp").header("accept", "text/event-stream");
    draft.header("mcp-protocol-version", "2025-11-25").header("mcp-session-id", session).token(token)
}

fn of_resource(method: &str, uri: &str) -> Draft {
    draft(method, json!({ "uri": uri }))
}

#[test]
fn server_stream_carries_messages_of_all_origins_of_session() {
    let weir = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let log = notification("notifications/message", json!({ "level": "info", "data": { "a" : 1.50 } }));
    saying(&weir.documents, vec![event(&updated("handbook://page/1")), event(&elicitation())]);
    saying(&weir.tickets, vec![Step::Wait(std::time::Duration::from_millis(50)), event(&log)]);
    let heard = weir.send(listening(&session, &alice));
    assert_eq!(heard.status, 200, "{}", heard.text());
    assert_eq!(heard.header("content-type"), Some("text/event-stream"));
    let messages = heard.messages();
    assert_eq!(messages.len(), 3, "each should come: {}", heard.text());
    assert_eq!(messages[0], updated("handbook://page/1"));
    assert_eq!((&messages[1]["method"], &messages[2]), (&json!("elicitation/create"), &log));
    for (origin, id) in [(&weir.documents, "session-1"), (&weir.tickets, "session-1")] {
        let got = origin.received().into_iter().find(|received| received.method == Method::GET);
        let got = got.expect("the origin should be listened to");
        assert_eq!(got.header("accept"), Some("text/event-stream"));
        assert_eq!(got.header("mcp-session-id"), Some(id));
        assert_eq!(got.header("mcp-protocol-version"), Some("2025-06-18"), "the version that was settled");
        assert!(got.body.is_empty(), "nothing is asked");
    }
    let taken = send(&weir, &session, &alice, response(&messages[1]["id"], json!({ "action": "decline" })));
    assert_eq!(taken.status, 202, "a request on the server-initiated stream should be answered, too: {}", taken.text());
    assert_eq!(answers(&weir)[0].message()["id"], 1);
    let events = weir.events(3);
    let got = events.iter().find(|event| event["method"] == "GET").expect("listening should have an event");
    assert_eq!((&got["outcome"]["status"], &got["user"]["subject"]), (&json!("success"), &json!("alice")), "{got}");
}

#[test]
fn listener_gets_no_notification_of_unreadable_resource() {
    let weir = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let uris = [
        "handbook://secret/1",
        "docs://hidden",
        "tickets://open/1",
        "handbook://page/../secret/1",
        "handbook://page/2",
    ];
    let mut steps: Vec<Step> = uris.map(|uri| event(&updated(uri))).into();
    steps.push(event(&notification("notifications/tasks", json!({ "taskId": "1" }))));
    steps.push(event(&notification("com.example/custom", json!({ "text": "handbook://secret/1" }))));
    saying(&weir.documents, steps);
    let heard = weir.send(listening(&session, &alice)).messages();
    assert_eq!(heard, [updated("handbook://page/2")], "a rule, the list, the origin and the pattern each count");
    let narrow = weir.sign(weir.access_token("alice").claim("scope", "tools:list tools:call"));
    let heard = weir.send(listening(&session, &narrow));
    assert!(!heard.text().contains("handbook"), "the scope counts, too: {}", heard.text());
}

#[test]
fn origin_without_or_with_broken_stream_ends_no_other_stream() {
    let weir = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    let none = weir.send(listening(&session, &alice));
    assert_eq!(none.status, 405, "if no origin has a stream, there should be none: {}", none.text());
    let broken = [
        // A reset would overtake unread data.
        vec![event(&elicitation()), Step::Wait(std::time::Duration::from_millis(100)), Step::BreakOff],
        vec![event(&elicitation()), Step::Send("data: {\n\n".into())],
        vec![event(&elicitation()), event(&json!({ "jsonrpc": "2.0", "id": 7, "result": {} }))],
        vec![event(&elicitation()), event(&json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/list" }))],
    ];
    let late = updated("tickets://open/1");
    saying(&weir.tickets, vec![Step::Wait(std::time::Duration::from_millis(300)), event(&late)]);
    for steps in broken {
        let why = format!("{steps:?}");
        saying(&weir.documents, steps);
        let heard = weir.send(listening(&session, &alice));
        let messages = heard.messages();
        assert_eq!(messages.len(), 2, "{why}: the other origin should be heard to its end: {}", heard.text());
        assert_eq!(messages[1], late, "{why}");
    }
}

#[test]
fn server_stream_ends_after_five_minutes_or_with_its_client() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let weir = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    saying(&weir.documents, vec![Step::Hang]);
    let began = weir.running.now();
    let heard = weir.send(listening(&session, &alice));
    assert_eq!(heard.status, 200);
    assert!(heard.messages().is_empty(), "nothing was said: {}", heard.text());
    assert_eq!(weir.running.now() - began, 300, "the client should open the stream again after five minutes");
    let got = |weir: &Weir| weir.documents.received().into_iter().rfind(|received| received.method == Method::GET);
    assert!(got(&weir).is_some_and(|got| got.aborted()), "the origin's connection should be closed");

    let mut exchange = weir.begin(listening(&session, &alice));
    exchange.head().expect("it should begin");
    exchange.reset();
    weir.wait_until("the origin's connection should be closed", || got(&weir).is_some_and(|got| got.aborted()));
}

#[test]
fn only_the_sessions_own_client_listens() {
    let weir = usual();
    let (alice, bob) = (weir.token("alice"), weir.token("bob"));
    let session = open(&weir, &alice, &everything());
    saying(&weir.documents, vec![event(&elicitation())]);
    let status = |draft: Draft| -> Answer { weir.send(draft) };
    assert_eq!(status(listening(&session, &alice).without("authorization")).status, 401, "without a token");
    assert_eq!(status(listening(&session, &bob)).status, 404, "another caller");
    assert_eq!(status(listening("abc", &alice)).status, 404, "an invented session");
    assert_eq!(status(listening(&session, &alice).without("mcp-session-id")).status, 405, "no session");
    let json = listening(&session, &alice).header("accept", "application/json");
    assert_eq!(status(json).status, 406, "a client that takes no stream");
    let modern = listening(&session, &alice).header("mcp-protocol-version", "2026-07-28");
    assert_eq!(status(modern).status, 405, "the modern era has no such stream");
    let foreign = listening(&session, &alice).header("origin", "https://evil.example");
    assert_eq!(status(foreign).status, 403, "a foreign page");
    assert_eq!(weir.documents.received().iter().filter(|received| received.method == Method::GET).count(), 0);
}

#[test]
fn origin_without_session_ids_is_in_no_session() {
    let weir = usual();
    LegacyServer::play(&weir.tickets, false);
    saying(&weir.tickets, vec![event(&elicitation())]);
    saying(&weir.documents, vec![event(&updated("handbook://page/1"))]);
    for person in ["alice", "alice"] {
        let token = weir.token(person);
        let session = open(&weir, &token, &everything());
        let heard = weir.send(listening(&session, &token));
        assert_eq!(heard.messages(), [updated("handbook://page/1")], "its request should reach no client");
        for (method, params) in [
            ("notifications/cancelled", json!({ "requestId": 1 })),
            ("logging/setLevel", json!({ "level": "debug" })),
            ("resources/subscribe", json!({ "uri": "tickets://open/1" })),
        ] {
            send(&weir, &session, &token, draft(method, params));
            assert_eq!(count(&weir.tickets, method), 0, "{method} would concern all users");
        }
        let call = draft("tools/call", json!({ "name": "tickets_find", "arguments": {} }));
        send(&weir, &session, &token, call).result();
    }
    assert!(weir.tickets.received().iter().all(|received| received.method != Method::GET), "nor is it listened to");
    let openings = weir.tickets.received().into_iter().filter(|received| received.message()["method"] == "initialize");
    let declared: Vec<Value> = openings.map(|opening| opening.message()["params"]["capabilities"].clone()).collect();
    assert_eq!(declared, [everything(), json!({})], "one client's capabilities should be withdrawn at once");
}

#[test]
fn capabilities_declare_subscriptions_and_list_changes() {
    let weir = sealed_by(documents_of("legacy").with_offers(), &[7]).start();
    LegacyServer::play(&weir.documents, true);
    let server = weir.documents.scripted().expect("a legacy server");
    weir.documents.script(move |received| match received.message()["method"] == "initialize" {
        true => {
            let capabilities = json!({ "tools": { "listChanged": true }, "resources": { "listChanged": true, "subscribe": true } });
            let result = json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities, "serverInfo": { "name": "x", "version": "1" } });
            Some(Reply::result(received, result).header("mcp-session-id", "s"))
        }
        false => server(received),
    });
    let declared =
        |weir: &Weir, draft: Draft| weir.send(draft.token(&weir.token("alice"))).result()["capabilities"].clone();
    let opened = declared(&weir, super::initialize("2025-11-25"));
    assert_eq!(opened["resources"], json!({ "listChanged": true, "subscribe": true }), "{opened}");
    assert_eq!(opened["tools"], json!({ "listChanged": true }), "{opened}");
    let modern = declared(&weir, Draft::modern("server/discover", json!({})));
    assert_eq!(modern["tools"], json!({}), "a modern client should get no notification of a legacy origin: {modern}");

    let modern_origin = sealed_by(harness::Setup::new().with_offers(), &[7]).start();
    let opened = declared(&modern_origin, super::initialize("2025-11-25"));
    assert_eq!(opened["resources"], json!({}), "nor a legacy client of a modern one's: {opened}");
}

#[test]
fn subscription_requests_reach_origin_of_resource() {
    let weir = usual();
    let alice = weir.token("alice");
    let session = open(&weir, &alice, &everything());
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let answer = send(&weir, &session, &alice, of_resource(method, "handbook://page/1"));
        assert_eq!(answer.result(), json!({}), "{method}: {}", answer.text());
        let got = weir.documents.received().pop().expect("the origin should be asked");
        assert_eq!(got.message()["method"], method);
        assert_eq!(got.message()["params"], json!({ "uri": "handbook://page/1" }));
        assert_eq!(got.header("mcp-session-id"), Some("session-1"));

        send(&weir, &session, &alice, of_resource(method, "handbook://secret/1")).should_be(200, -31403, "a rule");
        send(&weir, &session, &alice, of_resource(method, "docs://hidden")).should_be(
            200,
            -32002,
            "an unknown resource",
        );
        send(&weir, &session, &alice, draft(method, json!({}))).should_be(200, -32602, "no URI");
        weir.send(of_resource(method, "handbook://page/1").token(&alice)).should_be(200, -32601, "no session");
        assert_eq!(count(&weir.documents, method), 1, "none of these should reach the origin");
    }
    should_work(&send(&weir, &session, &alice, search()), "calls go on");

    let modern = sealed_by(harness::Setup::new().with_offers(), &[7]).start();
    let answer = modern.send(of_resource("resources/subscribe", "handbook://page/1").token(&modern.token("alice")));
    answer.should_be(200, -32601, "a modern origin, whose notifications a legacy client can't get");
}

#[test]
fn message_that_is_too_long_ends_the_stream() {
    for (kilobytes, reason) in [(900, Value::Null), (1100, json!("origin_event_too_large"))] {
        let weir = usual();
        let alice = weir.token("alice");
        let session = open(&weir, &alice, &everything());
        let log = json!({ "level": "info", "data": "x".repeat(kilobytes << 10) });
        for origin in [&weir.documents, &weir.tickets] {
            saying(origin, vec![event(&notification("notifications/message", log.clone()))]);
        }
        weir.send(listening(&session, &alice));
        let events = weir.events(2);
        let heard = events.iter().find(|event| event["method"] == "GET").expect("listening should have an event");
        assert_eq!(heard["outcome"]["reason"], reason, "a message of {kilobytes} KiB: {heard:#}");
    }
}
