//! The lists that an isolate remembers: the origins' definitions, and the decisions for callers.

use std::time::Duration;

use harness::{Setup, Weir, target::Target};
use registry::record::Freshness;

use super::{list_as, offer};

const ALL: [&str; 3] = ["documents_search", "tickets_find", "people_lookup"];

#[test]
fn warm_list_asks_no_origin() {
    let weir = Weir::usual();
    for _ in 0..3 {
        assert_eq!(weir.list("alice").tool_names(), ALL);
    }
    assert_eq!(list_as(&weir, "dora").tool_names(), ALL);
    assert_eq!(weir.list("bob").tool_names().len(), 2, "other tools of the same origin, in another virtual server");
    assert_eq!(weir.documents.received().len(), 1, "a list that may be kept for a minute should be requested once");
    assert_eq!(weir.tickets.received().len(), 1);
    assert_eq!(
        weir.list("alice").result()["cacheScope"],
        "private",
        "a client should cache its list for this caller only"
    );
}

#[test]
fn origin_is_asked_again_when_its_time_is_over() {
    let weir = Weir::usual();
    offer(&weir.tickets, vec![harness::origin::tool("find", "Finds tickets")], 0);
    weir.list("alice").result();
    weir.list("alice").result();
    assert_eq!(weir.tickets.received().len(), 2, "an origin that allows no keeping should be asked each time");
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(59));
        weir.list("alice").result();
        assert_eq!(weir.documents.received().len(), 1, "a minute should not be over yet");
        weir.running.pass(Duration::from_secs(2));
        weir.list("alice").result();
        assert_eq!(weir.documents.received().len(), 2, "after its minute an origin should be asked again");
    }
}

#[test]
fn origin_that_knows_caller_is_asked_once_for_each() {
    let weir = Weir::usual();
    weir.list("alice").result();
    list_as(&weir, "dora").result();
    let asked = weir.people.received();
    assert_eq!(asked.len(), 2, "one caller's list should never reach another");
    assert_ne!(
        asked[0].header("weir-identity"),
        asked[1].header("weir-identity"),
        "each should be asked for as itself"
    );
    for _ in 0..2 {
        weir.list("alice").result();
        list_as(&weir, "dora").result();
    }
    assert_eq!(weir.people.received().len(), 2, "a caller's list may be kept for the same caller");
}

#[test]
fn remembered_list_never_crosses_callers() {
    let setup = Setup::new();
    let rule = format!(
        "@id(\"not-dora\")\nforbid (principal == User::\"{}|dora\", action, resource == Tool::\"tickets_find\");\n",
        setup.issuer.url()
    );
    let weir = setup.file("policies/dora.cedar", &rule).start();
    for _ in 0..3 {
        assert_eq!(weir.list("alice").tool_names(), ALL);
        assert_eq!(list_as(&weir, "dora").tool_names(), ["documents_search", "people_lookup"]);
        assert_eq!(list_as(&weir, "erin").tool_names(), ALL);
        weir.list("carol").should_be(403, -31403, "a caller without tools should get no other caller's list");
    }
}

#[test]
fn new_epoch_forgets_what_was_remembered() {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    assert_eq!(weir.list("alice").tool_names(), ALL);
    let mut folder = weir.folder.clone();
    let gateway = folder.get_mut("gateway.toml").expect("the folder has a gateway");
    *gateway = gateway.replace("\"tickets_find\", ", "");
    for (key, record) in publisher.records(&folder, weir.epoch + 1000, weir.running.now()) {
        weir.running.put(&key, &record);
    }
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(29));
        // Decided just before the new epoch is read, so that only the epoch can end it.
        assert_eq!(list_as(&weir, "dora").tool_names(), ALL);
        assert_eq!(weir.documents.received().len(), 1);
        weir.running.pass(Duration::from_secs(2));
        assert_eq!(list_as(&weir, "dora").tool_names(), ["documents_search", "people_lookup"]);
        assert_eq!(weir.documents.received().len(), 2, "an origin's record may have changed: it should be asked again");
    } else {
        assert_eq!(weir.list("alice").status, 200, "a publication should not fail the call");
    }
}

#[test]
fn quarantine_applies_to_remembered_lists() {
    let setup = Setup::new();
    let publisher = setup.publisher.clone();
    let weir = setup.start();
    assert_eq!(weir.list("alice").tool_names(), ALL);
    let now = weir.running.now();
    let fresh = Freshness { sequence: (now + 2) * 1000, valid_until: now + 86_400 };
    weir.running.put("quarantine", &publisher.quarantine("{\"origins\":[\"tickets\"]}", fresh));
    if Target::chosen() == Target::Memory {
        weir.running.pass(Duration::from_secs(29));
        assert_eq!(list_as(&weir, "dora").tool_names(), ALL);
        weir.running.pass(Duration::from_secs(2));
        let list = list_as(&weir, "dora");
        assert_eq!(list.tool_names(), ["documents_search", "people_lookup"]);
        let meta = &list.result()["_meta"];
        assert_eq!(meta.get("dev.weir/unavailable"), None, "a frozen origin is not missing: {meta}");
    } else {
        assert_eq!(weir.list("alice").status, 200, "a quarantine of one origin should not disturb the others");
    }
}
