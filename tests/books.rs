//! The books, end to end: calls through the gateway, the queue, the ledger and its database, into a cost report.

use harness::{
    Draft, Setup, Weir,
    target::{Target, skipped_if},
    weir::{LEDGER_READ_TOKEN, Queue},
};
use serde_json::{Value, json};

/// A Weir whose queue the real ledger drains; `None` in memory, which has no ledger (its own crate has those tests).
fn with_ledger(setup: Setup) -> Option<Weir> {
    if skipped_if(Target::chosen() == Target::Memory, "no ledger runs in memory") {
        return None;
    }
    let mut setup = setup;
    setup.queue = Queue::Ledger;
    Some(setup.start())
}

/// The month in which the tests run, `YYYY-MM`.
fn month(weir: &Weir) -> String {
    let event = audit::time::date(weir.running.now() * 1000);
    event.get(..7).expect("a date has a month").to_owned()
}

fn report(weir: &Weir, by: &str) -> Value {
    let path = format!("/reports/costs?month={}&by={by}", month(weir));
    let answer = weir.ask_ledger(&path, Some(LEDGER_READ_TOKEN));
    assert_eq!(answer.status, 200, "finance should read costs: {}", answer.text());
    answer.json()
}

/// Waits until this many calls are booked: the queue delivers batches, and a batch starts the ledger.
fn settled(weir: &Weir, calls: u64) {
    for _ in 0..60 {
        if report(weir, "team")["calls"].as_u64() >= Some(calls) {
            return;
        }
        weir.running.pass(std::time::Duration::from_millis(500));
    }
    panic!("{calls} calls should be booked within half a minute: {:#}", report(weir, "team"));
}

/// Subject, cost, currency, calls and unpriced calls of each row.
fn rows(report: &Value, column: &str) -> Vec<Value> {
    let rows = report["rows"].as_array().expect("a report has rows");
    let row = |row: &Value| {
        json!([row[column], row["BilledCost"], row["BillingCurrency"], row["x_Calls"], row["x_UnpricedCalls"]])
    };
    rows.iter().map(row).collect()
}

#[test]
fn calls_become_a_report_that_finance_can_read() {
    let Some(weir) = with_ledger(Setup::new()) else { return };
    let search = || Draft::call("documents_search", json!({ "query": "x" }));
    let nobodys = weir.sign(weir.access_token("alice").without("team").without("project"));
    for answer in [
        weir.send(search().token(&weir.token("alice"))),
        weir.send(search().token(&weir.token("alice"))),
        weir.call("bob", "documents_delete", json!({ "id": "7" })),
        weir.call("alice", "tickets_find", json!({ "query": "x" })),
        weir.send(search().token(&nobodys)),
    ] {
        assert!(answer.error_code().is_none(), "a permitted call should work: {}", answer.text());
    }
    weir.call("alice", "documents_search", json!({ "limit": 500 })).should_be_refused(-31403, "the limit is forbidden");
    settled(&weir, 5);

    let by_team = report(&weir, "team");
    assert_eq!(
        rows(&by_team, "x_Team"),
        [
            json!(["platform", "0.002", "USD", 1, 0]),
            json!(["support", "0.004", "USD", 2, 0]),
            json!(["support", "0", "XXX", 1, 1]),
            json!([null, "0.002", "USD", 1, 0]),
        ],
        "a refusal should cost nothing, and what has no price or no team be seen: {by_team:#}"
    );
    assert_eq!(by_team["costs"], json!([{ "amount": "0.008", "currency": "USD" }]), "{by_team:#}");
    assert_eq!(by_team["unpriced_calls"], 1, "{by_team:#}");
    assert_eq!(
        rows(&report(&weir, "tool"), "x_Tool"),
        [
            json!(["documents_delete", "0.002", "USD", 1, 0]),
            json!(["documents_search", "0.006", "USD", 3, 0]),
            json!(["tickets_find", "0", "XXX", 1, 1]),
        ]
    );
    let csv = weir.ask_ledger(&format!("/reports/costs?month={}&format=csv", month(&weir)), Some(LEDGER_READ_TOKEN));
    let text = csv.text();
    assert!(text.starts_with("BilledCost,BillingAccountId,") && text.contains("\r\n0.004,weir,"), "{text}");
}

#[test]
fn time_and_size_are_charged_too() {
    let price = "per_call = \"0.002\"";
    let combined = "per_call = \"1\"\nper_second = \"1000\"\nper_kib = \"0.001024\"";
    let weir = Setup::new().replace("origins/documents.toml", price, combined).start();
    let answer = weir.call("alice", "documents_search", json!({ "query": "x" }));
    let event = weir.event();
    let origin_ms = event["latency"]["origin_ms"].as_u64().expect("the origin took time");
    let amount = audit::cost::decimal(event["cost"]["amount"].as_str().expect("the call should have a price"));
    let millionths = (1 + origin_ms) * 1_000_000 + answer.body.len() as u64;
    let expected = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    assert_eq!(amount, audit::cost::decimal(&expected), "one call, {origin_ms} ms and each byte: {event:#}");
}

#[test]
fn books_are_closed_to_others_and_explain_themselves() {
    let Some(weir) = with_ledger(Setup::new()) else { return };
    let path = format!("/reports/costs?month={}", month(&weir));
    assert_eq!(weir.ask_ledger(&path, None).status, 401, "costs should not be readable without the token");
    assert_eq!(weir.ask_ledger(&path, Some("another-long-token-of-mine")).status, 401);
    let wrong = weir.ask_ledger("/reports/costs?month=2026-13", Some(LEDGER_READ_TOKEN));
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    assert_eq!(wrong.json()["message"], "`month` must be a month like 2026-11, not `2026-13`");
    assert_eq!(report(&weir, "project")["rows"], json!([]), "nothing was called yet");
}
