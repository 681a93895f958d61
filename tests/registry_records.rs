//! The registry's records: only a valid record with the publisher's signature, this name and this epoch is used.

use std::{collections::BTreeMap, time::Duration};

use harness::{
    Answer, Setup, Weir,
    registry::Publisher,
    target::{Target, skipped_if},
};
use registry::record::{Freshness, RecordKey};
use serde_json::json;

type Records = BTreeMap<String, Vec<u8>>;

/// A Weir with records that `change` has made invalid.
fn spoiled(change: impl FnOnce(u64, &mut Records)) -> Weir {
    Setup::new().start_with(change)
}

#[track_caller]
fn should_not_serve(weir: &Weir, why: &str) {
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    answer.should_be(503, -31503, why);
    assert!(weir.documents.received().is_empty(), "{why}: nothing should reach an origin");
}

#[test]
fn missing_record_serves_nothing() {
    for name in ["head", "quarantine", "gateway", "assignments/0"] {
        let weir = spoiled(|epoch, records| {
            let key = if ["head", "quarantine"].contains(&name) { name.to_owned() } else { format!("{epoch}/{name}") };
            records.remove(&key).unwrap_or_else(|| panic!("`{key}` should be there before"));
        });
        should_not_serve(&weir, &format!("without `{name}`"));
    }
}

#[test]
fn unsigned_record_serves_nothing() {
    for name in ["head", "quarantine", "gateway", "assignments/0", "virtual-server/support"] {
        let weir = spoiled(|epoch, records| {
            let record = find(records, epoch, name);
            let line = record.iter().position(|byte| *byte == b'\n').expect("a record has a signed line");
            // The raw JSON, after an empty signature line.
            let unsigned = [b"\n", &record[line + 1..]].concat();
            *record = unsigned;
        });
        should_not_serve(&weir, &format!("with an unsigned `{name}`"));
    }
}

#[test]
fn record_of_another_publisher_serves_nothing() {
    for name in ["head", "quarantine", "gateway", "assignments/0", "virtual-server/support"] {
        let weir = spoiled(|epoch, records| {
            let record = find(records, epoch, name);
            let line = record.iter().position(|byte| *byte == b'\n').expect("a record has a signed line");
            let raw = record[line + 1..].to_vec();
            let fresh = Freshness { sequence: epoch, valid_until: epoch / 1000 + 90_000 };
            let fresh = ["head", "quarantine"].contains(&name).then_some(fresh);
            let key = match name {
                "head" => RecordKey::Head,
                "quarantine" => RecordKey::Quarantine,
                "gateway" => RecordKey::Gateway { epoch },
                "assignments/0" => RecordKey::Assignments { epoch, shard: 0 },
                _ => RecordKey::VirtualServer { epoch, name: "support" },
            };
            *record = Publisher::new().seal(&key, fresh, &raw);
        });
        should_not_serve(&weir, &format!("with `{name}` signed by another publisher"));
    }
}

#[test]
fn record_with_other_bytes_serves_nothing() {
    for name in ["head", "gateway", "assignments/0", "virtual-server/support"] {
        let weir = spoiled(|epoch, records| {
            let record = find(records, epoch, name);
            // One space more at the end: the same JSON, other bytes.
            record.push(b' ');
        });
        should_not_serve(&weir, &format!("with `{name}` changed after it was signed"));
    }
}

#[test]
fn record_under_another_name_serves_nothing() {
    let weir = spoiled(|epoch, records| {
        let engineering = records[&format!("{epoch}/virtual-server/engineering")].clone();
        records.insert(format!("{epoch}/virtual-server/support"), engineering);
    });
    should_not_serve(&weir, "with another virtual server's record");
    let weir = spoiled(|_, records| {
        let quarantine = records["quarantine"].clone();
        records.insert("head".to_owned(), quarantine);
    });
    should_not_serve(&weir, "with the quarantine as the head");
}

#[test]
fn record_of_older_epoch_serves_nothing() {
    for name in ["gateway", "assignments/0", "virtual-server/support"] {
        let setup = Setup::new();
        let (publisher, folder) = (setup.publisher.clone(), setup.folder.clone());
        let weir = setup.start_with(|epoch, records| {
            let older = publisher.records(&folder, epoch - 1000, epoch / 1000);
            let record = older[&format!("{}/{name}", epoch - 1000)].clone();
            records.insert(format!("{epoch}/{name}"), record);
        });
        should_not_serve(&weir, &format!("with `{name}` of an older epoch"));
    }
}

/// A Weir whose virtual server `support` has these `policies`, under a valid signature.
fn with_policies(change: impl FnOnce(&mut serde_json::Value)) -> Weir {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    setup.start_with(|epoch, records| {
        let record = find(records, epoch, "virtual-server/support");
        let line = record.iter().position(|byte| *byte == b'\n').expect("a record has a signed line");
        let mut raw: serde_json::Value = serde_json::from_slice(&record[line + 1..]).expect("a record is JSON");
        change(&mut raw["policies"]);
        let key = RecordKey::VirtualServer { epoch, name: "support" };
        *record = publisher.seal(&key, None, raw.to_string().as_bytes());
    })
}

#[test]
fn policies_of_another_format_serve_nothing() {
    for (policies, reason) in [
        (json!([{ "id": "p", "text": "permit(principal, action, resource);" }]), "record_policies_older"),
        (json!({ "format": 2, "rules": "in a shape of later" }), "record_policies_newer"),
        (json!({ "format": 1, "cedar": "4.6.0", "rules": [], "more": 1 }), "record_malformed"),
    ] {
        let weir = with_policies(|of_record| *of_record = policies);
        should_not_serve(&weir, reason);
        weir.wait_until("the log should say the reason", || weir.running.log().contains(reason));
    }
}

#[test]
fn malformed_form_of_policy_permits_nothing() {
    for form in ["", "AAAAAAAA//", "AgAAAAAA", "no base64"] {
        let weir = with_policies(|policies| {
            for rule in policies["rules"].as_array_mut().expect("the rules are an array") {
                rule["form"] = json!(form);
            }
        });
        let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
        assert!(answer.text().contains("\"error\""), "`{form}` should refuse: {}", answer.text());
        assert!(weir.documents.received().is_empty(), "`{form}`: nothing should reach an origin");
    }
}

#[test]
fn expired_head_or_quarantine_serves_nothing() {
    for name in ["head", "quarantine"] {
        let setup = Setup::new();
        let publisher = setup.publisher.clone();
        let weir = setup.start_with(|epoch, records| {
            let over = Freshness { sequence: epoch, valid_until: epoch / 1000 + 60 };
            let record = if name == "head" { publisher.head(epoch, over) } else { publisher.quarantine("{}", over) };
            records.insert(name.to_owned(), record);
        });
        should_not_serve(&weir, &format!("with an expired `{name}`"));
    }
}

#[test]
fn head_without_end_serves_nothing() {
    // Signed as another kind of record, which needs no end.
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start_with(|epoch, records| {
        let raw = format!("{{\"epoch\":{epoch}}}");
        records.insert("head".to_owned(), publisher.seal(&RecordKey::Gateway { epoch }, None, raw.as_bytes()));
    });
    should_not_serve(&weir, "with a head that never ends");
}

#[test]
fn quarantine_older_than_epoch_serves_nothing() {
    // A fresh isolate has no sequence of its own to compare with, so it accepts the record from before the publication.
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start_with(|epoch, records| {
        let older = Freshness { sequence: epoch - 1, valid_until: epoch / 1000 + 90_000 };
        records.insert("quarantine".to_owned(), publisher.quarantine("{}", older));
    });
    should_not_serve(&weir, "with a quarantine of before this epoch");
    let now = weir.running.now();
    let newer = Freshness { sequence: now * 1000, valid_until: now + 86_400 };
    weir.running.put("quarantine", &publisher.quarantine("{}", newer));
    assert_eq!(weir.list("alice").status, 200, "with a newer one it should serve at once");
}

#[test]
fn quarantine_may_be_on_its_way_behind_new_head() {
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved past the time of propagation") {
        return;
    }
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    let now = weir.running.now();
    let mut records = publisher.records(&weir.folder, now * 1000, now);
    let quarantine = records.remove("quarantine").expect("there is one");
    for (key, record) in records {
        weir.running.put(&key, &record);
    }
    assert_eq!(weir.list("alice").status, 200, "a store may give the two at different times");
    weir.running.pass(Duration::from_secs(180));
    assert_eq!(weir.list("alice").status, 503, "but not for ever");
    weir.running.put("quarantine", &quarantine);
    assert_eq!(weir.list("alice").status, 200, "the new quarantine should be taken at once");
}

#[test]
fn missing_publisher_keys_serve_nothing() {
    let mut setup = Setup::new();
    setup.publisher_keys = Some(r#"{"keys":[]}"#.to_owned());
    should_not_serve(&setup.start(), "without the publisher's keys");
}

#[test]
fn gateway_without_registry_answers_503_to_all() {
    let weir = spoiled(|_, records| {
        records.remove("head");
    });
    let anonymous = weir.send(harness::Draft::list());
    assert_eq!(anonymous.status, 503, "without a registry there is nothing to authenticate against");
    assert!(anonymous.header("retry-after").is_some(), "the response should say when to retry");
    let line = r#"{"level":"error","reason":"record_missing","what":"head"}"#;
    weir.wait_until("the log should name the record", || weir.running.log().contains(line));
    let health = weir.send(harness::Draft::bare(http::Method::GET, "/healthz"));
    assert_eq!(health.status, 503);
    assert!(health.text().contains("record_missing"), "health should name the missing record: {}", health.text());
}

#[test]
fn published_change_is_taken_up() {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    assert_eq!(names(&weir.list("alice")).len(), 3);
    let mut folder = weir.folder.clone();
    let gateway = folder.get_mut("gateway.toml").expect("the folder has a gateway");
    *gateway = gateway.replace("\"documents_search\", \"tickets_find\", \"people_lookup\"", "\"tickets_find\"");
    let epoch = weir.epoch + 1000;
    for (key, record) in publisher.records(&folder, epoch, weir.running.now()) {
        weir.running.put(&key, &record);
    }
    if Target::chosen() == Target::Memory {
        // An isolate reads the head again after half a minute; only here can a test let it pass.
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(names(&weir.list("alice")), ["tickets_find"], "the new epoch should be served");
        let older = publisher.records(&weir.folder, weir.epoch, weir.running.now());
        weir.running.put("head", &older["head"]);
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(names(&weir.list("alice")), ["tickets_find"], "an older head should never bring the old epoch back");
        let newer = Freshness { sequence: epoch + 1000, valid_until: weir.running.now() + 86_400 };
        weir.running.put("head", &publisher.head(weir.epoch, newer));
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(names(&weir.list("alice")), ["tickets_find"], "nor should a newer head that names the old epoch");
    } else {
        assert_eq!(weir.list("alice").status, 200, "a publication should not fail the call");
    }
}

#[test]
fn quarantine_is_taken_up_while_tokens_live() {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    let token = weir.token("alice");
    let list = || weir.send(harness::Draft::list().token(&token)).status.as_u16();
    assert_eq!(list(), 200);
    let now = weir.running.now();
    let fresh = |offset: u64| Freshness { sequence: (now + offset) * 1000, valid_until: now + 86_400 };
    let frozen = format!("{{\"principals\":[\"{}|alice\"]}}", weir.issuer.url());
    weir.running.put("quarantine", &publisher.quarantine(&frozen, fresh(2)));
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(list(), 403, "a token that was verified before should not help");
        weir.running.put("quarantine", &publisher.quarantine("{}", fresh(1)));
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(list(), 403, "an older quarantine should never set anybody free");
        weir.running.put("quarantine", &publisher.quarantine("{}", fresh(3)));
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(list(), 200, "a newer one should");
        weir.running.delete("quarantine");
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(list(), 503, "a quarantine that is gone should fail closed at once");
    } else {
        assert!([200, 403].contains(&list()), "the change may take its half minute here, and nothing else may happen");
    }
}

#[test]
fn epoch_that_is_withheld_ends_old_one() {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    assert_eq!(weir.list("alice").status, 200);
    let now = weir.running.now();
    let epoch = now * 1000;
    let freshness = Freshness { sequence: epoch, valid_until: now + 86_400 };
    weir.running.put("head", &publisher.head(epoch, freshness));
    if Target::chosen() == Target::Memory {
        // Time passes only here; elsewhere the head has not been read again yet.
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(weir.list("alice").status, 200, "records of a new epoch may still be on their way");
        weir.running.pass(Duration::from_secs(180));
        assert_eq!(weir.list("alice").status, 503, "an old epoch should not be served for ever");
    } else {
        assert_eq!(weir.list("alice").status, 200, "a publication should not fail the call");
    }
}

#[test]
fn remembered_record_expires_at_its_end() {
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved past an end") {
        return;
    }
    for name in ["head", "quarantine"] {
        let mut setup = Setup::new();
        setup.store_may_fail = true;
        let publisher = setup.publisher.clone();
        let weir = setup.start();
        let soon = Freshness { sequence: weir.epoch + 1, valid_until: weir.running.now() + 60 };
        let record = if name == "head" { publisher.head(weir.epoch, soon) } else { publisher.quarantine("{}", soon) };
        weir.running.put(name, &record);
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(weir.list("alice").status, 200, "a `{name}` should serve until its end");
        weir.running.break_store(true);
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(weir.list("alice").status, 503, "a held `{name}` should not outlive its end");
    }
}

#[test]
fn failing_store_serves_remembered_records_until_they_expire() {
    let mut setup = Setup::new();
    setup.store_may_fail = true;
    let weir = setup.start();
    assert_eq!(weir.list("alice").status, 200);
    weir.running.break_store(true);
    assert_eq!(weir.list("alice").status, 200, "a warm isolate should not need the store");
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(60));
        assert_eq!(weir.list("alice").status, 200, "held records should serve for a while");
        weir.running.pass(Duration::from_secs(6 * 60));
        assert_eq!(weir.list("alice").status, 503, "an unconfirmed quarantine should fail closed");
        weir.running.break_store(false);
        weir.running.pass(Duration::from_secs(31));
        assert_eq!(weir.list("alice").status, 200, "and all should be well again");
    }
}

#[test]
fn store_that_fails_from_start_refuses() {
    let mut setup = Setup::new();
    setup.store_may_fail = true;
    let weir = setup.start();
    weir.running.break_store(true);
    should_not_serve(&weir, "with a store that fails");
}

#[track_caller]
fn find<'a>(records: &'a mut Records, epoch: u64, name: &str) -> &'a mut Vec<u8> {
    let key = if ["head", "quarantine"].contains(&name) { name.to_owned() } else { format!("{epoch}/{name}") };
    records.get_mut(&key).unwrap_or_else(|| panic!("`{key}` should be there before"))
}

fn names(answer: &Answer) -> Vec<String> {
    answer.tool_names()
}
