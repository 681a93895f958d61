//! Events that no sink accepts: responses are unaffected, and the next accepted event has the number of lost ones.

use std::time::Duration;

use harness::{
    Answer, Draft, Reply, Setup, Weir,
    target::{Target, skipped_if},
    weir::Queue,
};
use serde_json::{Value, json};

/// A Weir whose sink refuses, on a host of either kind. `None` on targets where a test can't choose.
fn refused(background_outlives: bool) -> Option<Weir> {
    let mut setup = Setup::new();
    setup.queue = Queue::Refuse;
    setup.background_outlives = background_outlives;
    (!skipped_if(Target::chosen() != Target::Memory, "only in memory can a test refuse all events"))
        .then(|| setup.start())
}

/// `lost_before` of each event so far.
fn lost(weir: &Weir) -> Vec<Value> {
    weir.running.events().iter().map(|event| event["lost_before"].clone()).collect()
}

#[test]
fn next_event_says_how_many_were_lost() {
    for background_outlives in [true, false] {
        let Some(weir) = refused(background_outlives) else { return };
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        assert!(answer.error_code().is_none(), "a call should be answered all the same: {}", answer.text());
        assert_eq!(weir.list("alice").status, 200, "and so should a list");
        assert_eq!(weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice")))).status, 200, "and a redemption");
        assert_eq!(weir.send(Draft::list()).status, 401, "and a stranger");
        assert!(lost(&weir).is_empty(), "nothing was accepted so far");
        weir.running.break_sink(false);
        weir.list("alice").result();
        weir.list("alice").result();
        assert_eq!(lost(&weir), [json!(4), Value::Null], "only the next event should count all lost events");
        weir.running.break_sink(true);
        weir.list("alice").result();
        weir.running.break_sink(false);
        weir.list("alice").result();
        assert_eq!(lost(&weir)[2..], [json!(1)], "only the lost events that no event has counted yet");
    }
}

#[test]
fn events_that_are_refused_at_once_all_count() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test refuse all events") {
        return;
    }
    let mut setup = Setup::new();
    setup.queue = Queue::Slow(Duration::from_millis(100));
    let weir = setup.start();
    weir.running.break_sink(true);
    let draft = Draft::list().token(&weir.token("alice"));
    for round in 0..2 {
        let exchanges: Vec<_> = (0..3).map(|_| weir.begin(draft.clone())).collect();
        assert!(exchanges.into_iter().all(|exchange| Answer::read(exchange).status == 200), "round {round}");
        weir.running.pass(Duration::from_millis(100));
    }
    weir.running.break_sink(false);
    let exchanges: Vec<_> = (0..3).map(|_| weir.begin(draft.clone())).collect();
    exchanges.into_iter().map(Answer::read).for_each(drop);
    weir.running.pass(Duration::from_millis(100));
    assert_eq!(lost(&weir), [json!(6), Value::Null, Value::Null], "one event should count each lost event once");
}

#[test]
fn call_that_could_not_be_announced_counts_as_one() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test refuse all events") {
        return;
    }
    let owner = "owner = \"platform\"\n";
    let announced = format!("{owner}audit = \"two_phase\"\n");
    let mut setup = Setup::new().replace("origins/documents.toml", owner, &announced);
    setup.queue = Queue::Refuse;
    let weir = setup.start();
    weir.call("alice", "documents_search", json!({ "query": "x" }))
        .should_be_refused(-31503, "a call that can't be recorded");
    weir.running.break_sink(false);
    weir.call("alice", "documents_search", json!({ "query": "x" })).result();
    let events = weir.running.events();
    assert_eq!(
        lost(&weir),
        [json!(1), Value::Null],
        "a call that was not sent has only one event to lose: {events:#?}"
    );
    assert_eq!(events[0]["phase"], "intent", "the first accepted event should count it");
}

#[test]
fn next_event_counts_calls_that_trap_ended() {
    if skipped_if(Target::chosen() != Target::Workers, "only on workerd can a test make the wasm trap") {
        return;
    }
    let mut setup = Setup::new().replace("origins/documents.toml", "timeout_ms = 2500", "timeout_ms = 25000");
    setup.may_trap = true;
    let weir = setup.start();
    weir.list("alice").result();
    weir.event();
    for calls in [2, 3] {
        let before = weir.running.events().len();
        weir.documents.on_call(|_| Reply::hang());
        let sent = weir.documents.calls().len();
        let draft = Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice"));
        let hanging: Vec<_> = (0..calls).map(|_| weir.begin(draft.clone())).collect();
        weir.wait_until("all calls should be on their way", || weir.documents.calls().len() == sent + calls);
        weir.running.trap();
        weir.list("alice").result();
        weir.list("alice").result();
        weir.wait_until("both lists should leave an event", || weir.running.events().len() == before + 2);
        assert_eq!(
            lost(&weir)[before..],
            [json!(calls), Value::Null],
            "only the first event should count all lost events"
        );
        hanging.into_iter().for_each(|exchange| exchange.reset());
    }
}
