//! SIGTERM during calls: every response that a client has whole has its audit event.

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Step,
    client::read_body,
    origin::{Received, event},
    target::Exchange,
};
use serde_json::{Value, json};

use super::{announced, on_spin};

const CALLS: u32 = 60;

/// Each call takes its own time; every second response is a stream.
fn reply(received: &Received) -> Reply {
    let number = received.message()["params"]["arguments"]["limit"].as_u64().unwrap_or_default();
    let wait = Step::Wait(Duration::from_millis(number * 10));
    if number.is_multiple_of(2) {
        return Reply { before: Some(wait), ..Reply::tool_text(received, "here") };
    }
    let result = json!({ "resultType": "complete", "content": [{ "type": "text", "text": "here" }] });
    let result = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
    Reply::event_stream([event(&progress), wait, event(&result)])
}

/// True if the response is complete.
fn is_whole(exchange: &mut dyn Exchange) -> bool {
    exchange.head().is_ok() && {
        let (body, broke_off) = read_body(exchange);
        broke_off.is_none() && String::from_utf8_lossy(&body).contains("here")
    }
}

#[test]
fn signal_in_middle_of_calls_loses_no_event_of_whole_answer() {
    let Some(weir) = on_spin(|| announced(Setup::new())) else { return };
    let other = weir.running.replica();
    weir.documents.on_call(reply);
    weir.list("alice");
    let subject = |number: u32| format!("caller-{number}");
    let begun: Vec<_> = (0..CALLS)
        .map(|number| {
            let token = weir.sign(weir.access_token("alice").claim("sub", subject(number)));
            let draft = Draft::call("documents_search", json!({ "query": "x", "limit": number }));
            weir.begin(draft.token(&token))
        })
        .collect();
    weir.wait_until("most calls should be on their way", || weir.documents.calls().len() >= CALLS as usize / 2);
    weir.running.pass(Duration::from_millis(200));
    weir.running.terminate();
    let whole: Vec<bool> = begun.into_iter().map(|mut exchange| is_whole(exchange.as_mut())).collect();
    let answered = whole.iter().filter(|whole| **whole).count();
    assert!((1..CALLS as usize).contains(&answered), "the signal should come in the middle, not at {answered}");

    let events = other.events();
    let has = |number: u32, phase: &str| {
        events.iter().any(|event| event["user"]["subject"] == subject(number).as_str() && event["phase"] == phase)
    };
    for (number, whole) in (0..CALLS).zip(whole) {
        assert!(!whole || has(number, "completion"), "call {number} was answered, but has no event");
    }
    for call in weir.documents.calls() {
        let number =
            call.message()["params"]["arguments"]["limit"].as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.expect("the origin should see the argument");
        assert!(has(number, "intent"), "call {number} reached its origin, but no event announces it");
    }
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), events.len(), "no event should be there twice");

    let answer = other.begin(Draft::list().token(&weir.token("alice")).request(&other.authority()));
    let answer = harness::Answer::read(answer);
    assert_eq!(answer.status, 200, "the other process should go on: {}", answer.text());
    assert!(answer.result()["tools"].as_array().is_some_and(|tools| tools.iter().any(Value::is_object)));
}
