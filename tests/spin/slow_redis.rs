//! A stopped Redis server, which accepts connections and answers nothing: every wait is bounded, decisions that need it
//! are refused then, and events are stored in the database.

use harness::{
    Answer, Setup, Weir,
    redis::Redis,
    weir::{LEDGER_READ_TOKEN, Queue},
};
use serde_json::json;

use super::{announced, redis::with};

/// The time limit of a request, in seconds: two commands, each tried twice with two seconds each, and a margin.
const SECONDS: u64 = 12;

/// The response, which must come within [`SECONDS`].
fn bounded(weir: &Weir, send: impl FnOnce() -> Answer) -> Answer {
    let began = weir.running.now();
    let answer = send();
    let took = weir.running.now() - began;
    assert!(took < SECONDS, "a stopped server should not delay a response by {took} s: {}", answer.text());
    answer
}

fn limited() -> Setup {
    let title = "title = \"Support\"\n";
    let limited = format!("{title}calls_per_minute = 100\n");
    let mut setup = announced(Setup::new()).replace("virtual-servers/support.toml", title, &limited);
    setup.queue = Queue::Ledger;
    setup
}

#[test]
fn stopped_redis_is_waited_for_briefly_and_loses_no_event() {
    let Some((weir, redis)) = with(Redis::start, limited) else { return };
    let counted = || weir.call("alice", "tickets_find", json!({ "query": "x" }));
    let recorded = || weir.call("bob", "documents_search", json!({ "query": "x" }));
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    let redeem = || weir.send(weir.redeeming(&assertion));
    assert!(recorded().error_code().is_none());

    let stopped = redis.stop();
    let refused = bounded(&weir, redeem);
    assert_eq!(refused.status, 503, "single use can't be promised now: {}", refused.text());
    assert!(refused.header("retry-after").is_some(), "the client may try again");
    let refused = bounded(&weir, counted);
    refused.should_be_refused(-31503, "a call that can't be counted");
    assert_eq!(refused.refusal()["reason"], "quota_unavailable");
    assert!(weir.tickets.calls().is_empty(), "it should go no further");
    let answer = bounded(&weir, recorded);
    assert!(answer.error_code().is_none(), "calls that the database can record should go on: {}", answer.text());
    let list = bounded(&weir, || weir.list("alice"));
    assert_eq!(list.status, 200, "a list needs no server: {}", list.text());
    let events = weir.running.events();
    assert_eq!(events.len(), 5, "two refusals, a call with its announcement and a list should wait: {events:#?}");

    drop(stopped);
    for answer in [recorded(), counted()] {
        assert!(answer.error_code().is_none(), "a server that goes on should serve: {}", answer.text());
    }
    // The stopped server may have received the claim: then it counts, and the token is lost.
    let late = redeem();
    assert!([200, 400].contains(&late.status.as_u16()), "{} {}", late.status, late.text());
    assert_eq!(redeem().status, 400, "an assertion should never be used twice");
    assert_eq!(weir.running.events().len(), 5, "nothing else should have gone to the database");

    let month = audit::time::date(weir.running.now() * 1000);
    let path = format!("/reports/costs?month={}&by=team", &month[..7]);
    let report = weir.ask_ledger(&path, Some(LEDGER_READ_TOKEN)).json();
    assert_eq!(report["calls"], 4, "events in both places should be booked once: {report:#}");
    assert_eq!(redis.ask(&["XLEN", "weir:audit"]), "0", "booked events should be gone from the stream");
    assert!(weir.running.events().is_empty(), "and from the database");
}
