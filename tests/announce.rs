//! *announce*: with `audit = "two_phase"`, no call reaches an origin before the sink has accepted its intent event.

use std::time::Duration;

use harness::{
    Answer, Draft, Reply, Setup, Step, Weir,
    client::read_body,
    origin::event,
    target::{Target, skipped_if},
    weir::Queue,
};
use serde_json::{Value, json};

/// A registry in which calls to `documents` need an intent event.
fn announced() -> Setup {
    let owner = "owner = \"platform\"\n";
    Setup::new().replace("origins/documents.toml", owner, &format!("{owner}audit = \"two_phase\"\n"))
}

fn search(weir: &Weir) -> Answer {
    weir.call("alice", "documents_search", json!({ "query": "salary of bob", "limit": 5 }))
}

/// The intent and the completion of the only call so far.
#[track_caller]
fn both(weir: &Weir) -> (Value, Value) {
    let events = weir.events(2);
    let of = |phase: &str| events.iter().find(|event| event["phase"] == phase).cloned();
    let (intent, completion) = (of("intent"), of("completion"));
    intent.zip(completion).unwrap_or_else(|| panic!("there should be an intent and a completion: {events:#?}"))
}

#[test]
fn call_has_intent_and_completion() {
    let weir = announced().start();
    assert!(search(&weir).error_code().is_none(), "the call should pass");
    let (intent, completion) = both(&weir);
    assert_eq!(intent["call"], completion["id"], "the call should join them: {intent:#}");
    assert_eq!(completion["call"], completion["id"], "the call should join them: {completion:#}");
    assert_ne!(intent["id"], completion["id"], "the ledger keeps one event per id");
    assert_eq!(intent["outcome"], json!({ "status": "pending" }));
    assert_eq!(completion["outcome"]["status"], "success");
    assert!(intent["cost"].is_null(), "an intent should charge nothing: {intent:#}");
    assert_eq!(completion["cost"]["amount"], "0.002", "the completion should: {completion:#}");
    for member in [
        "user",
        "agent",
        "groups",
        "team",
        "virtual_server",
        "origin",
        "tool",
        "method",
        "protocol_version",
        "arguments",
        "decision",
        "session",
        "request_bytes",
        "time",
    ] {
        assert_eq!(intent[member], completion[member], "an intent should have `{member}`");
        assert!(!intent[member].is_null(), "an intent should have `{member}`: {intent:#}");
    }
    assert!(!intent.to_string().contains("salary"), "both events should have the same redacted arguments: {intent:#}");
}

#[test]
fn intent_is_accepted_before_origin_hears_of_call() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test slow or stop the sink") {
        return;
    }
    let mut setup = announced();
    setup.queue = Queue::Slow(Duration::from_millis(300));
    let weir = setup.start();
    let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
    let exchange = weir.begin(draft);
    weir.running.pass(Duration::from_millis(299));
    assert!(weir.documents.received().is_empty(), "nothing should be sent before the sink has accepted the intent");
    assert!(weir.running.events().is_empty());
    weir.running.pass(Duration::from_millis(1));
    assert_eq!(weir.running.events().len(), 1, "then the intent should be there");
    assert_eq!(weir.documents.calls().len(), 1, "and the origin be called");
    assert!(Answer::read(exchange).error_code().is_none(), "the call should pass");
    let (_, completion) = both(&weir);
    assert_eq!(completion["latency"]["origin_ms"], 0, "the sink's time is not the origin's: {completion:#}");
    assert_eq!(completion["latency"]["weir_ms"], 300, "it is Weir's: {completion:#}");
}

#[test]
fn intent_that_no_sink_accepts_stops_call() {
    let mut setup = announced();
    setup.queue = Queue::Refuse;
    let weir = setup.start();
    let answer = search(&weir);
    if Target::chosen() == Target::Workers {
        // On workerd the outbox takes the events that the queue refuses: both are durable, so the call may go on.
        assert!(answer.error_code().is_none(), "the outbox should do: {}", answer.text());
        weir.wait_until("both events should be in the outbox", || weir.running.outbox().len() == 2);
        return;
    }
    answer.should_be_refused(-31503, "a call that can't be recorded");
    assert_eq!(answer.refusal()["reason"], "audit_unavailable");
    assert!(weir.documents.received().is_empty(), "the origin should get no request");
    let other = weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert!(other.error_code().is_none(), "an origin with one event per call goes on: {}", other.text());
    weir.running.break_sink(false);
    assert!(search(&weir).error_code().is_none(), "so does this one, once there is a sink again");
}

#[test]
fn sink_that_never_answers_stops_call_in_time() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test slow or stop the sink") {
        return;
    }
    for background_outlives in [true, false] {
        let mut setup = announced();
        setup.queue = Queue::Slow(Duration::from_secs(3600));
        setup.background_outlives = background_outlives;
        let weir = setup.start();
        let before = weir.running.now();
        search(&weir).should_be_refused(-31503, "a call that can't be recorded in time");
        let waited = weir.running.now() - before;
        assert!((14..=17).contains(&waited), "a client should wait for some seconds, not {waited}, for both events");
        assert!(weir.documents.received().is_empty(), "the origin should get no request");
    }
}

#[test]
fn completion_that_is_lost_leaves_its_intent() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test slow or stop the sink") {
        return;
    }
    for background_outlives in [true, false] {
        let mut setup = announced();
        setup.background_outlives = background_outlives;
        let weir = setup.start();
        let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
        let result = json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [] } });
        let steps = [event(&progress), Step::Wait(Duration::from_millis(300)), event(&result)];
        weir.documents.on_call(move |_| Reply::event_stream(steps.clone()));
        let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
        let mut exchange = weir.begin(draft);
        exchange.head().expect("a head");
        exchange.chunk().expect("a stream").expect("a first frame");
        weir.running.break_sink(true);
        let (rest, broke_off) = read_body(exchange.as_mut());
        assert!(!rest.is_empty() && broke_off.is_none(), "the answer should go out all the same");
        let intent = weir.event();
        assert_eq!(intent["phase"], "intent", "that the call was made should still be known: {intent:#}");
        assert_eq!(intent["tool"], "documents_search");
    }
}

#[test]
fn only_permitted_calls_have_an_intent() {
    let weir = announced().start();
    weir.list("alice").result();
    weir.call("alice", "documents_search", json!({ "limit": 500 })).should_be_refused(-31403, "a refused call");
    weir.call("alice", "tickets_find", json!({ "query": "x" })).result();
    let events = weir.events(3);
    assert!(events.iter().all(|event| event.get("phase").is_none()), "these have one event each: {events:#?}");
}

#[test]
fn reset_call_has_both_events() {
    if skipped_if(!Target::chosen().notices_resets_before_headers(), "a reset before headers goes unnoticed") {
        return;
    }
    let weir = announced().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 25000").start();
    weir.documents.on_call(|_| Reply::hang());
    let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
    let exchange = weir.begin(draft);
    weir.wait_until("the origin should be called", || weir.documents.calls().len() == 1);
    exchange.reset();
    let (_, completion) = both(&weir);
    assert_eq!(completion["outcome"]["status"], "client_gone");
    assert_eq!(completion["cost"]["amount"], "0.002", "a call that reached its origin costs: {completion:#}");
}
