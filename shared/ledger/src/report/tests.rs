//! Tests of cost reports: sums, rows, formats and faults in parameters.

use audit::{AuditEvent, Cost, Outcome, time::parse_rfc3339};
use futures::FutureExt;
use proptest::prelude::*;

use super::*;
use crate::books::{Charge, insert};
use ports::database::memory::MemoryDatabase;

/// Day, team, project, origin, tool, cost.
type Call<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a str, &'a str, Option<(&'a str, &'a str)>);

fn books(calls: &[Call<'_>]) -> MemoryDatabase {
    let books = crate::migration::empty_books();
    let charges = calls.iter().enumerate().map(|(number, (instant, team, project, origin, tool, cost))| {
        let instant = parse_rfc3339(instant).expect("a test should name an instant");
        let number = u8::try_from(number).expect("few calls");
        let mut event = AuditEvent::call(instant, [number; 10], Outcome::success(200));
        event.team = team.map(ToOwned::to_owned);
        event.project = project.map(ToOwned::to_owned);
        event.origin = Some((*origin).to_owned());
        event.tool = Some((*tool).to_owned());
        event.cost = Some(cost.map_or(Cost::Unpriced, |(amount, currency)| Cost::Priced {
            amount: amount.to_owned(),
            currency: currency.to_owned(),
        }));
        let id = event.id.clone();
        Charge::of_event(&id, &event.into_json()).expect("a call should be booked")
    });
    let charges: Vec<Charge> = charges.collect();
    insert(&books, &charges).now_or_never().expect("memory should never wait").expect("the books should take them");
    books
}

const NOON: &str = "2026-11-20T12:00:00Z";

fn some_calls() -> MemoryDatabase {
    books(&[
        (NOON, Some("support"), Some("helpdesk"), "documents", "documents_search", Some(("0.1", "USD"))),
        (NOON, Some("support"), Some("helpdesk"), "documents", "documents_search", Some(("0.2", "USD"))),
        (NOON, Some("support"), Some("helpdesk"), "tickets", "tickets_find", None),
        (NOON, Some("platform"), Some("helpdesk"), "documents", "documents_search", Some(("1", "EUR"))),
        (NOON, None, None, "documents", "documents_delete", Some(("0.05", "USD"))),
        ("2026-10-31T23:59:59.999Z", Some("support"), None, "documents", "documents_search", Some(("7", "USD"))),
        ("2026-11-01T00:00:00Z", Some("support"), None, "documents", "documents_search", Some(("0.0007", "USD"))),
        ("2026-11-30T23:59:59.999Z", Some("support"), None, "documents", "documents_search", Some(("0.0003", "USD"))),
        ("2026-12-01T00:00:00Z", Some("support"), None, "documents", "documents_search", Some(("7", "USD"))),
    ])
}

/// Subject, amount, currency, calls and unpriced calls of each row.
fn rows(books: &MemoryDatabase, by: ReportDimension) -> Vec<String> {
    let month = Month::parse("2026-11").expect("a month");
    let report = read(books, month, by).now_or_never().expect("memory should never wait").expect("a report");
    let line = |row: &CostRow| {
        let currency = row.currency.as_deref().unwrap_or("-");
        format!("{} {} {currency} {} {}", row.subject(), row.amount, row.calls, row.unpriced_calls())
    };
    report.rows.iter().map(line).collect()
}

#[test]
fn report_sums_one_month_exactly() {
    assert_eq!(
        rows(&some_calls(), ReportDimension::Team),
        ["platform 1 EUR 1 0", "support 0.301 USD 4 0", "support 0 - 1 1", "unassigned 0.05 USD 1 0"],
        "the month should begin and end at midnight, currencies and what has no price stay apart"
    );
}

#[test]
fn rows_are_grouped_by_the_requested_subject() {
    let books = some_calls();
    assert_eq!(
        rows(&books, ReportDimension::Project),
        [
            "helpdesk 1 EUR 1 0",
            "helpdesk 0.3 USD 2 0",
            "helpdesk 0 - 1 1",
            "unassigned 0.001 USD 2 0",
            "unassigned 0.05 USD 1 0"
        ],
        "a project of two teams should have rows for each"
    );
    assert_eq!(
        rows(&books, ReportDimension::Origin),
        ["documents 1 EUR 1 0", "documents 0.351 USD 5 0", "tickets 0 - 1 1"]
    );
    assert_eq!(
        rows(&books, ReportDimension::Tool),
        [
            "documents_delete 0.05 USD 1 0",
            "documents_search 1 EUR 1 0",
            "documents_search 0.301 USD 4 0",
            "tickets_find 0 - 1 1"
        ]
    );
}

#[test]
fn json_counts_unpriced_calls_beside_sums() {
    let month = Month::parse("2026-11").expect("a month");
    let report = read(&some_calls(), month, ReportDimension::Team)
        .now_or_never()
        .expect("memory never waits")
        .expect("a report");
    let json: serde_json::Value = serde_json::from_slice(&report.json()).expect("it should be JSON");
    let costs = serde_json::json!([{ "amount": "1", "currency": "EUR" }, { "amount": "0.351", "currency": "USD" }]);
    assert_eq!((&json["month"], &json["by"]), (&"2026-11".into(), &"team".into()));
    assert_eq!((&json["calls"], &json["unpriced_calls"]), (&7.into(), &1.into()), "{json}");
    assert_eq!(json["costs"], costs, "{json}");
    assert_eq!(json["rows"].as_array().map(Vec::len), Some(4), "{json}");
}

#[test]
fn empty_month_has_header_without_rows() {
    let month = Month::parse("2026-11").expect("a month");
    let report =
        read(&books(&[]), month, ReportDimension::Tool).now_or_never().expect("memory never waits").expect("a report");
    assert_eq!(report.rows, []);
    let csv = String::from_utf8(report.csv()).expect("CSV is text");
    assert!(csv.starts_with("BilledCost,BillingAccountId,") && csv.ends_with(",x_UnpricedCalls\r\n"), "{csv}");
}

#[test]
fn amounts_of_billionths_lose_nothing() {
    let call = (NOON, Some("support"), None, "documents", "documents_search", Some(("0.999999999", "USD")));
    let large = (NOON, Some("support"), None, "documents", "documents_search", Some(("33068999999999.966931", "USD")));
    let mut calls = vec![call; 99];
    calls.push(large);
    assert_eq!(rows(&books(&calls), ReportDimension::Team), ["support 33069000000098.966930901 USD 100 0"]);
}

#[test]
fn query_has_defaults() {
    let month = Month::parse("2026-11").expect("a month");
    let query = ReportQuery::parse("month=2026-11").expect("a month should be enough");
    assert_eq!(query, ReportQuery { month, by: ReportDimension::Team, format: Format::Json });
    let query = ReportQuery::parse("format=csv&by=tool&month=2026%2D11").expect("every parameter should be known");
    assert_eq!(query, ReportQuery { month, by: ReportDimension::Tool, format: Format::Csv });
}

#[test]
fn wrong_parameter_is_explained() {
    let long = "x".repeat(2000);
    for (query, message) in [
        ("", "`month` is missing; write a month like 2026-11"),
        ("month=2026-13", "`month` must be a month like 2026-11, not `2026-13`"),
        ("month=2026-11-01", "`month` must be a month like 2026-11, not `2026-11-01`"),
        ("month=2026-11&month=2026-11", "`month` is repeated; give it once"),
        ("month=2026-11&by=user", "`by` must be one of `team`, `project`, `origin` and `tool`, not `user`"),
        ("month=2026-11&format=xlsx", "`format` must be `json` or `csv`, not `xlsx`"),
        ("month=2026-11&team=support", "unknown parameter `team`; use `month`, `by` or `format`"),
        (long.as_str(), "the query is longer than 1024 bytes"),
    ] {
        let error = ReportQuery::parse(query).expect_err("a wrong parameter should be refused");
        assert_eq!(error.to_string(), message, "`{query}` should be explained");
    }
}

proptest! {
    #[test]
    fn query_never_panics_on_text(query in "((month|by|format|\\PC{0,5})=[0-9a-z%\\-é]{0,20}&?){0,4}") {
        let _ = ReportQuery::parse(&query);
    }
}
