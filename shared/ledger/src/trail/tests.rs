//! Tests of reading the trail: order, bounds and pages.

use audit::time::parse_rfc3339;
use audit::{AuditEvent, Outcome};
use futures::FutureExt;
use proptest::prelude::*;

use super::*;
use crate::{Delivery, consume};
use ports::objects::Expected;
use ports::objects::memory::MemoryObjects;

const START: &str = "2026-11-20T10:42:00Z";

fn millis(instant: &str) -> u64 {
    parse_rfc3339(instant).expect("a test should name an instant")
}

/// A trail with one event for each of these offsets (milliseconds after [`START`]), in order of arrival.
fn trail(offsets: &[u64]) -> MemoryObjects {
    let objects = MemoryObjects::new();
    let deliveries = offsets.iter().enumerate().map(|(number, offset)| {
        let mut event = AuditEvent::call(
            millis(START) + offset,
            [7, 7, 0, 0, 0, 0, 0, 0, (number >> 8) as u8, number as u8],
            Outcome::success(200),
        );
        event.tool = Some(format!("{number}"));
        Delivery { body: event.into_json() }
    });
    // One batch per event: within a batch, events are sorted.
    for delivery in deliveries {
        let outcomes = consume(&objects, vec![delivery]).now_or_never().expect("memory should never wait");
        assert_eq!(outcomes, [crate::DeliveryOutcome::Stored], "all events of a test should be different");
    }
    objects
}

fn everything() -> Query {
    Query { from: 0, until: u64::MAX, after: None, limit: LIMIT }
}

fn page(objects: &MemoryObjects, query: &Query) -> Result<Page, TrailError> {
    read(objects, query).now_or_never().expect("memory should never wait")
}

/// The numbers of a page's events.
fn numbers(page: &Page) -> Vec<usize> {
    let text = std::str::from_utf8(&page.ndjson).expect("a page should be text");
    let events: Vec<AuditEvent> =
        text.lines().map(|line| serde_json::from_str(line).expect("each line should be an event")).collect();
    assert_eq!(events.len(), page.events, "a page should know how many events it has");
    events.into_iter().filter_map(|event| event.tool?.parse().ok()).collect()
}

#[test]
fn events_are_ordered_by_minute_then_by_arrival() {
    let objects = trail(&[120_000, 30_000, 0, 59_999, 60_000]);
    let page = page(&objects, &everything()).expect("the trail should be readable");
    assert_eq!(numbers(&page), [1, 2, 3, 4, 0], "the oldest minute should come first");
    assert_eq!(page.next, None, "nothing should be left");
}

#[test]
fn bounds_hold_to_the_millisecond() {
    let objects = trail(&[0, 29_999, 30_000, 60_000, 89_999, 90_000, 120_000]);
    let query = Query { from: millis(START) + 30_000, until: millis(START) + 90_000, ..everything() };
    assert_eq!(
        numbers(&page(&objects, &query).expect("it should be readable")),
        [2, 3, 4],
        "`from` counts, `until` not"
    );
}

#[test]
fn empty_trail_gives_empty_page() {
    assert_eq!(page(&MemoryObjects::new(), &everything()), Ok(Page::default()), "nothing should be no error");
}

#[test]
fn page_ends_at_its_limit_and_names_next() {
    let objects = trail(&[0, 1, 60_000]);
    let first = page(&objects, &Query { limit: 2, ..everything() }).expect("it should be readable");
    assert_eq!(numbers(&first), [0, 1], "two should be given");
    let rest = Query { limit: 2, after: first.next, ..everything() };
    let second = page(&objects, &rest).expect("it should be readable");
    assert_eq!((numbers(&second), second.next), (vec![2], None), "the rest should follow, and the end be known");
}

#[test]
fn last_page_has_no_next() {
    let first = page(&trail(&[0, 1]), &Query { limit: 2, ..everything() }).expect("it should be readable");
    assert_eq!(first.next, None, "an empty page should not be promised");
}

#[test]
fn unknown_after_is_refused() {
    let objects = trail(&[0, 60_000]);
    for instant in [0, millis(START) + 1, millis(START) + 600_000] {
        let unknown = EventId::new(instant, [9; 10]);
        let query = Query { after: Some(unknown.clone()), ..everything() };
        assert_eq!(page(&objects, &query), Err(TrailError::UnknownEvent(unknown)), "a wrong mark should be told");
    }
}

#[test]
fn page_is_bounded_in_bytes() {
    let objects = MemoryObjects::new();
    let pad = "x".repeat(120_000);
    for minute in 0..45_u64 {
        let id = EventId::new(millis(START) + minute * 60_000, [1; 10]);
        let batch = vec![Delivery { body: format!(r#"{{"version":1,"id":"{id}","pad":"{pad}"}}"#) }];
        consume(&objects, batch).now_or_never().expect("memory should never wait");
    }
    let first = page(&objects, &everything()).expect("it should be readable");
    assert!(first.ndjson.len() <= PAGE_BYTES && first.events > 30, "a page should be full, not more");
    assert!(first.next.is_some(), "and say how to go on");
}

#[test]
fn page_is_bounded_in_reads() {
    let objects = trail(&(0..300).map(|minute| minute * 60_000).collect::<Vec<_>>());
    let first = page(&objects, &everything()).expect("it should be readable");
    assert_eq!(first.events, READS, "a page should end early rather than read without bound");
    let rest = page(&objects, &Query { after: first.next, ..everything() }).expect("it should be readable");
    assert_eq!((rest.events, rest.next), (300 - READS, None), "the next page should bring the rest");
}

#[test]
fn foreign_keys_and_lines_are_ignored() {
    let objects = trail(&[0]);
    for (key, content) in [("events/2026-11-20/notes.txt", "x"), ("events/2026-11-20/11-00.ndjson", "no event\n\n{}\n")]
    {
        let put = objects.put_if(key, Bytes::from_static(content.as_bytes()), Expected::Absent).now_or_never();
        assert!(matches!(put, Some(Ok(_))), "the test's object should be written");
    }
    assert_eq!(
        numbers(&page(&objects, &everything()).expect("it should be readable")),
        [0],
        "only events should be given"
    );
}

#[test]
fn failing_store_is_an_error() {
    let objects = trail(&[0]);
    objects.fail_reads(1);
    assert!(
        matches!(page(&objects, &everything()), Err(TrailError::Objects(_))),
        "a gap should never look like the end"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_cover_the_range_once(
        offsets in proptest::collection::vec(0_u64..400_000, 0..60),
        limit in 1_usize..20,
        from in 0_u64..400_000,
        length in 1_u64..400_000,
    ) {
        let objects = trail(&offsets);
        let range = Query { from: millis(START) + from, until: millis(START) + from + length, ..everything() };
        let mut expected: Vec<usize> =
            (0..offsets.len()).filter(|number| (from..from + length).contains(&offsets[*number])).collect();
        expected.sort_by_key(|number| offsets[*number] / 60_000);
        let mut found = Vec::new();
        let mut query = Query { limit, ..range };
        loop {
            let page = page(&objects, &query).expect("it should be readable");
            prop_assert!(page.events <= limit, "a page should keep its limit");
            found.extend(numbers(&page));
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        prop_assert_eq!(found, expected, "no event should be repeated or left out");
    }
}
