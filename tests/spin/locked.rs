//! A database whose lock others hold for too long (SQLITE_BUSY): calls that need a claim, a count or a recorded event
//! are refused, others go on, and no drain loses an event that it could not settle.

use harness::{
    Answer, Draft, Setup, Weir,
    target::Sqlite,
    weir::{LEDGER_DRAIN_TOKEN, LEDGER_READ_TOKEN, Queue},
};
use http::Method;
use serde_json::json;

use super::{announced, on_spin};

const CLAIM: &str = "INSERT INTO once_claims";
const TAKE: &str = "INSERT INTO quota_windows";
const APPEND: &str = "INSERT INTO outbox";

#[test]
fn claim_is_refused_and_can_be_made_later() {
    let Some(weir) = on_spin(Setup::new) else { return };
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    let redeem = || weir.send(weir.redeeming(&assertion));
    weir.running.order_sqlite(CLAIM, Sqlite::Locked);
    let refused = redeem();
    assert_eq!(refused.status, 503, "single use can't be promised now: {}", refused.text());
    assert!(refused.header("retry-after").is_some(), "the client may try again");
    assert!(weir.call("alice", "tickets_find", json!({ "query": "x" })).error_code().is_none(), "calls claim nothing");

    weir.running.order_sqlite(CLAIM, Sqlite::Works);
    assert_eq!(redeem().status, 200, "the assertion should not be used up");
    assert_eq!(redeem().status, 400, "the assertion should be used up now");
}

#[test]
fn call_that_must_be_counted_is_refused_and_no_other() {
    let title = "title = \"Support\"\n";
    let limited = format!("{title}calls_per_minute = 1\n");
    let setup = || Setup::new().replace("virtual-servers/support.toml", title, &limited);
    let Some(weir) = on_spin(setup) else { return };
    let search = |person| weir.call(person, "documents_search", json!({ "query": "x" }));
    weir.running.order_sqlite(TAKE, Sqlite::Locked);
    let refused = search("alice");
    refused.should_be_refused(-31503, "a call that can't be counted");
    assert_eq!(refused.refusal()["reason"], "quota_unavailable");
    assert!(weir.documents.calls().is_empty(), "it should go no further");
    assert!(search("bob").error_code().is_none(), "a virtual server without a limit counts nothing");

    weir.running.order_sqlite(TAKE, Sqlite::Works);
    assert!(search("alice").error_code().is_none(), "a refused call should not have been counted");
    search("alice").should_be_refused(-31429, "the second call of this minute");
}

#[test]
fn event_that_can_not_be_written_is_counted_and_call_that_needs_it_refused() {
    let Some(weir) = on_spin(|| announced(Setup::new())) else { return };
    let search = || weir.call("alice", "documents_search", json!({ "query": "x" }));
    let find = || weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert!(find().error_code().is_none());
    weir.running.order_sqlite(APPEND, Sqlite::Locked);
    let refused = search();
    refused.should_be_refused(-31503, "a call that must be recorded");
    assert_eq!(refused.refusal()["reason"], "audit_unavailable");
    assert!(weir.documents.calls().is_empty(), "its origin should get no request");
    for _ in 0..2 {
        let answer = find();
        assert!(answer.error_code().is_none(), "a call should be answered all the same: {}", answer.text());
    }

    weir.running.order_sqlite(APPEND, Sqlite::Works);
    assert!(find().error_code().is_none());
    let events = weir.events(2);
    assert_eq!(events[1]["lost_before"], 3, "two calls and a refusal have no event: {events:#?}");
    assert!(search().error_code().is_none(), "calls that must be recorded should work again");
    assert_eq!(weir.events(4)[3]["phase"], "completion");
}

fn drain(weir: &Weir) -> Answer {
    weir.send(Draft::bare(Method::POST, "/ledger/drain").token(LEDGER_DRAIN_TOKEN))
}

#[test]
fn drain_leaves_unsettled_events_to_the_next() {
    const CALLS: usize = 3;
    let setup = || {
        let mut setup = Setup::new();
        setup.queue = Queue::Ledger;
        setup
    };
    let Some(weir) = on_spin(setup) else { return };
    for _ in 0..CALLS {
        assert!(weir.call("alice", "documents_search", json!({ "query": "x" })).error_code().is_none());
    }
    // A starting ledger can't create its tables.
    weir.running.order_sqlite("BEGIN IMMEDIATE", Sqlite::Locked);
    let drained = drain(&weir);
    assert_eq!(drained.status, 503, "the drain should be asked to try again: {}", drained.text());
    weir.running.order_sqlite("BEGIN IMMEDIATE", Sqlite::Works);

    // A running ledger can't write the trail.
    weir.running.order_sqlite("INSERT INTO objects", Sqlite::Locked);
    let drained = drain(&weir);
    assert_eq!(drained.status, 200, "a round with nothing done is a round: {}", drained.text());
    assert_eq!(drained.json()["failed"], CALLS, "the failure should be reported: {}", drained.text());
    assert_eq!(drained.json()["left"], CALLS, "and wait on: {}", drained.text());
    weir.running.order_sqlite("INSERT INTO objects", Sqlite::Works);

    // Trail and books have the events, but the outbox can't drop them.
    weir.running.order_sqlite("DELETE FROM outbox", Sqlite::Locked);
    let drained = drain(&weir);
    assert_eq!(drained.status, 503, "the drain should be asked to try again: {}", drained.text());
    assert_eq!(weir.running.events().len(), CALLS, "nothing should have left");

    weir.running.order_sqlite("DELETE FROM outbox", Sqlite::Works);
    let drained = drain(&weir);
    assert_eq!(drained.status, 200, "{}", drained.text());
    assert_eq!(drained.json()["duplicate"], CALLS, "they had been settled: {}", drained.text());
    assert_eq!(drained.json()["left"], 0, "{}", drained.text());
    let month = audit::time::date(weir.running.now() * 1000);
    let report = weir.ask_ledger(&format!("/reports/costs?month={}&by=team", &month[..7]), Some(LEDGER_READ_TOKEN));
    assert_eq!(report.json()["calls"], CALLS, "each should be booked once: {}", report.text());
}
