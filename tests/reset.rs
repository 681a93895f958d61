//! Clients that reset their connection: the origin's request ends, the event is written, other calls go on.

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Step, Weir,
    origin::event,
    target::{Target, skipped_if},
};
use serde_json::{Value, json};

/// A Weir with a time limit for its origin that is longer than these tests.
fn patient() -> Weir {
    Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 25000").start()
}

fn search(weir: &Weir) -> Draft {
    Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"))
}

#[test]
fn reset_before_headers_ends_origin_request_and_is_recorded() {
    if skipped_if(!Target::chosen().notices_resets_before_headers(), "a reset before headers goes unnoticed") {
        return;
    }
    let weir = patient();
    weir.documents.on_call(|_| Reply::hang());
    let exchange = weir.begin(search(&weir));
    weir.wait_until("the origin should be called", || weir.documents.calls().len() == 1);
    exchange.reset();
    ends_as_client_gone(&weir);
}

#[test]
fn reset_in_silent_stream_ends_origin_request_and_is_recorded() {
    let weir = patient();
    weir.documents.on_call(|_| Reply::event_stream([event(&progress(1)), Step::Hang]));
    let mut exchange = weir.begin(search(&weir));
    assert_eq!(exchange.head().expect("a head").status, 200);
    assert!(exchange.chunk().expect("a stream").is_some(), "the first frame should come");
    // Long enough that nothing is on its way any more: the stream is silent, and stays so.
    weir.running.pass(Duration::from_millis(200));
    exchange.reset();
    // Spin notices the reset with the first keep-alive comment that can't be written, after fifteen seconds of silence.
    if Target::chosen() == Target::Spin {
        weir.running.pass(Duration::from_secs(14));
    }
    ends_as_client_gone(&weir);
}

#[test]
fn reset_in_active_stream_ends_origin_request_and_is_recorded() {
    let weir = patient();
    weir.documents.on_call(|_| {
        let frames = (0..2_000).flat_map(|at| [event(&progress(at)), Step::Wait(Duration::from_millis(10))]);
        Reply::event_stream(frames)
    });
    let mut exchange = weir.begin(search(&weir));
    assert_eq!(exchange.head().expect("a head").status, 200);
    for _ in 0..3 {
        assert!(exchange.chunk().expect("a stream").is_some(), "frames should keep coming");
    }
    exchange.reset();
    ends_as_client_gone(&weir);
}

#[test]
fn client_that_never_reads_stops_origin() {
    let weir = patient();
    weir.documents.on_call(|_| {
        let frame =
            json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "filler": "x".repeat(60_000) } });
        Reply::event_stream((0..2_000).map(move |_| event(&frame)))
    });
    let mut exchange = weir.begin(search(&weir));
    assert_eq!(exchange.head().expect("a head").status, 200);
    weir.running.pass(Duration::from_millis(300));
    exchange.reset();
    ends_as_client_gone(&weir);
}

#[test]
fn reset_during_list_is_recorded() {
    if skipped_if(!Target::chosen().notices_resets_before_headers(), "a reset before headers goes unnoticed") {
        return;
    }
    let weir = patient();
    weir.documents.script(|_| Some(Reply::hang()));
    let exchange = weir.begin(Draft::list().token(&weir.token("alice")));
    weir.wait_until("the origin should be asked", || weir.documents.received().len() == 1);
    exchange.reset();
    weir.wait_until("the origin's connection should be closed", || weir.documents.received()[0].aborted());
    assert_eq!(weir.event()["outcome"]["status"], "client_gone");
}

#[test]
fn resets_leave_nothing_behind() {
    if skipped_if(!Target::chosen().notices_resets_before_headers(), "a reset before headers goes unnoticed") {
        return;
    }
    let weir = patient();
    weir.documents.on_call(|received| match received.message()["params"]["arguments"]["query"].as_str() {
        Some("hang") => Reply::hang(),
        _ => Reply::tool_text(received, "here"),
    });
    for reset in 1..=10 {
        let draft = Draft::call("documents_search", json!({ "query": "hang" })).token(&weir.token("alice"));
        let exchange = weir.begin(draft);
        weir.wait_until("the origin should be called", || weir.documents.calls().len() == reset);
        exchange.reset();
    }
    weir.wait_until("every connection to the origin should be closed", || {
        weir.documents.calls().iter().all(harness::origin::Received::aborted)
    });
    let events = weir.events(10);
    assert!(
        events.iter().all(|event| event["outcome"]["status"] == "client_gone"),
        "each reset should be recorded: {events:#?}"
    );
    let after = weir.send(search(&weir));
    assert_eq!(after.result()["content"][0]["text"], "here", "others should be served as before");
}

/// Asserts the state soon after the only call's client has gone.
#[track_caller]
fn ends_as_client_gone(weir: &Weir) {
    weir.wait_until("the origin's connection should be closed", || weir.documents.calls()[0].aborted());
    let event = weir.event();
    assert_eq!(event["outcome"]["status"], "client_gone", "the event should record the disconnect: {event:#}");
    assert_eq!(event["user"]["subject"], "alice", "the event should name the caller: {event:#}");
    assert_eq!(event["tool"], "documents_search", "the event should name the tool: {event:#}");
    assert_eq!(event["cost"]["amount"], "0.002", "a call that reached its origin costs: {event:#}");
    assert_eq!(weir.list("bob").status, 200, "others should be served as before");
}

fn progress(at: u32) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": at } })
}
