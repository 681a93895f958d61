//! Streams of origins in both eras, beside the response: events of other types, pings, requests that the client can't
//! be asked, notifications, silence.

use std::time::Duration;

use harness::legacy::LegacyServer;
use harness::origin::{Received, event};
use harness::{Answer, Draft, Origin, Reply, Setup, Step, Weir};
use serde_json::{Value, json};

use super::documents_of;
use super::questions::elicitation;
use super::sessions::{draft, everything, open, sealed_by};
use super::unasked::{listening, notification, saying, updated};

/// `documents` is a legacy origin with sessions, `tickets` a modern one; both have resources and prompts.
pub(super) fn both_eras() -> Weir {
    both_eras_of(documents_of("legacy").with_offers())
}

fn both_eras_of(setup: Setup) -> Weir {
    let weir = sealed_by(setup, &[7]).start();
    LegacyServer::play(&weir.documents, true);
    weir
}

/// The same with a `timeout_ms` of one second for origins: these tests stream for longer than that.
fn with_short_timeout() -> Weir {
    let origins = ["origins/documents.toml", "origins/tickets.toml"];
    let setup = documents_of("legacy").with_offers();
    both_eras_of(
        origins.iter().fold(setup, |setup, file| setup.replace(file, "timeout_ms = 2500", "timeout_ms = 1000")),
    )
}

/// A client of alice's: modern, legacy in a session, legacy without one.
pub(super) enum Client {
    Modern,
    InSession(String),
    Legacy,
}

impl Client {
    pub(super) fn all(weir: &Weir) -> [Self; 3] {
        [Self::Modern, Self::InSession(open(weir, &weir.token("alice"), &everything())), Self::Legacy]
    }

    pub(super) fn draft(&self, weir: &Weir, method: &str, mut params: Value) -> Draft {
        let draft = match self {
            Self::Modern => Draft::modern(method, params).meta("progressToken", "p"),
            Self::InSession(_) | Self::Legacy => {
                params["_meta"] = json!({ "progressToken": "p" });
                draft(method, params)
            }
        };
        let draft = match self {
            Self::InSession(session) => draft.header("mcp-session-id", session),
            Self::Modern | Self::Legacy => draft,
        };
        draft.token(&weir.token("alice"))
    }

    fn call(&self, weir: &Weir, tool: &str) -> Answer {
        weir.send(self.draft(weir, "tools/call", json!({ "name": tool, "arguments": { "query": "x" } })))
    }

    /// Sends every request that a client may send, to both origins.
    pub(super) fn asks_everything(&self, weir: &Weir) {
        let prompt = json!({ "type": "ref/prompt", "name": "triage" });
        let requests = [
            ("tools/list", json!({})),
            ("resources/list", json!({})),
            ("resources/templates/list", json!({})),
            ("prompts/list", json!({})),
            ("tools/call", json!({ "name": "documents_search", "arguments": { "query": "x" } })),
            ("tools/call", json!({ "name": "tickets_find", "arguments": { "query": "x" } })),
            ("resources/read", json!({ "uri": "handbook://page/1" })),
            ("resources/read", json!({ "uri": "tickets://open/1" })),
            ("prompts/get", json!({ "name": "documents_summarise", "arguments": { "topic": "x" } })),
            ("prompts/get", json!({ "name": "triage", "arguments": { "ticket": "1" } })),
            ("completion/complete", json!({ "ref": prompt, "argument": { "name": "ticket", "value": "1" } })),
        ];
        for (number, (method, params)) in requests.into_iter().enumerate() {
            // In a session a client uses no id twice (MCP 2025-11-25, base protocol); without a session, all clients
            // use 7.
            let id = if matches!(self, Self::InSession(_)) { number } else { 7 };
            let answer = weir.send(under(self.draft(weir, method, params), &id.to_string(), "\"p\""));
            assert_eq!(answer.message()["id"], id, "{method} should be answered under the client's id");
            answer.result();
        }
    }
}

/// From now on calls are answered like this.
pub(super) fn on_call(origin: &Origin, reply: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
    let usual = origin.scripted();
    origin.script(move |received| match received.message()["method"] == "tools/call" {
        true => Some(reply(received)),
        false => usual.as_ref().and_then(|usual| usual(received)),
    });
}

/// A request for the client's own id and progress token, as raw JSON.
pub(super) fn under(draft: Draft, id: &str, token: &str) -> Draft {
    let body = String::from_utf8(draft.body.to_vec()).expect("JSON is text");
    let body = body.replace("\"id\":7", &format!("\"id\":{id}"));
    draft.body(body.replace("\"progressToken\":\"p\"", &format!("\"progressToken\":{token}")))
}

/// Events without a message, and a request that Weir answers.
fn noise() -> Vec<Step> {
    let events = [
        "event: ping\ndata: 2026-11-30T10:42:00Z\n\n",
        "event: endpoint\ndata: {\"jsonrpc\":\"2.0\"}\n\n",
        "data: hello\nevent: ping\n\n",
        ": a comment\n\n",
        "id: 1\nretry: 5\ndata:\n\n",
    ];
    let ping = json!({ "jsonrpc": "2.0", "id": "ping-1", "method": "ping" });
    events.into_iter().map(|text| Step::Send(text.into())).chain([event(&ping)]).collect()
}

/// The responses that the origin got under this id of its own.
fn answers(origin: &Origin, id: &Value) -> Vec<Received> {
    let answers = |received: &Received| {
        let message = received.message();
        message["id"] == *id && message.get("method").is_none()
    };
    origin.received().into_iter().filter(answers).collect()
}

pub(super) fn requests(origin: &Origin) -> Vec<Value> {
    let messages = origin.received().into_iter().map(|received| received.message());
    messages.filter(|message| message.get("method").is_some() && message.get("id").is_some()).collect()
}

#[test]
fn events_of_other_types_and_pings_disturb_no_stream() {
    let weir = both_eras();
    for origin in [&weir.documents, &weir.tickets] {
        origin.stream_after(noise());
    }
    let clients = Client::all(&weir);
    for client in &clients {
        client.asks_everything(&weir);
    }
    weir.send(Client::Modern.draft(&weir, "server/discover", json!({}))).result();
    let [_, in_session, _] = &clients;
    let subscription = in_session.draft(&weir, "resources/subscribe", json!({ "uri": "handbook://page/1" }));
    weir.send(subscription).result();

    let heard = [noise(), vec![event(&updated("handbook://page/1"))], noise()].concat();
    saying(&weir.documents, heard);
    let Client::InSession(session) = in_session else { unreachable!("it is in a session") };
    let heard = weir.send(listening(session, &weir.token("alice"))).messages();
    assert_eq!(heard, [updated("handbook://page/1")], "the server-initiated stream");

    let changed = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
    weir.tickets.script(move |received| {
        let message = received.message();
        let acknowledged = notification(
            "notifications/subscriptions/acknowledged",
            json!({ "notifications": message["params"]["notifications"] }),
        );
        let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "resultType": "complete" } });
        (message["method"] == "subscriptions/listen").then(|| {
            let messages = [&acknowledged, &changed, &last].map(|message| [noise(), vec![event(message)]].concat());
            Reply::event_stream(messages.concat())
        })
    });
    let listen = Draft::modern("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }));
    let told = weir.send(listen.token(&weir.token("alice"))).messages();
    let methods: Vec<&Value> = told.iter().map(|message| &message["method"]).collect();
    let acknowledged = "notifications/subscriptions/acknowledged";
    assert_eq!(methods, [&json!(acknowledged), &json!("notifications/tools/list_changed"), &Value::Null]);

    // The stream of a GET has two, and so has a subscription beside its first.
    for (origin, version) in [(&weir.documents, "2025-06-18"), (&weir.tickets, "2026-07-28")] {
        let asked = requests(origin).len() + 2;
        let pongs = || answers(origin, &json!("ping-1"));
        weir.wait_until("each ping should be answered", || pongs().len() >= asked);
        for pong in pongs() {
            assert_eq!(pong.message(), json!({ "jsonrpc": "2.0", "id": "ping-1", "result": {} }));
            let opening = pong.header("mcp-protocol-version") == Some("2025-11-25");
            assert!(opening || pong.header("mcp-protocol-version") == Some(version), "{:?}", pong.headers);
            assert_eq!(pong.header("mcp-session-id").is_some(), version == "2025-06-18", "{:?}", pong.headers);
        }
        assert_eq!(pongs().len(), asked, "each once");
    }
}

#[test]
fn only_listed_notifications_and_own_progress_precede_response() {
    let weir = both_eras();
    let earlier = std::sync::Arc::new(std::sync::Mutex::new(json!("none")));
    for origin in [&weir.documents, &weir.tickets] {
        let earlier = earlier.clone();
        on_call(origin, move |received| {
            let message = received.message();
            let own = message["params"]["_meta"]["progressToken"].clone();
            let other = std::mem::replace(&mut *earlier.lock().expect("it should not panic"), own.clone());
            let progress = |token: Value, at: u32| {
                notification("notifications/progress", json!({ "progressToken": token, "progress": at }))
            };
            let done = json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "content": [] } });
            let steps = [
                progress(other, 1),
                progress(json!("q"), 2),
                progress(json!(7), 3),
                progress(Value::Null, 4),
                notification("notifications/progress", json!({ "progress": 5 })),
                progress(own, 6),
                notification("notifications/tools/list_changed", json!({})),
                notification("notifications/resources/updated", json!({ "uri": "docs://hidden" })),
                notification("notifications/tasks", json!({ "taskId": "42" })),
                notification("notifications/cancelled", json!({ "requestId": 7 })),
                notification("notifications/message", json!({ "level": "info", "data": 1 })),
                notification("notifications/of/tomorrow", json!({})),
                notification("com.example/custom", json!({})),
                done,
            ];
            Reply::event_stream(steps.iter().map(event))
        });
    }
    let clients = Client::all(&weir);
    for (client, tool, expected) in [
        (&clients[0], "tickets_find", &["progress", "message", "com.example/custom"][..]),
        (&clients[0], "documents_search", &["progress", "com.example/custom"]),
        (&clients[1], "tickets_find", &["progress", "message", "com.example/custom"]),
        (&clients[1], "documents_search", &["progress", "tools/list_changed", "message", "com.example/custom"]),
        (&clients[2], "documents_search", &["progress", "tools/list_changed", "message", "com.example/custom"]),
    ] {
        let messages = client.call(&weir, tool).messages();
        let methods = messages.iter().filter_map(|message| message["method"].as_str());
        let methods: Vec<&str> = methods.map(|method| method.trim_start_matches("notifications/")).collect();
        assert_eq!(methods, expected, "{tool}: {messages:#?}");
        assert_eq!(messages[0]["params"], json!({ "progressToken": "p", "progress": 6 }), "{tool}: its own alone");
    }
}

/// The steps of a response, in which each of these texts comes 300 ms after the one before.
fn every_300_ms(texts: impl IntoIterator<Item = String>) -> impl Iterator<Item = Step> {
    let steps = |text: String| [Step::Wait(Duration::from_millis(300)), Step::Send(text.into())];
    texts.into_iter().flat_map(steps)
}

#[test]
fn comments_and_pings_keep_connection_and_not_call() {
    let weir = with_short_timeout();
    // The first call also waits for the host to start.
    for tool in ["tickets_find", "documents_search"] {
        Client::Modern.call(&weir, tool).result();
    }
    let text = |message: &Value| format!("event: message\ndata: {message}\n\n");
    let ping = text(&json!({ "jsonrpc": "2.0", "id": "ping-1", "method": "ping" }));
    let log = text(&notification("notifications/message", json!({ "level": "info", "data": 1 })));
    let sounds = [
        ("comments", ": still here\n\n".to_owned(), Some(-31504)),
        ("events of another type", "event: ping\ndata: {}\n\n".to_owned(), Some(-31504)),
        ("events whose type comes last", "data: {}\nevent: ping\n\n".to_owned(), Some(-31504)),
        ("pings", ping, Some(-31504)),
        ("log messages", log, None),
    ];
    for (name, sound, code) in sounds {
        // Networks cut a stream anywhere: each event comes whole, in two pieces at once or one after the other, and
        // always with the beginning of the next.
        let (begin, end) = sound.split_at(sound.len() / 2);
        let whole = vec![sound.clone(); 8];
        let pieces: Vec<String> = [begin, end].repeat(4).into_iter().map(str::to_owned).collect();
        let next: Vec<String> =
            [begin.to_owned()].into_iter().chain(vec![format!("{end}{begin}"); 7]).chain([end.to_owned()]).collect();
        for (cut, texts) in [("whole", whole), ("in pieces", pieces), ("with the next one's beginning", next)] {
            for (origin, tool) in [(&weir.tickets, "tickets_find"), (&weir.documents, "documents_search")] {
                if cut != "whole" && tool == "documents_search" {
                    // Both eras decode a stream in the same way, and each of these takes more than a second.
                    continue;
                }
                let texts = texts.clone();
                on_call(origin, move |received| {
                    let message = received.message();
                    let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "content": [] } });
                    Reply::event_stream(every_300_ms(texts.clone()).chain([event(&last)]))
                });
                let before = weir.running.now();
                let answer = Client::Modern.call(&weir, tool);
                let why = format!("{name}, {cut}, of {tool}");
                assert_eq!(answer.error_code(), code, "{why}, for longer than its timeout: {}", answer.text());
                assert!(code.is_none() || weir.running.now() - before <= 2, "{why} should not be waited for");
            }
        }
    }
}

#[test]
fn message_that_has_begun_has_its_time_once_more() {
    let weir = with_short_timeout();
    let result = |id: &Value, padding: usize| {
        let text = "x".repeat(padding);
        let content = json!([{ "type": "text", "text": text }]);
        let result = json!({ "jsonrpc": "2.0", "id": id, "result": { "resultType": "complete", "content": content } });
        format!("data: {result}\n\n")
    };
    let cases = [
        ("begins late and is whole in time", 100, vec![800, 800], None),
        ("is not whole in time", 100, vec![800, 500, 800], Some(-31504)),
        ("is long, and passes piece by piece", 900 << 10, vec![300, 700, 700, 700, 700], None),
    ];
    for (name, padding, waits, code) in cases {
        on_call(&weir.tickets, move |received| {
            let text = result(&received.message()["id"], padding).into_bytes();
            let size = text.len().div_ceil(waits.len());
            let pieces = text.chunks(size).map(|piece| Step::Send(piece.to_vec().into()));
            let waits = waits.iter().map(|millis| Step::Wait(Duration::from_millis(*millis)));
            Reply::event_stream(waits.zip(pieces).flat_map(|(wait, piece)| [wait, piece]).collect::<Vec<_>>())
        });
        let answer = Client::Modern.call(&weir, "tickets_find");
        assert_eq!(answer.error_code(), code, "a message that {name}");
    }
}

#[test]
fn origin_that_asks_in_vain_is_refused_at_once_and_in_words() {
    let weir = both_eras();
    let sampling = json!({ "messages": [], "maxTokens": 1 });
    let asks = [
        elicitation(),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "sampling/createMessage", "params": sampling }),
        json!({ "jsonrpc": "2.0", "id": "r", "method": "roots/list" }),
    ];
    for asked in &asks {
        let before = answers(&weir.documents, &asked["id"]).len();
        let refusals = || answers(&weir.documents, &asked["id"]);
        for goes_on in [true, false] {
            let asked = asked.clone();
            on_call(&weir.documents, move |received| {
                let message = received.message();
                let last = json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "content": [] } });
                let comments =
                    (0..20).flat_map(|_| [Step::Wait(Duration::from_millis(200)), Step::Send(": x\n\n".into())]);
                match goes_on {
                    true => Reply::event_stream([event(&asked), event(&last)]),
                    false => Reply::event_stream([event(&asked)].into_iter().chain(comments)),
                }
            });
            let answer = Client::Modern.call(&weir, "documents_search");
            assert!(!answer.text().contains("requestedSchema"), "no part of it should reach the client");
            if goes_on {
                answer.result();
                continue;
            }
            let refusal = answer.refusal();
            assert_eq!((&refusal["code"], &refusal["reason"]), (&json!(-31502), &json!("origin_sent_request")));
            assert!(answer.refusal_text().contains("can't be asked"), "{}", answer.refusal_text());
        }
        weir.wait_until("the origin should be refused each time", || refusals().len() == before + 2);
        for refusal in refusals() {
            assert_eq!(refusal.message()["error"]["code"], -32601);
            assert!(refusal.header("mcp-session-id").is_some(), "in the session in which it asked");
        }
    }
    // The modern era has no requests of servers; Weir does not wait for an origin that sends one.
    on_call(&weir.tickets, move |_| Reply::event_stream([event(&elicitation()), Step::Hang]));
    let answer = Client::Modern.call(&weir, "tickets_find");
    assert_eq!(answer.error_code(), Some(-31502), "{}", answer.text());
}
