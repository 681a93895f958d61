//! A full outbox: calls that must be recorded are refused, others go on, and the trail has the number of lost events.

use harness::Setup;
use serde_json::json;

use super::{announced, on_spin};

/// Fills the outbox to its bound.
const FILL: &str = "INSERT INTO outbox (id, event) WITH RECURSIVE filler(number) AS \
                    (SELECT 1 UNION ALL SELECT number + 1 FROM filler WHERE number < 100000) \
                    SELECT 'filler-' || number, '{}' FROM filler";

/// Fast, so that the instance that counts the lost events still exists afterwards.
const MAKE_ROOM: &str = "DELETE FROM outbox WHERE id IN (SELECT 'filler-' || value FROM json_each('[1, 2, 3, 4]'))";

const EMPTY: &str = "DELETE FROM outbox WHERE id LIKE 'filler-%'";

#[test]
fn outbox_at_its_bound_takes_no_more_and_says_so_afterwards() {
    let Some(weir) = on_spin(|| announced(Setup::new())) else { return };
    let find = || weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert!(find().error_code().is_none());
    weir.running.sql(FILL);

    for _ in 0..3 {
        let answer = find();
        assert!(answer.error_code().is_none(), "a call should be answered all the same: {}", answer.text());
    }
    let recorded = weir.call("alice", "documents_search", json!({ "query": "x" }));
    recorded.should_be_refused(-31503, "a call that must be recorded");
    assert_eq!(recorded.refusal()["reason"], "audit_unavailable");
    assert!(weir.documents.calls().is_empty(), "its origin should get no request");
    let waiting = weir.running.sql("SELECT count(*) AS events FROM outbox")[0]["events"].clone();
    assert_eq!(waiting, 100_001, "nothing more should wait");

    weir.running.sql(MAKE_ROOM);
    assert!(find().error_code().is_none());
    weir.running.sql(EMPTY);
    let events = weir.events(2);
    let lost = events[1]["lost_before"].as_u64().unwrap_or_default();
    assert!(lost >= 4, "three calls and a refusal have no event, not {lost}: {events:#?}");
    assert!(weir.call("alice", "documents_search", json!({ "query": "x" })).error_code().is_none());
    assert_eq!(weir.events(4)[3]["phase"], "completion", "with room again, all is recorded");
}
