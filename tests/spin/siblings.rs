//! A panic in a request ends all requests of its instance: they get an error, none hangs, every whole response has its
//! event, and the next instance serves.

use std::time::Duration;

use harness::{
    Draft, Reply, Setup, Step, Weir,
    client::read_body,
    origin::{Received, event},
    target::{Exchange, Sqlite},
};
use serde_json::{Value, json};

use super::{announced, on_spin};

/// Together with the request that panics they fit into one instance, which takes sixteen at once; the host may still
/// use two.
const CALLS: u32 = 15;

fn number(received: &Received) -> u64 {
    received.message()["params"]["arguments"]["query"].as_str().and_then(|query| query.parse().ok()).unwrap_or_default()
}

/// Each call takes its own time, below the origin's limit of one second; every second response is a stream.
fn reply(received: &Received) -> Reply {
    let number = number(received);
    let wait = Step::Wait(Duration::from_millis(400 + number * 30));
    if number.is_multiple_of(2) {
        return Reply { before: Some(wait), ..Reply::tool_text(received, "here") };
    }
    let result = json!({ "resultType": "complete", "content": [{ "type": "text", "text": "here" }] });
    let result = json!({ "jsonrpc": "2.0", "id": received.message()["id"], "result": result });
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": "p", "progress": 1 } });
    Reply::event_stream([event(&progress), wait, event(&result)])
}

fn subject(number: u32) -> String {
    format!("caller-{number}")
}

/// Starts calls and waits until all have reached their origins: every third one `tickets`, which leaves one event, the
/// others `documents`, which leave an intent, too.
fn begin(weir: &Weir) -> Vec<Box<dyn Exchange>> {
    weir.documents.on_call(reply);
    weir.tickets.on_call(reply);
    assert_eq!(weir.list("alice").status, 200, "an instance should be there");
    let begun = (0..CALLS).map(|number| {
        let token = weir.sign(weir.access_token("alice").claim("sub", subject(number)));
        let tool = if number.is_multiple_of(3) { "tickets_find" } else { "documents_search" };
        weir.begin(Draft::call(tool, json!({ "query": number.to_string() })).token(&token))
    });
    let begun = begun.collect();
    let called = || weir.documents.calls().len() + weir.tickets.calls().len();
    weir.wait_until("all calls should be on their way", || called() == CALLS as usize);
    // Calls of less than 25 ms are not noted.
    weir.running.pass(Duration::from_millis(100));
    begun
}

/// True if the response is whole. Any other must have ended too: with status 500, or as a stream without a result,
/// whose end HTTP can't tell from a whole one.
fn is_whole(exchange: &mut dyn Exchange) -> bool {
    let head = exchange.head().unwrap_or_else(|ended| panic!("each request should be answered: {ended}"));
    let (body, broke_off) = read_body(exchange);
    assert_eq!(broke_off, None, "every response should end");
    let whole = head.status == 200 && String::from_utf8_lossy(&body).contains("here");
    let is_stream = head.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    assert!(whole || head.status == 500 || is_stream, "{} {}", head.status, String::from_utf8_lossy(&body));
    whole
}

/// Asserts the events of the calls; at least one and at most `most` requests ended with the instance.
fn check(weir: &Weir, begun: Vec<Box<dyn Exchange>>, most: usize) {
    let before = weir.running.now();
    let whole: Vec<bool> = begun.into_iter().map(|mut exchange| is_whole(exchange.as_mut())).collect();
    let waited = weir.running.now() - before;
    assert!(waited <= 5, "an instance that is lost should end its requests at once, not after {waited} s");
    let cut = whole.iter().filter(|whole| !**whole).count();
    assert!((1..=most).contains(&cut), "{cut} requests ended with the instance; expected 1 to {most}");

    let events = weir.running.events();
    let of = |number: u32, is_intent: bool| {
        let subject = subject(number);
        let has =
            |event: &Value| event["user"]["subject"] == subject.as_str() && (event["phase"] == "intent") == is_intent;
        events.iter().filter(|event| has(event)).count()
    };
    for (number, whole) in (0..CALLS).zip(whole) {
        assert!(!whole || of(number, false) == 1, "call {number} was answered, and should have one event");
        let announced = !number.is_multiple_of(3);
        assert!(
            !announced || of(number, true) == 1,
            "call {number} reached its origin, and one event should announce it"
        );
    }
    assert!(weir.running.log().contains("is discarded"), "an instance should be gone: {}", weir.running.log());
    tells_what_was_lost(weir, CALLS as usize - completions(&events));
}

fn completions(events: &[Value]) -> usize {
    let of_calls = events.iter().filter(|event| event["method"] == "tools/call" && event["phase"] != "intent");
    of_calls.count()
}

/// Asserts that another instance reports `lost` calls, in the first event that it hands over, and only there.
fn tells_what_was_lost(weir: &Weir, lost: usize) {
    let owed = weir.running.sql("SELECT id FROM owed_events");
    assert_eq!(owed.len(), lost, "each call that ended without an event should be noted");
    // A note counts after the longest time of a request; a test can set that time directly.
    weir.running.sql("UPDATE owed_events SET until = 1");
    let told =
        || -> Vec<u64> { weir.running.events().iter().filter_map(|event| event["lost_before"].as_u64()).collect() };
    assert!(told().is_empty(), "no event should have reported it yet");
    weir.running.forget();
    for _ in 0..2 {
        let after = weir.call("alice", "documents_search", json!({ "query": "0" }));
        assert!(after.error_code().is_none(), "the next instance should serve: {}", after.text());
    }
    assert_eq!(told(), [lost as u64], "one event should count the calls without an event");
}

#[test]
fn panic_beside_calls_under_way_ends_them_and_next_instance_serves() {
    let Some(weir) = on_spin(|| announced(Setup::new())) else { return };
    let begun = begin(&weir);
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    let redeem = || weir.send(weir.redeeming(&assertion));
    weir.running.order_sqlite("INSERT INTO once_claims", Sqlite::Traps);
    assert_eq!(redeem().status, 500, "the request that panics has no answer of Weir's");
    check(&weir, begun, CALLS as usize);
    weir.wait_until("the requests to origins should be cancelled", || {
        weir.documents.calls().iter().chain(&weir.tickets.calls()).any(Received::aborted)
    });

    assert_eq!(redeem().status, 200, "the next instance should serve, and the assertion should not be used up");
    let list = weir.list("alice");
    assert_eq!(list.status, 200, "{}", list.text());
}

#[test]
fn panic_while_events_are_written_leaves_no_answer_without_one() {
    let Some(weir) = on_spin(|| announced(Setup::new())) else { return };
    let begun = begin(&weir);
    // Some calls have ended; the next to end panics before its event is written.
    weir.wait_until("some calls should have ended", || {
        weir.running.events().iter().filter(|event| event["phase"] == "completion").count() >= 3
    });
    weir.running.order_sqlite("INSERT INTO outbox", Sqlite::Traps);
    check(&weir, begun, CALLS as usize - 3);
    let after = weir.call("alice", "documents_search", json!({ "query": "0" }));
    assert!(after.error_code().is_none(), "the next instance should serve: {}", after.text());
}
