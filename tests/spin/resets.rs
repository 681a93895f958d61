//! Clients that reset before the response: Spin does not report it, so the call goes on and its event is written.

use harness::{Draft, Reply, Setup};
use serde_json::json;

use super::on_spin;

#[test]
fn reset_before_headers_leaves_event_and_nothing_else() {
    const RESETS: usize = 10;
    let Some(weir) = on_spin(Setup::new) else { return };
    weir.documents.on_call(|received| match received.message()["params"]["arguments"]["query"].as_str() {
        Some("hang") => Reply::hang(),
        _ => Reply::tool_text(received, "here"),
    });
    let search = |query: &str| Draft::call("documents_search", json!({ "query": query })).token(&weir.token("alice"));
    for reset in 1..=RESETS {
        let exchange = weir.begin(search("hang"));
        weir.wait_until("the origin should be called", || weir.documents.calls().len() == reset);
        exchange.reset();
    }
    let after = weir.send(search("x"));
    assert_eq!(after.result()["content"][0]["text"], "here", "others should be served meanwhile");
    // The time limit of the origin is one second, by its record.
    weir.wait_until("every call should end within its timeout", || {
        weir.documents.calls().iter().take(RESETS).all(harness::origin::Received::aborted)
    });
    let events = weir.events(RESETS + 1);
    for event in &events {
        assert_eq!(event["user"]["subject"], "alice", "the event should name the caller: {event:#}");
        assert_eq!(event["cost"]["amount"], "0.002", "a call that reached its origin costs: {event:#}");
    }
    let late = events.iter().filter(|event| event["outcome"]["error_code"] == -31504).count();
    assert_eq!(late, RESETS, "each event should have an outcome: {events:#?}");
}
