//! Requests of origins for input (elicitation, sampling, roots): only those that the registry names for an origin reach
//! a client, in both eras and on every kind of response and stream; each is counted in the event.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use harness::legacy::LegacyServer;
use harness::offers::INPUT_REQUESTS;
use harness::origin::{Received, event};
use harness::{Answer, Draft, Reply, Setup, Step, Weir};
use http::Method;
use serde_json::{Value, json};

const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Everything that a client can be asked for, and the extension for tasks.
fn declared() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} }, "sampling": {}, "roots": {},
        "extensions": { "io.modelcontextprotocol/tasks": {} } })
}

/// A request of this kind; `private` stands for its content.
fn request(kind: &str) -> Value {
    let schema = json!({ "type": "object", "properties": {} });
    match kind {
        "elicitation_form" => {
            json!({ "method": "elicitation/create", "params": { "message": "private", "requestedSchema": schema } })
        }
        "elicitation_url" => json!({ "method": "elicitation/create",
            "params": { "mode": "url", "message": "private", "url": "https://pages.example/private" } }),
        "sampling" => {
            let content = json!({ "type": "text", "text": "private" });
            let messages = json!([{ "role": "user", "content": content }]);
            json!({ "method": "sampling/createMessage", "params": { "messages": messages, "maxTokens": 1 } })
        }
        _ => json!({ "method": "roots/list", "params": {} }),
    }
}

/// The registry in which `documents` may request `kind` only, or everything else.
fn setup(kind: &str, allowed: bool) -> Setup {
    let named: Vec<&str> = INPUT_REQUESTS.into_iter().filter(|name| (*name == kind) == allowed).collect();
    let mut setup = Setup::new().may_ask("documents", &named);
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "1", "k": URL_SAFE_NO_PAD.encode([7; 32]) }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    setup
}

fn legacy_setup(kind: &str, allowed: bool) -> Weir {
    let weir = setup(kind, allowed).replace("origins/documents.toml", "\"modern\"", "\"legacy\"").start();
    LegacyServer::play(&weir.documents, true);
    weir
}

/// Answers this method as `answer` says, and any other as before.
fn on(weir: &Weir, method: &'static str, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) {
    let before = weir.documents.scripted();
    weir.documents.script(move |received| {
        let message = received.message();
        let asked = if received.method == Method::GET { "GET" } else { message["method"].as_str().unwrap_or_default() };
        if asked == method { Some(answer(received)) } else { before.as_ref().and_then(|before| before(received)) }
    });
}

fn asking(kind: &str) -> Value {
    json!({ "resultType": "input_required", "inputRequests": { "k": request(kind) }, "requestState": "s" })
}

fn modern_call(weir: &Weir) -> Answer {
    let call = Draft::call("documents_search", json!({ "query": "x" })).meta(CAPABILITIES, declared());
    weir.send(call.token(&weir.token("alice")))
}

/// The session id of alice's legacy client, which can be asked everything.
fn session(weir: &Weir) -> String {
    let client = json!({ "name": "old-client", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": declared(), "clientInfo": client });
    let opened = weir.send(Draft::legacy(None, "initialize", params).token(&weir.token("alice")));
    opened.header("mcp-session-id").expect("a session should be given").to_owned()
}

fn legacy_call(weir: &Weir, session: &str) -> Answer {
    let params = json!({ "name": "documents_search", "arguments": { "query": "x" } });
    let call = Draft::legacy(Some("2025-11-25"), "tools/call", params).header("mcp-session-id", session);
    weir.send(call.token(&weir.token("alice")))
}

/// Fails unless the last event counts one request of `kind` and holds nothing of its content.
#[track_caller]
fn should_be_counted(event: &Value, kind: &str, refused: Option<&str>, why: &str) {
    let mut expected = json!({ "origin": "documents", "request": kind, "passed": 1, "refused": 0 });
    if let Some(reason) = refused {
        expected = json!({ "origin": "documents", "request": kind, "passed": 0, "refused": 1, "reason": reason });
    }
    assert_eq!(event["input_requests"], json!([expected]), "{why}: {event}");
    assert!(!event.to_string().contains("private"), "{why}: an event has no content: {event}");
}

#[track_caller]
fn last_event(weir: &Weir, method: &str) -> Value {
    let found = || weir.running.events().into_iter().rfind(|event| event["method"] == method);
    weir.wait_until("the event should come", || found().is_some());
    found().expect("an event")
}

#[test]
fn modern_origin_asks_for_what_registry_names_alone() {
    for (kind, allowed) in INPUT_REQUESTS.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        for stream in [false, true] {
            let weir = setup(kind, allowed).start();
            on(&weir, "tools/call", move |received| match stream {
                false => Reply::result(received, asking(kind)),
                true => {
                    let id = &received.message()["id"];
                    Reply::event_stream([event(&json!({ "jsonrpc": "2.0", "id": id, "result": asking(kind) }))])
                }
            });
            let why = format!("{kind}, allowed: {allowed}, stream: {stream}");
            let answer = modern_call(&weir);
            let event = last_event(&weir, "tools/call");
            if allowed {
                assert_eq!(answer.result()["inputRequests"]["k"], request(kind), "{why}");
                should_be_counted(&event, kind, None, &why);
                continue;
            }
            assert_eq!(answer.refusal()["reason"], "origin_may_not_ask", "{why}");
            assert!(answer.refusal_text().contains(kind), "{why}: {}", answer.refusal_text());
            assert!(!answer.text().contains("private"), "{why}: {}", answer.text());
            assert_eq!(event["outcome"]["reason"], "origin_may_not_ask", "{why}: {event}");
            assert!(event["cost"].is_object(), "{why}: the call has run: {event}");
            should_be_counted(&event, kind, Some("origin_may_not_ask"), &why);
        }
    }
}

#[test]
fn modern_origin_is_told_only_of_capabilities_that_it_may_use() {
    let told =
        |weir: &Weir, method: &str| weir.documents.asked(method)[0].message()["params"]["_meta"][CAPABILITIES].clone();
    for (named, capabilities) in [
        (&INPUT_REQUESTS[..], declared()),
        (&["elicitation_form", "roots"][..], json!({ "elicitation": { "form": {} }, "roots": {} })),
        (&["elicitation_url"][..], json!({ "elicitation": { "url": {} } })),
        (&[][..], json!({})),
    ] {
        let mut expected = capabilities;
        expected["extensions"] = declared()["extensions"].clone();
        let weir = Setup::new().may_ask("documents", named).start();
        modern_call(&weir).result();
        assert_eq!(told(&weir, "tools/call"), expected, "{named:?}");
        let listen = Draft::modern("subscriptions/listen", json!({ "notifications": { "toolsListChanged": true } }));
        weir.send(listen.meta(CAPABILITIES, declared()).token(&weir.token("alice")));
        assert_eq!(told(&weir, "subscriptions/listen"), expected, "{named:?}");
    }
    // Nothing is named by default.
    let weir = Weir::usual();
    modern_call(&weir).result();
    assert_eq!(told(&weir, "tools/call"), json!({ "extensions": declared()["extensions"] }));
}

#[test]
fn origin_that_misses_capability_it_may_not_use_is_told_in_words() {
    let lacks = |received: &Received, required: Value| {
        let error = json!({ "code": -32021, "message": "x", "data": { "requiredCapabilities": required } });
        let body = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": error });
        Reply::text(400, "application/json", body.to_string())
    };
    let weir = setup("sampling", false).start();
    on(&weir, "tools/call", move |received| lacks(received, json!({ "sampling": {} })));
    let answer = modern_call(&weir);
    assert_eq!(answer.refusal()["reason"], "origin_may_not_ask");
    assert!(answer.refusal_text().contains("was not called"), "nothing ran: {}", answer.refusal_text());
    assert!(last_event(&weir, "tools/call")["cost"].is_null(), "so nothing is charged");
    let weir = setup("sampling", true).start();
    on(&weir, "tools/call", move |received| lacks(received, json!({ "sampling": {} })));
    assert_eq!(modern_call(&weir).error_code(), Some(-32021), "a client that doesn't declare it should learn so");
}

#[test]
fn task_asks_for_what_registry_names_alone() {
    for (kind, allowed) in INPUT_REQUESTS.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        let why = format!("{kind}, allowed: {allowed}");
        let weir = setup(kind, allowed).start();
        let task = move || {
            json!({ "resultType": "complete", "taskId": "42", "status": "input_required",
                "inputRequests": { "k": request(kind) } })
        };
        on(&weir, "tools/call", |received| {
            Reply::result(received, json!({ "resultType": "task", "taskId": "42", "status": "working" }))
        });
        on(&weir, "tasks/get", move |received| Reply::result(received, task()));
        on(&weir, "subscriptions/listen", move |received| {
            let message = received.message();
            let meta = json!({ "io.modelcontextprotocol/subscriptionId": message["id"] });
            let params = json!({ "notifications": message["params"]["notifications"], "_meta": meta });
            let notification =
                |method: &str, params: Value| event(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
            let end = json!({ "jsonrpc": "2.0", "id": message["id"], "result": { "resultType": "complete" } });
            Reply::event_stream([
                notification("notifications/subscriptions/acknowledged", params),
                notification("notifications/tasks", task()),
                event(&end),
            ])
        });
        let id = modern_call(&weir).result()["taskId"].as_str().expect("an id").to_owned();
        let get = Draft::modern("tasks/get", json!({ "taskId": id })).header("mcp-name", &id);
        let got = weir.send(get.meta(CAPABILITIES, declared()).token(&weir.token("alice")));
        let listen = Draft::modern("subscriptions/listen", json!({ "notifications": { "taskIds": [id] } }));
        let heard = weir.send(listen.meta(CAPABILITIES, declared()).token(&weir.token("alice"))).messages();
        let told = heard.iter().find(|message| message["method"] == "notifications/tasks").expect("a notification");
        assert_eq!(
            told["params"]["status"], "input_required",
            "{why}: the notification should have the status: {told}"
        );
        let reason = (!allowed).then_some("origin_may_not_ask");
        should_be_counted(&last_event(&weir, "tasks/get"), kind, reason, &why);
        should_be_counted(&last_event(&weir, "subscriptions/listen"), kind, reason, &why);
        if allowed {
            assert_eq!(got.result()["inputRequests"]["k"], request(kind), "{why}");
            assert_eq!(told["params"]["inputRequests"]["k"], request(kind), "{why}");
            continue;
        }
        got.should_be(200, -31502, &why);
        assert_eq!(got.message()["error"]["data"]["reason"], "origin_may_not_ask", "{why}");
        assert!(told["params"].get("inputRequests").is_none(), "{why}: {told}");
    }
}

#[test]
fn input_request_too_long_to_be_read_is_refused() {
    let long = "x".repeat(400_000);
    for stream in [false, true] {
        let weir = setup("roots", true).start();
        let text = long.clone();
        on(&weir, "tools/call", move |received| {
            let mut result = asking("roots");
            result["content"] = json!([{ "type": "text", "text": text }]);
            let message = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
            let text = message.to_string();
            let pieces = text.as_bytes().chunks(50_000).map(|piece| Step::Send(piece.to_vec().into()));
            match stream {
                false => Reply { steps: pieces.collect(), ..Reply::text(200, "application/json", "") },
                true => Reply::event_stream(
                    [Step::Send("data: ".into())].into_iter().chain(pieces).chain([Step::Send("\n\n".into())]),
                ),
            }
        });
        let answer = modern_call(&weir);
        let whole = serde_json::from_slice::<Value>(&answer.body).is_ok();
        assert!(!whole, "no client should take it for a message");
        let event = last_event(&weir, "tools/call");
        assert_eq!(event["outcome"]["reason"], "origin_input_requests_too_long", "{event}");
    }
}

#[test]
fn unknown_input_request_is_refused() {
    for asked in [
        json!({ "method": "elicitation/create", "params": { "mode": "embedded", "message": "private" } }),
        json!({ "method": "tools/call", "params": {} }),
        json!("private"),
    ] {
        let weir = Setup::new().may_ask("documents", &INPUT_REQUESTS).start();
        let shown = asked.clone();
        on(&weir, "tools/call", move |received| {
            Reply::result(received, json!({ "resultType": "input_required", "inputRequests": { "k": asked } }))
        });
        assert_eq!(modern_call(&weir).refusal()["reason"], "origin_input_request_unknown", "{shown}");
    }
}

#[test]
fn legacy_origin_asks_for_what_registry_names_alone() {
    for (kind, allowed) in INPUT_REQUESTS.into_iter().flat_map(|kind| [(kind, true), (kind, false)]) {
        let weir = legacy_setup(kind, allowed);
        let asked = move || {
            let mut asked = request(kind);
            asked["jsonrpc"] = json!("2.0");
            asked["id"] = json!(5);
            asked
        };
        on(&weir, "tools/call", move |received| {
            let result = json!({ "content": [{ "type": "text", "text": "search was called" }] });
            let last = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
            Reply::event_stream([event(&asked()), event(&last)])
        });
        on(&weir, "GET", move |_| Reply::event_stream([event(&asked())]));
        let session = session(&weir);
        let opening = weir.documents.asked("initialize").remove(0).message()["params"]["capabilities"].clone();
        let mode = if kind == "elicitation_url" { "url" } else { "form" };
        let declared = match kind.split_once('_') {
            // An empty object means form mode.
            Some(_) => opening["elicitation"]
                .as_object()
                .is_some_and(|modes| modes.contains_key(mode) || (mode == "form" && modes.is_empty())),
            None => opening[kind].is_object(),
        };
        assert_eq!(declared, allowed, "{kind}, allowed: {allowed}: the origin was told {opening}");

        let listening = Draft::bare(Method::GET, "/mcp").header("accept", "text/event-stream");
        let listening = listening.header("mcp-protocol-version", "2025-11-25").header("mcp-session-id", &session);
        for (stream, answer) in
            [("tools/call", legacy_call(&weir, &session)), ("GET", weir.send(listening.token(&weir.token("alice"))))]
        {
            let why = format!("{kind}, allowed: {allowed}, {stream}");
            let reason = (!allowed).then_some("origin_may_not_ask");
            should_be_counted(&last_event(&weir, stream), kind, reason, &why);
            let passed = answer.text().contains(request(kind)["method"].as_str().unwrap_or_default());
            assert_eq!(passed, allowed, "{why}: {}", answer.text());
            assert_eq!(last_event(&weir, stream)["outcome"]["status"], "success", "{why}: the rest should go on");
        }
        let refusals = || {
            let received = weir.documents.received().into_iter();
            received.filter(|received| received.message()["error"]["code"] == -32601).collect::<Vec<_>>()
        };
        if allowed {
            assert!(refusals().is_empty(), "{kind}: nothing should be refused");
            continue;
        }
        weir.wait_until("the origin should be refused on each stream", || refusals().len() == 2);
        let words = refusals()[0].message()["error"]["message"].to_string();
        assert!(words.contains("registry") && words.contains(kind), "{words}");
    }
}

#[test]
fn page_that_error_demands_counts_as_elicitation_by_url() {
    let pages = || {
        let page =
            json!({ "mode": "url", "elicitationId": "e", "url": "https://pages.example/private", "message": "x" });
        json!({ "code": -32042, "message": "open it", "data": { "elicitations": [page] } })
    };
    for (era, allowed) in [("modern", true), ("modern", false), ("legacy", true), ("legacy", false)] {
        let weir = legacy_setup("elicitation_url", allowed);
        on(&weir, "tools/call", move |received| {
            Reply::json(&json!({ "jsonrpc": "2.0", "id": received.message()["id"], "error": pages() }))
        });
        let answer = match era {
            "modern" => modern_call(&weir),
            _ => legacy_call(&weir, &session(&weir)),
        };
        let why = format!("{era}, allowed: {allowed}");
        assert_eq!(answer.text().contains("pages.example"), allowed, "{why}: {}", answer.text());
        let reason = (!allowed).then_some("origin_may_not_ask");
        should_be_counted(&last_event(&weir, "tools/call"), "elicitation_url", reason, &why);
        if !allowed {
            assert_eq!(answer.refusal()["reason"], "origin_may_not_ask", "{why}");
        }
    }
}

#[test]
fn request_that_no_client_can_be_asked_is_counted_as_refused() {
    let weir = setup("roots", true).start();
    on(&weir, "tools/call", |received| Reply::result(received, asking("roots")));
    let params = json!({ "name": "documents_search", "arguments": { "query": "x" } });
    let legacy = Draft::legacy(Some("2025-11-25"), "tools/call", params);
    let result = weir.send(legacy.token(&weir.token("alice"))).result();
    assert_eq!(result["isError"], true, "a legacy client can't be asked by a modern origin: {result}");
    should_be_counted(&last_event(&weir, "tools/call"), "roots", Some("client_not_askable"), "no such client");
}
