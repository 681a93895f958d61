//! Tests of settling: every call is charged once under repetition, reordering, faults and kills.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use audit::time::parse_rfc3339;
use audit::{AuditEvent, Cost, Outcome, focus::ReportDimension, month::Month};
use futures::FutureExt;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::report::{self, Report};
use ports::database::memory::{Fault, MemoryDatabase};
use ports::objects::memory::{self, MemoryObjects};

/// The JSON of call `number` of `team` on a day.
fn call(team: Option<&str>, day: &str, number: u8, cost: Option<Cost>) -> String {
    let instant = parse_rfc3339(&format!("{day}T10:42:07.123Z")).expect("a test should name a day");
    let mut event = AuditEvent::call(instant, [number; 10], Outcome::success(200));
    event.team = team.map(ToOwned::to_owned);
    event.origin = Some("documents".to_owned());
    event.tool = Some("documents_search".to_owned());
    event.cost = cost;
    event.into_json()
}

fn usd(amount: &str) -> Option<Cost> {
    Some(Cost::Priced { amount: amount.to_owned(), currency: "USD".to_owned() })
}

fn batch(bodies: &[String]) -> Vec<Delivery> {
    bodies.iter().map(|body| Delivery { body: body.clone() }).collect()
}

fn settled(objects: &MemoryObjects, books: &MemoryDatabase, bodies: &[String]) -> Vec<DeliveryOutcome> {
    settle(objects, books, batch(bodies)).now_or_never().expect("memory should never wait")
}

fn report(books: &MemoryDatabase) -> Report {
    let month = Month::parse("2026-11").expect("a month");
    let read = report::read(books, month, ReportDimension::Team).now_or_never().expect("memory should never wait");
    read.expect("the books should be read")
}

fn cost(books: &MemoryDatabase) -> (String, u64) {
    let report = report(books);
    let sum = report.costs().get("USD").map_or_else(|| "0".to_owned(), |sum| sum.normalize().to_string());
    (sum, report.rows.iter().map(|row| row.calls).sum())
}

#[test]
fn calls_are_charged_and_refusals_are_not() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let bodies = [
        call(Some("support"), "2026-11-20", 1, usd("0.002")),
        call(Some("support"), "2026-11-20", 2, None),
        call(Some("support"), "2026-11-20", 3, Some(Cost::Unpriced)),
    ];
    assert_eq!(
        settled(&objects, &books, &bodies),
        [DeliveryOutcome::Stored, DeliveryOutcome::Stored, DeliveryOutcome::Stored]
    );
    let rows = report(&books).rows;
    let found: Vec<_> = rows.iter().map(|row| (row.subject(), row.calls, row.unpriced_calls())).collect();
    assert_eq!(found, [("support", 1, 0), ("support", 1, 1)], "the refusal should be in the trail alone");
}

#[test]
fn intent_is_stored_and_not_charged() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let instant = parse_rfc3339("2026-11-20T10:42:07.123Z").expect("an instant");
    let mut completion = AuditEvent::call(instant, [1; 10], Outcome::success(200));
    completion.cost = usd("0.002");
    let intent = completion.intent([2; 10]);
    let call = completion.id.clone();
    // Both orders, and with the completion missing.
    assert_eq!(settled(&objects, &books, &[completion.into_json()]), [DeliveryOutcome::Stored]);
    assert_eq!(settled(&objects, &books, &[intent.into_json()]), [DeliveryOutcome::Stored]);
    assert_eq!(cost(&books), ("0.002".to_owned(), 1), "the call should be charged once");
    let query = crate::trail::Query { from: instant, until: instant + 1, after: None, limit: 10 };
    let page = crate::trail::read(&objects, &query).now_or_never().expect("memory should never wait");
    let page = page.expect("the trail should be read");
    let joined = String::from_utf8_lossy(&page.ndjson).matches(&format!(r#""call":"{call}""#)).count();
    assert_eq!((page.events, joined), (2, 2), "both should be in one trail, joined by the call");
}

#[test]
fn redelivery_charges_once() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let one = call(Some("support"), "2026-11-20", 1, usd("0.002"));
    let outcomes = settled(&objects, &books, &[one.clone(), one.clone()]);
    assert_eq!(outcomes, [DeliveryOutcome::Stored, DeliveryOutcome::Duplicate], "twice in one batch");
    assert_eq!(settled(&objects, &books, &[one]), [DeliveryOutcome::Duplicate], "and in a later one");
    assert_eq!(cost(&books), ("0.002".to_owned(), 1), "it should be charged once");
}

#[test]
fn other_event_with_charged_id_charges_nothing() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    settled(&objects, &books, &[call(Some("support"), "2026-11-20", 1, usd("0.002"))]);
    let outcomes = settled(&objects, &books, &[call(Some("platform"), "2026-11-20", 1, usd("9"))]);
    assert!(matches!(outcomes[..], [DeliveryOutcome::Rejected(_)]), "the first should count: {outcomes:?}");
    assert_eq!(cost(&books), ("0.002".to_owned(), 1), "the books should say what the trail says");
}

#[test]
fn body_that_is_no_event_blocks_nothing() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let odd =
        call(Some("support"), "2026-11-20", 2, usd("1")).replace("\"team\":\"support\"", "\"team\":[[\"\\u0000\"]]");
    let bodies = ["no event".to_owned(), odd, call(Some("support"), "2026-11-20", 1, usd("0.002"))];
    let outcomes = settled(&objects, &books, &bodies);
    assert!(outcomes.iter().all(DeliveryOutcome::is_settled), "none should come again: {outcomes:?}");
    assert_eq!(cost(&books), ("1.002".to_owned(), 2), "readable charges should be booked");
    assert_eq!(report(&books).rows[1].subject(), "unassigned", "to nobody, where no team can be read");
}

#[test]
fn failing_books_redeliver_only_charges() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let bodies = [call(Some("support"), "2026-11-20", 1, usd("0.002")), call(None, "2026-11-20", 2, None)];
    for fault in [Fault::FailsBefore, Fault::FailsAfter] {
        books.at_write(fault);
        let outcomes = settled(&objects, &books, &bodies);
        assert!(
            matches!(outcomes[0], DeliveryOutcome::Failed(ConsumeError::Books(_))),
            "the charge should come again: {outcomes:?}"
        );
        assert!(outcomes[1].is_settled(), "deliveries without a charge should not: {outcomes:?}");
    }
    assert_eq!(
        settled(&objects, &books, &bodies),
        [DeliveryOutcome::Duplicate, DeliveryOutcome::Duplicate],
        "then both hold"
    );
    assert_eq!(cost(&books), ("0.002".to_owned(), 1), "an answer that got lost should not charge twice");
}

#[test]
fn full_database_loses_nothing() {
    let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
    let bodies: Vec<String> =
        (0..200).map(|number| call(Some("support"), "2026-11-20", number, usd("0.002"))).collect();
    books.fill_up();
    let outcomes = settled(&objects, &books, &bodies);
    assert!(outcomes.iter().all(|outcome| !outcome.is_settled()), "every charge should come again");
    let DeliveryOutcome::Failed(error) = &outcomes[0] else { panic!("it should fail") };
    assert!(error.to_string().contains("full"), "the log should say why: {error}");
    assert_eq!(cost(&books), ("0".to_owned(), 0), "a part of a batch should not be there");
    books.limit(1_000_000);
    assert!(
        settled(&objects, &books, &bodies).iter().all(DeliveryOutcome::is_settled),
        "with space again all should settle"
    );
    assert_eq!(cost(&books), ("0.4".to_owned(), 200), "each should be charged once");
}

#[test]
fn killed_consumer_charges_once() {
    let bodies = [
        call(Some("support"), "2026-11-20", 1, usd("0.002")),
        "no event".to_owned(),
        call(Some("support"), "2026-11-21", 2, usd("0.003")),
        call(None, "2026-11-21", 3, Some(Cost::Unpriced)),
    ];
    let mut steps = 0;
    for killed_at in 0.. {
        let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
        objects.yield_between_steps();
        books.yield_between_steps();
        let ended = {
            let mut dying = pin!(settle(&objects, &books, batch(&bodies)));
            let mut context = Context::from_waker(Waker::noop());
            (0..killed_at).any(|_| matches!(dying.as_mut().poll(&mut context), Poll::Ready(_)))
        };
        let mut again = pin!(settle(&objects, &books, batch(&bodies)));
        let outcomes = loop {
            if let Poll::Ready(outcomes) = again.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break outcomes;
            }
        };
        assert!(
            outcomes.iter().all(DeliveryOutcome::is_settled),
            "killed after {killed_at} steps, the rest should settle: {outcomes:?}"
        );
        let mut read = pin!(report::read(&books, Month::parse("2026-11").expect("a month"), ReportDimension::Team));
        let report = loop {
            if let Poll::Ready(report) = read.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break report.expect("the books should be read");
            }
        };
        assert_eq!(report.costs()["USD"].to_string(), "0.005", "killed after {killed_at} steps");
        assert_eq!(report.rows.iter().map(|row| row.calls).sum::<u64>(), 3, "killed after {killed_at} steps");
        if ended {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 8, "there should be many steps to be killed at, not {steps}");
}

proptest! {
    #[test]
    fn rows_sum_up_to_events_under_any_duplication_and_order(
        calls in proptest::collection::vec((0usize..3, 0u64..2_000_000_000_000, 1u8..29, any::<bool>()), 1..40),
        deliveries in proptest::collection::vec(proptest::collection::vec(0usize..40, 1..12), 1..12),
        faults in proptest::collection::vec((0u8..4, 0u8..4), 0..24),
    ) {
        let (objects, books) = (MemoryObjects::new(), crate::migration::empty_books());
        for (trail, book) in faults {
            objects.at_put([memory::Fault::None, memory::Fault::FailsBefore, memory::Fault::FailsAfter, memory::Fault::Conflicts]
                .into_iter().nth(trail.into()).unwrap_or(memory::Fault::None));
            books.at_write([Fault::None, Fault::FailsBefore, Fault::FailsAfter, Fault::None][usize::from(book)]);
        }
        let mut expected: BTreeMap<Option<&str>, (Decimal, u64)> = BTreeMap::new();
        let bodies: Vec<String> = calls.iter().enumerate().map(|(number, (team, billionths, day, priced))| {
            let team = [Some("platform"), Some("support"), None][*team];
            let amount = Decimal::new(i64::try_from(*billionths).unwrap_or_default(), 9);
            let sum = expected.entry(team).or_default();
            sum.1 += 1;
            if *priced {
                sum.0 += amount;
            }
            let cost = if *priced { usd(&amount.to_string()) } else { Some(Cost::Unpriced) };
            call(team, &format!("2026-11-{day:02}"), u8::try_from(number).unwrap_or_default(), cost)
        }).collect();
        let mut open: Vec<String> = bodies.clone();
        for delivery in deliveries {
            let batch: Vec<String> = delivery.iter().filter_map(|index| bodies.get(*index).cloned()).collect();
            settled(&objects, &books, &batch);
        }
        // The queue redelivers unsettled deliveries until the faults are used up.
        for _ in 0..60 {
            let outcomes = settled(&objects, &books, &open);
            open = open.into_iter().zip(outcomes).filter(|(_, outcome)| !outcome.is_settled()).map(|(body, _)| body).collect();
            if open.is_empty() {
                break;
            }
        }
        prop_assert!(open.is_empty(), "everything should settle in the end");
        let mut found: BTreeMap<Option<&str>, (Decimal, u64)> = BTreeMap::new();
        let report = report(&books);
        for row in &report.rows {
            let sum = found.entry(row.team.as_deref()).or_default();
            sum.0 += row.amount;
            sum.1 += row.calls;
        }
        prop_assert_eq!(found, expected, "the sum of the rows should be the sum of the events");
    }
}
