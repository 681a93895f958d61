//! The order of the event's acceptance and the response's last byte, on both kinds of host.

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Step, Weir,
    client::read_body,
    origin::event,
    target::{Target, skipped_if},
    weir::Queue,
};
use serde_json::{Value, json};

/// The delay of the sink. Tests in memory let time pass only while they wait.
const SINK: Duration = Duration::from_millis(300);

/// A Weir with a slow sink, on a host whose background work outlives the response or does not. `None` on targets where
/// a test can't choose.
fn slow(background_outlives: bool) -> Option<Weir> {
    let mut setup = Setup::new();
    setup.queue = Queue::Slow(SINK);
    setup.background_outlives = background_outlives;
    (!skipped_if(Target::chosen() != Target::Memory, "only in memory is a sink slow")).then(|| setup.start())
}

/// One exchange of each kind that leaves an event, with the outcome's status in its event.
fn exchanges(weir: &Weir) -> Vec<(&'static str, Draft, &'static str)> {
    let token = weir.token("alice");
    let search = |query: &str| Draft::call("documents_search", json!({ "query": query })).token(&token);
    weir.documents.on_call(|received| match received.message()["params"]["arguments"]["query"].as_str() {
        Some("stream") => Reply::event_stream([event(&progress()), Step::Wait(SINK), event(&result())]),
        Some("short stream") => Reply::event_stream([event(&result())]),
        Some("broken stream") => Reply::event_stream([event(&progress())]),
        _ => Reply::tool_text(received, "here"),
    });
    let assertion = |person: &str| weir.issuer.sign(weir.id_jag(person));
    vec![
        ("a call", search("x"), "success"),
        ("a stream", search("stream"), "success"),
        ("a stream of one frame", search("short stream"), "success"),
        ("a stream that breaks", search("broken stream"), "origin_failed"),
        ("a list", Draft::list().token(&token), "success"),
        ("a refusal", Draft::call("nothing", json!({})).token(&token), "refused"),
        ("a notification", Draft::legacy(None, "notifications/initialized", json!({})).token(&token), "success"),
        ("a redemption", weir.redeeming(&assertion("alice")), "success"),
        ("a redemption that is refused", weir.redeeming("nonsense"), "refused"),
        ("a stranger", Draft::list(), "refused"),
        ("a stranger at the token endpoint", Draft::form(&[("grant_type", "x")]), "refused"),
        ("a page that is not there", Draft::bare(http::Method::GET, "/nowhere"), "refused"),
    ]
}

fn progress() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } })
}

fn result() -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "result": { "resultType": "complete", "content": [] } })
}

#[test]
fn event_is_accepted_before_last_byte_where_nothing_outlives_it() {
    let Some(weir) = slow(false) else { return };
    for (sent, (name, draft, status)) in exchanges(&weir).into_iter().enumerate() {
        weir.send(draft);
        let events = weir.running.events();
        assert_eq!(events.len(), sent + 1, "{name} should have its event when its answer has ended: {events:#?}");
        assert_eq!(
            events[sent]["outcome"]["status"], status,
            "{name} should have the status of its end: {:#}",
            events[sent]
        );
    }
}

#[test]
fn no_answer_waits_for_the_sink_where_background_work_outlives_it() {
    let Some(weir) = slow(true) else { return };
    for (sent, (name, draft, status)) in exchanges(&weir).into_iter().enumerate() {
        weir.send(draft);
        assert_eq!(weir.running.events().len(), sent, "{name} should be answered before its event is accepted");
        weir.running.pass(SINK);
        let events = weir.running.events();
        assert_eq!(events.len(), sent + 1, "{name} should have its event all the same: {events:#?}");
        assert_eq!(
            events[sent]["outcome"]["status"], status,
            "{name} should have the status of its end: {:#}",
            events[sent]
        );
    }
}

#[test]
fn event_of_stream_knows_all_of_it_on_both_kinds_of_host() {
    for background_outlives in [true, false] {
        let Some(weir) = slow(background_outlives) else { return };
        let (_, draft, _) = exchanges(&weir).remove(1);
        let answer = weir.send(draft);
        let event = weir.event();
        assert_eq!(event["response_bytes"], answer.body.len(), "every frame should count: {event:#}");
        assert_eq!(event["outcome"]["http_status"], 200);
        assert_eq!(event["cost"]["amount"], "0.002", "a streamed call costs as any other: {event:#}");
        assert_eq!(event["latency"]["origin_ms"], SINK.as_millis() as u64, "until the origin's last frame: {event:#}");
    }
}

#[test]
fn frames_before_the_last_do_not_wait() {
    let Some(weir) = slow(false) else { return };
    let (_, draft, _) = exchanges(&weir).remove(1);
    let mut exchange = weir.begin(draft);
    assert_eq!(exchange.head().expect("a head").status, 200);
    assert!(exchange.chunk().expect("a stream").is_some(), "the first frame should come");
    assert!(weir.running.events().is_empty(), "an open stream should have no event yet");
    let (rest, broke_off) = read_body(exchange.as_mut());
    assert!(rest.ends_with(b"\n\n") && broke_off.is_none(), "the rest should come");
    assert_eq!(weir.running.events().len(), 1);
}

#[test]
fn client_that_resets_has_its_event_on_both_kinds_of_host() {
    for background_outlives in [true, false] {
        let Some(weir) = slow(background_outlives) else { return };
        weir.documents.on_call(|_| Reply::event_stream([event(&progress()), Step::Hang]));
        let token = weir.token("alice");
        let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&token);
        let mut exchange = weir.begin(draft.clone());
        assert_eq!(exchange.head().expect("a head").status, 200);
        assert!(exchange.chunk().expect("a stream").is_some(), "the first frame should come");
        exchange.reset();
        weir.documents.on_call(|_| Reply::hang());
        weir.begin(draft).reset();
        let events = weir.events(2);
        let gone = events.iter().filter(|event| event["outcome"]["status"] == "client_gone").count();
        assert_eq!(gone, 2, "a disconnect, in a stream or before it, should be recorded: {events:#?}");
    }
}

#[test]
fn sink_that_never_answers_holds_answer_back_for_while_only() {
    let mut setup = Setup::new();
    setup.queue = Queue::Slow(Duration::from_secs(3600));
    setup.background_outlives = false;
    if skipped_if(Target::chosen() != Target::Memory, "only in memory is a sink slow") {
        return;
    }
    let weir = setup.start();
    let before = weir.running.now();
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    assert!(answer.error_code().is_none(), "the call should be answered all the same: {}", answer.text());
    let waited = weir.running.now() - before;
    assert!((14..=16).contains(&waited), "a client should wait for some seconds, not {waited}");
}
