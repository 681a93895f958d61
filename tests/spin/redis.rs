//! Redis in place of the embedded database: the queue that the ledger reads, and a server that ends and comes back.

use harness::{
    Draft, Setup, Weir,
    redis::Redis,
    target::{Target, skipped_if},
    weir::{LEDGER_READ_TOKEN, Queue},
};
use serde_json::json;

/// A Weir whose processes share this server; `None` on the other targets.
pub fn with(redis: impl FnOnce() -> Redis, setup: impl FnOnce() -> Setup) -> Option<(Weir, Redis)> {
    if skipped_if(Target::chosen() != Target::Spin, super::ELSEWHERE) {
        return None;
    }
    let (redis, mut setup) = (redis(), setup());
    setup.secrets.insert("REDIS_URL".to_owned(), redis.url());
    Some((setup.start(), redis))
}

fn waiting(redis: &Redis) -> String {
    redis.ask(&["XLEN", "weir:audit"])
}

#[test]
fn ended_redis_fails_no_call_and_loses_no_event() {
    let Some((weir, redis)) = with(Redis::start, Setup::new) else { return };
    let call = || weir.call("alice", "documents_search", json!({ "query": "x" }));
    let redeem = || weir.send(weir.redeeming(&weir.issuer.sign(weir.id_jag("alice"))));
    assert!(call().error_code().is_none());
    assert_eq!(redeem().status, 200);
    assert_eq!(waiting(&redis), "2", "both events should be in the stream");
    assert!(weir.running.events().is_empty(), "and nowhere else");

    let port = redis.port();
    drop(redis);
    let answer = call();
    assert!(answer.error_code().is_none(), "a call should not need the server: {}", answer.text());
    let refused = redeem();
    assert_eq!(refused.status, 503, "single use can't be promised now: {}", refused.text());
    assert!(refused.header("retry-after").is_some(), "the client may try again");
    assert_eq!(weir.events(2).len(), 2, "events that the stream refuses should wait in the database");

    let redis = Redis::start_at(port);
    assert_eq!(redeem().status, 200, "a server that is back should serve at once");
    assert!(call().error_code().is_none());
    assert_eq!(waiting(&redis), "2", "and take events again");
    assert_eq!(weir.running.events().len(), 2, "nothing else should have gone beside it");
}

#[test]
fn ledger_reads_stream_and_what_it_refused() {
    let ledger = || {
        let mut setup = Setup::new();
        setup.queue = Queue::Ledger;
        setup
    };
    let Some((weir, redis)) = with(Redis::start, ledger) else { return };
    let search = || weir.send(Draft::call("documents_search", json!({ "query": "x" })).token(&weir.token("alice")));
    assert!(search().error_code().is_none());
    let port = redis.port();
    drop(redis);
    assert!(search().error_code().is_none());
    let redis = Redis::start_at(port);
    assert!(search().error_code().is_none());

    let month = audit::time::date(weir.running.now() * 1000);
    let path = format!("/reports/costs?month={}&by=team", &month[..7]);
    let report = weir.ask_ledger(&path, Some(LEDGER_READ_TOKEN)).json();
    // The first event was lost with the memory of the ended server.
    assert_eq!(report["calls"], 2, "events in both places should be booked once each: {report:#}");
    assert_eq!(waiting(&redis), "0", "booked events should be gone from the stream");
    assert!(weir.running.events().is_empty(), "and from the database");
}

#[test]
fn fresh_instance_refuses_older_records_with_redis() {
    let Some((weir, _redis)) = with(Redis::start, Setup::new) else { return };
    crate::registry_rollback::refuses_older_records(&weir);
}
