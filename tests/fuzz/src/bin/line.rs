//! The whole gateway with any HTTP request: always a response, never a fault of its own, and no origin gets a request
//! that policy does not allow.
#![no_main]

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use fuzz::{Again, Message, unhurried};
use harness::{Draft, Setup, Weir, origin::Received};
use http::{Method, Uri};
use json::RawJson;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

thread_local! {
    static AGAIN: Again<Sent> = const { Again::new() };
}

// The first line is a method and a path. Without `authorization` the caller is alice, with a valid token.
fuzz_target!(|input: &[u8]| {
    let Some(message) = Message::read(input) else { return };
    let (method, path) = message.first.split_once(' ').unwrap_or(("POST", message.first));
    let (Ok(method), true) = (Method::try_from(method), is_path(path)) else { return };
    AGAIN.with(|again| {
        again.with(setup, listening, |weir, sent| {
            let mut draft = Draft { method, path: path.to_owned(), headers: message.headers, body: message.body };
            // With another host the request would be for another site.
            draft = draft.without("host");
            if !draft.headers.contains_key("authorization") {
                draft = draft.token(&weir.token("alice"));
            }
            ask(weir, sent, draft);
        });
    });
});

fn setup() -> Setup {
    let mut setup = unhurried(Setup::new().with_offers());
    let keys = json!({ "keys": [{ "kty": "oct", "kid": "sealing-1", "k": "B".repeat(42) + "A" }] });
    setup.secrets.insert("SEALING_KEYS".to_owned(), keys.to_string());
    setup
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && format!("http://127.0.0.1{path}").parse::<Uri>().is_ok()
}

/// The text of the last `params.requestState`.
type Sent = Arc<Mutex<Option<String>>>;

/// Makes every origin fail the run if it gets a forbidden request.
fn listening(weir: &Weir) -> Sent {
    let sent = Sent::default();
    for origin in [&weir.documents, &weir.tickets, &weir.people] {
        let sent = Arc::clone(&sent);
        origin.script(move |received| {
            hear(received, sent.lock().ok()?.as_deref());
            None
        });
    }
    sent
}

fn ask(weir: &Weir, sent: &Sent, draft: Draft) {
    if let Ok(mut sent) = sent.lock() {
        *sent = state_of(&draft.body);
    }
    let answer = weir.send(draft);
    assert!(!answer.status.is_server_error(), "a request should not break us: {} {}", answer.status, answer.text());
    assert_eq!(answer.broke_off, None, "an answer should come to its end");
    let is_json = answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if is_json && !answer.body.is_empty() {
        answer.json();
    }
}

/// Fails unless the request is one that alice may send, with `requestState` unchanged.
fn hear(received: &Received, request_state: Option<&str>) {
    let message = received.message();
    assert_ne!(message, Value::Null, "an origin should get JSON: {:?}", received.body);
    let (params, method) = (&message["params"], message["method"].as_str().unwrap_or_default());
    let target = match method {
        "tools/call" | "prompts/get" => params["name"].as_str(),
        "resources/read" => params["uri"].as_str(),
        _ => return,
    };
    let target = target.unwrap_or_default();
    let is_allowed = ALLOWED.contains(&target)
        || (target.starts_with("handbook://") && !target.starts_with("handbook://secret/"))
        || target.starts_with("tickets://open/");
    assert!(is_allowed, "`{method}` of `{target}` should reach no origin");
    assert_eq!(state_of(&received.body).as_deref(), request_state, "`requestState` should arrive as it was sent");
}

/// The tools and prompts that alice may use, and the only resource that is not a pattern.
const ALLOWED: [&str; 6] = ["search", "find", "lookup", "summarise", "triage", "docs://index"];

fn state_of(body: &Bytes) -> Option<String> {
    let raw = RawJson::parse(body.clone()).ok()?;
    raw.at(&["params", "requestState"]).map(|state| state.as_str().to_owned())
}
