//! An older registry that is put back into the store: no isolate serves it, not even one that has just started.

use std::{collections::BTreeMap, time::Duration};

use harness::{
    Draft, Setup, Weir,
    registry::Publisher,
    target::{Target, skipped_if},
    weir::Store,
};
use registry::record::Freshness;
use serde_json::json;

type Records = BTreeMap<String, Vec<u8>>;

/// The log line of a store that fails.
const FAILED: &str = r#"{"level":"error","reason":"versioned_store_failed","what":"registry/newest"}"#;

fn fresh(weir: &Weir, sequence: u64) -> Freshness {
    Freshness { sequence, valid_until: weir.running.now() + 86_400 }
}

fn put(weir: &Weir, records: &Records) {
    records.iter().for_each(|(key, record)| weir.running.put(key, record));
}

/// The records of a publication one hour before Weir's own, all still valid.
fn older(weir: &Weir, publisher: &Publisher) -> Records {
    publisher.records(&weir.folder, weir.epoch - 3_600_000, weir.running.now())
}

fn status(weir: &Weir) -> u16 {
    weir.call("alice", "documents_search", json!({ "query": "x" })).status.as_u16()
}

/// Puts older records back in each way, and asserts that a fresh isolate serves none of them.
pub fn refuses_older_records(weir: &Weir) {
    let publisher = &weir.publisher;
    let freeze = format!("{{\"principals\":[\"{}|bob\"]}}", weir.issuer.url());
    // The quarantine was changed after the publication, so an older quarantine is not older than the epoch.
    let newest: Records = [
        ("head".to_owned(), publisher.head(weir.epoch, fresh(weir, weir.epoch))),
        ("quarantine".to_owned(), publisher.quarantine(&freeze, fresh(weir, weir.epoch + 2000))),
    ]
    .into();
    put(weir, &newest);
    assert_eq!(status(weir), 200, "the newest records should serve");
    let called = weir.documents.received().len();

    let old = older(weir, publisher);
    let before_freeze = publisher.quarantine("{}", fresh(weir, weir.epoch + 1000));
    let all = old.clone();
    let only = |name: &str, record: &[u8]| -> Records { [(name.to_owned(), record.to_vec())].into() };
    // The records of the older epoch are there, as they are in any store after a publication.
    put(weir, &old.into_iter().filter(|(key, _)| key.contains('/')).collect());
    for (what, records) in [
        ("all records", all.clone()),
        ("an older head", only("head", &all["head"])),
        ("an older quarantine, not older than the epoch", only("quarantine", &before_freeze)),
    ] {
        put(weir, &newest);
        put(weir, &records);
        weir.running.forget();
        assert_eq!(status(weir), 503, "with {what} a fresh isolate should not serve");
        assert_eq!(status(weir), 503, "with {what} it should not serve the next call either");
    }
    assert_eq!(weir.documents.received().len(), called, "nothing should have reached an origin");
    put(weir, &newest);
    assert_eq!(status(weir), 200, "the newest should serve again");
}

#[test]
fn fresh_isolate_refuses_older_records() {
    refuses_older_records(&Weir::usual());
}

#[test]
fn rollback_with_newer_sequence_is_served() {
    // Each list is the first request of a new process: on a busy machine that takes seconds.
    let origins = ["origins/documents.toml", "origins/tickets.toml", "origins/people.toml"];
    let patient = |setup: Setup, file: &&str| setup.replace(file, "timeout_ms = 2500", "timeout_ms = 20000");
    let weir = origins.iter().fold(Setup::new(), patient).start();
    assert_eq!(weir.list("alice").tool_names().len(), 3);
    let mut folder = weir.folder.clone();
    let gateway = folder.get_mut("gateway.toml").expect("the folder has a gateway");
    *gateway = gateway.replace("\"documents_search\", \"tickets_find\", \"people_lookup\"", "\"tickets_find\"");
    let now = weir.running.now();
    for (folder, epoch, tools) in [(&folder, weir.epoch + 1000, 1), (&weir.folder, weir.epoch + 2000, 3)] {
        put(&weir, &weir.publisher.records(folder, epoch, now));
        weir.running.forget();
        assert_eq!(weir.list("alice").tool_names().len(), tools, "the latest publication should be served");
    }
}

#[test]
fn failing_versioned_store_serves_and_is_told() {
    for store in [Store::Broken, Store::Slow] {
        if store == Store::Slow && Target::chosen() == Target::Memory {
            continue;
        }
        let mut setup = Setup::new();
        setup.versioned_store = store;
        let weir = setup.start();
        assert_eq!(status(&weir), 200, "a {store:?} store should fail no call");
        weir.wait_until("the log should name it", || weir.running.log().contains(FAILED));
        let health = weir.send(Draft::bare(http::Method::GET, "/healthz"));
        assert_eq!(health.status, 200, "{}", health.text());
        assert!(health.text().contains("versioned_store_failed"), "health should report it: {}", health.text());
    }
}

#[test]
fn warm_isolate_never_asks_versioned_store() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test break this store while Weir runs") {
        return;
    }
    let weir = Weir::usual();
    assert_eq!(status(&weir), 200);
    weir.running.break_versioned_store(true);
    for _ in 0..20 {
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(status(&weir), 200);
    }
    assert!(!weir.running.log().contains(FAILED), "without a newer record the store should not be read");

    let now = weir.running.now();
    put(&weir, &weir.publisher.records(&weir.folder, now * 1000, now));
    weir.running.pass(Duration::from_secs(31));
    assert_eq!(status(&weir), 200, "a publication should be served without the store");
    assert!(weir.running.log().contains(FAILED), "the log should say that other isolates do not learn of it");
    weir.running.break_versioned_store(false);
    weir.running.pass(Duration::from_secs(180));
    assert_eq!(status(&weir), 200);
    put(&weir, &older(&weir, &weir.publisher));
    weir.running.forget();
    assert_eq!(status(&weir), 503, "once the store works, the newest should be noted after all");
}

#[test]
fn isolate_drops_older_records_once_store_answers() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test break this store while Weir runs") {
        return;
    }
    let weir = Weir::usual();
    assert_eq!(status(&weir), 200);
    let newest: Records = [
        ("head".to_owned(), weir.publisher.head(weir.epoch, fresh(&weir, weir.epoch))),
        ("quarantine".to_owned(), weir.publisher.quarantine("{}", fresh(&weir, weir.epoch))),
    ]
    .into();
    put(&weir, &older(&weir, &weir.publisher));
    weir.running.break_versioned_store(true);
    weir.running.forget();
    assert_eq!(status(&weir), 200, "without the store the older record can't be recognized");
    weir.running.break_versioned_store(false);
    weir.running.pass(Duration::from_secs(31));
    assert_eq!(status(&weir), 503, "now it is known");
    put(&weir, &newest);
    assert_eq!(status(&weir), 200, "the newest should be taken at once");
}

#[test]
fn place_that_lags_behind_publication_serves_older_records_for_a_while() {
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved past the time of propagation") {
        return;
    }
    let weir = Weir::usual();
    assert_eq!(status(&weir), 200);
    let before: Records = weir.publisher.records(&weir.folder, weir.epoch, weir.running.now());
    let older = older(&weir, &weir.publisher);
    let now = weir.running.now();
    let new = weir.publisher.records(&weir.folder, now * 1000, now);
    put(&weir, &new);
    weir.running.pass(Duration::from_secs(31));
    assert_eq!(status(&weir), 200, "the new records should be noted");

    put(&weir, &older);
    weir.running.forget();
    assert_eq!(status(&weir), 503, "records from before the last ones lag behind nothing");
    put(&weir, &before);
    assert_eq!(status(&weir), 200, "a store may give the last ones for a while");
    weir.running.pass(Duration::from_secs(180));
    assert_eq!(status(&weir), 503, "but not for ever");
    put(&weir, &new);
    assert_eq!(status(&weir), 200, "the new records should be taken at once");
}
