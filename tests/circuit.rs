//! The circuit breaker of an origin, and the one retry: failing origins get no requests, and no call runs twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::{
    Answer, Reply, Setup, Weir,
    target::{Target, skipped_if},
};
use serde_json::json;

fn call(weir: &Weir) -> Answer {
    weir.call("alice", "documents_search", json!({ "query": "x" }))
}

/// The reason of the newest event; there must be `count` events.
fn last_reason(weir: &Weir, count: usize) -> serde_json::Value {
    weir.events(count).remove(count - 1)["outcome"]["reason"].clone()
}

/// A Weir with one isolate for all requests; `None` on Spin, which may use a new instance for each.
fn remembering() -> Option<Weir> {
    let forgets = Target::chosen() == Target::Spin;
    (!skipped_if(forgets, "the next request may go to another instance")).then(Weir::usual)
}

#[test]
fn five_failures_in_a_row_open_it_and_ten_seconds_let_one_through() {
    let Some(weir) = remembering() else { return };
    weir.documents.on_call(|_| Reply::break_off());
    for _ in 0..5 {
        call(&weir).should_be_refused(-31502, "a connection that breaks");
    }
    assert_eq!(weir.documents.calls().len(), 5, "a call that may have run should never be sent again");
    let refused = call(&weir);
    refused.should_be_refused(-31502, "an origin that has failed five times in a row");
    assert_eq!(weir.documents.calls().len(), 5, "and it should be left alone");
    let event = weir.events(6).remove(5);
    assert_eq!(event["outcome"]["reason"], "origin_circuit_open");
    assert_eq!(event["outcome"]["status"], "origin_failed");
    assert!(event["cost"].is_null(), "a request that was not sent should cost nothing: {event:#}");
    weir.call("alice", "tickets_find", json!({ "query": "x" })).result();
    weir.running.pass(Duration::from_secs(10));
    call(&weir).should_be_refused(-31502, "the one that goes through and fails, too");
    assert_eq!(weir.documents.calls().len(), 6, "one should go through after ten seconds");
    call(&weir).should_be_refused(-31502, "the next");
    assert_eq!(weir.documents.calls().len(), 6, "its failure should open the circuit again");
    weir.running.pass(Duration::from_secs(10));
    weir.documents.on_call(|received| Reply::tool_text(received, "back"));
    for _ in 0..3 {
        assert_eq!(call(&weir).result()["content"][0]["text"], "back", "an answer should close it");
    }
}

#[test]
fn calls_that_break_take_the_origin_from_their_caller_only() {
    let Some(weir) = remembering() else { return };
    weir.documents.on_call(|_| Reply::break_off());
    for _ in 0..5 {
        call(&weir).should_be_refused(-31502, "a connection that breaks on what alice asks");
    }
    weir.documents.on_call(|received| Reply::tool_text(received, "here"));
    call(&weir).should_be_refused(-31502, "her next call");
    assert_eq!(last_reason(&weir, 6), "origin_circuit_open", "her circuit should be open");
    weir.call("bob", "documents_delete", json!({ "id": "1" })).result();
    assert!(weir.list("bob").result()["_meta"]["dev.weir/unavailable"].is_null(), "lists should go on, too");
    call(&weir).should_be_refused(-31502, "a response to another caller should not close her circuit");
}

#[test]
fn answer_between_failures_keeps_it_closed() {
    let Some(weir) = remembering() else { return };
    for _ in 0..3 {
        weir.documents.on_call(|_| Reply::break_off());
        for _ in 0..4 {
            call(&weir).should_be_refused(-31502, "a connection that breaks");
        }
        weir.documents.on_call(|received| Reply::tool_text(received, "here"));
        call(&weir).result();
    }
    assert_eq!(weir.documents.calls().len(), 15, "every call should be sent");
}

#[test]
fn any_response_keeps_it_closed() {
    let weir = Weir::usual();
    for (name, reply) in [
        ("500", Reply::text(500, "text/plain", "x")),
        ("no JSON-RPC", Reply::text(200, "application/json", "[]")),
        ("an early end", Reply::event_stream([])),
    ] {
        weir.documents.on_call(move |_| reply.clone());
        for _ in 0..6 {
            call(&weir).should_be_refused(-31502, name);
        }
    }
    assert_eq!(weir.documents.calls().len(), 18, "every call should be sent");
}

#[test]
fn unanswered_lists_open_it_too() {
    let Some(weir) = remembering() else { return };
    weir.documents.script(|_| Some(Reply::hang()));
    for _ in 0..5 {
        assert_eq!(weir.list("alice").result()["_meta"]["dev.weir/unavailable"], json!(["documents"]));
    }
    call(&weir).should_be_refused(-31502, "an origin that has been silent five times in a row");
    assert_eq!(last_reason(&weir, 6), "origin_circuit_open");
}

#[test]
fn slow_calls_do_not_open_it() {
    let Some(weir) = remembering() else { return };
    weir.documents.on_call(|_| Reply::hang());
    for _ in 0..6 {
        call(&weir).should_be_refused(-31504, "a call that is never answered");
    }
    weir.documents.on_call(|received| Reply::tool_text(received, "here"));
    assert_eq!(call(&weir).result()["content"][0]["text"], "here", "others should be served");
}

#[test]
fn read_whose_connection_broke_is_sent_once_more() {
    let weir = Weir::usual();
    let asked = Arc::new(AtomicUsize::new(0));
    weir.documents.script({
        let asked = asked.clone();
        move |_| (asked.fetch_add(1, Ordering::Relaxed) == 0).then(Reply::break_off)
    });
    let list = weir.list("alice");
    assert!(list.result()["_meta"]["dev.weir/unavailable"].is_null(), "the second try should do: {}", list.text());
    assert_eq!(weir.documents.received().len(), 2);
}

#[test]
fn read_is_sent_twice_at_most() {
    let weir = Weir::usual();
    weir.documents.script(|_| Some(Reply::break_off()));
    let list = weir.list("alice");
    assert_eq!(list.result()["_meta"]["dev.weir/unavailable"], json!(["documents"]));
    assert_eq!(weir.documents.received().len(), 2);
}

#[test]
fn call_that_was_never_sent_is_sent_once_more() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can an origin refuse a connection") {
        return;
    }
    let weir = Weir::usual();
    let asked = Arc::new(AtomicUsize::new(0));
    weir.documents.on_call(move |received| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Reply::refuse(),
        _ => Reply::tool_text(received, "here"),
    });
    assert_eq!(call(&weir).result()["content"][0]["text"], "here");
    assert_eq!(weir.event()["outcome"]["status"], "success");
}

#[test]
fn resets_of_clients_do_not_open_it() {
    if skipped_if(!Target::chosen().notices_resets_before_headers(), "a reset before headers goes unnoticed") {
        return;
    }
    let weir = Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 25000").start();
    weir.documents.on_call(|_| Reply::hang());
    for asked in 1..=6 {
        let draft = harness::Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
        let exchange = weir.begin(draft);
        weir.wait_until("the origin should be called", || weir.documents.calls().len() == asked);
        exchange.reset();
    }
    weir.documents.on_call(|received| Reply::tool_text(received, "here"));
    call(&weir).result();
}
