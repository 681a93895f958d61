//! Tests of the consumer: each event is stored once and none is lost, under faults and concurrent writers.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use audit::time::parse_rfc3339;
use audit::{AuditEvent, Outcome};
use futures::FutureExt;
use proptest::prelude::*;

use super::*;
use ports::objects::memory::{Fault, MemoryObjects};

const MINUTE: &str = "events/2026-11-20/10-42.ndjson";

/// The JSON of event `number` at an instant.
fn event(instant: &str, number: u8) -> String {
    let millis = parse_rfc3339(instant).expect("a test should name an instant");
    AuditEvent::call(millis, [number; 10], Outcome::success(200)).into_json()
}

/// An event of the minute 10:42.
fn numbered(number: u8) -> String {
    event("2026-11-20T10:42:07.123Z", number)
}

fn batch<T: AsRef<str>>(bodies: impl IntoIterator<Item = T>) -> Vec<Delivery> {
    bodies.into_iter().map(|body| Delivery { body: body.as_ref().to_owned() }).collect()
}

fn consumed<T: AsRef<str>>(objects: &MemoryObjects, bodies: impl IntoIterator<Item = T>) -> Vec<DeliveryOutcome> {
    consume(objects, batch(bodies)).now_or_never().expect("memory should never wait")
}

fn lines(objects: &MemoryObjects, key: &str) -> Vec<String> {
    let content = objects.contents().get(key).cloned().unwrap_or_default();
    let text = String::from_utf8(content.to_vec()).expect("the trail should be text");
    assert!(text.is_empty() || text.ends_with('\n'), "every line should be ended");
    text.lines().map(ToOwned::to_owned).collect()
}

/// The number of times that each event is in the trail, over all parts.
fn census(objects: &MemoryObjects) -> BTreeMap<String, usize> {
    let mut census = BTreeMap::new();
    for key in objects.contents().keys().filter(|key| key.starts_with("events/")) {
        for line in lines(objects, key).into_iter().filter(|line| line.starts_with('{')) {
            *census.entry(line).or_default() += 1;
        }
    }
    census
}

#[test]
fn events_are_stored_unchanged_one_per_line() {
    let objects = MemoryObjects::new();
    let bodies = [numbered(1), numbered(2)];
    assert_eq!(consumed(&objects, &bodies), [DeliveryOutcome::Stored, DeliveryOutcome::Stored], "both should be new");
    assert_eq!(lines(&objects, MINUTE), bodies, "each should be one unchanged line");
}

#[test]
fn batches_are_appended_each_sorted_by_id() {
    let objects = MemoryObjects::new();
    consumed(&objects, [numbered(5), numbered(3)]);
    consumed(&objects, [numbered(4), numbered(1)]);
    assert_eq!(lines(&objects, MINUTE), [3, 5, 1, 4].map(numbered), "stored events should stay in their place");
}

#[test]
fn event_repeated_in_batch_is_stored_once() {
    let objects = MemoryObjects::new();
    let outcomes = consumed(&objects, [numbered(1), numbered(2), numbered(1), numbered(1)]);
    assert_eq!(
        outcomes,
        [DeliveryOutcome::Stored, DeliveryOutcome::Stored, DeliveryOutcome::Duplicate, DeliveryOutcome::Duplicate],
        "the first should stand for all"
    );
    assert_eq!(lines(&objects, MINUTE), [numbered(1), numbered(2)], "each should be there once");
}

#[test]
fn redelivered_event_is_stored_once() {
    let objects = MemoryObjects::new();
    consumed(&objects, [numbered(1)]);
    let outcomes = consumed(&objects, [numbered(2), numbered(1)]);
    assert_eq!(outcomes, [DeliveryOutcome::Stored, DeliveryOutcome::Duplicate], "only the new one should be stored");
    let writes = objects.writes();
    assert_eq!(
        consumed(&objects, [numbered(1), numbered(2)]),
        [DeliveryOutcome::Duplicate, DeliveryOutcome::Duplicate],
        "both are there"
    );
    assert_eq!(objects.writes(), writes, "nothing should be written for duplicates");
    assert_eq!(lines(&objects, MINUTE), [numbered(1), numbered(2)], "each should be there once");
}

#[test]
fn events_go_to_minute_of_their_id_in_any_order() {
    let objects = MemoryObjects::new();
    let instants = [
        ("2026-11-20T10:43:00.000Z", "events/2026-11-20/10-43.ndjson"),
        ("2026-11-20T10:42:59.999Z", "events/2026-11-20/10-42.ndjson"),
        ("2026-12-31T23:59:59.999Z", "events/2026-12-31/23-59.ndjson"),
        ("2027-01-01T00:00:00.000Z", "events/2027-01-01/00-00.ndjson"),
    ];
    let bodies = instants.map(|(instant, _)| event(instant, 1));
    assert_eq!(
        consumed(&objects, bodies.iter().rev()),
        vec![DeliveryOutcome::Stored; 4],
        "old events should not be refused"
    );
    for ((_, key), body) in instants.iter().zip(&bodies) {
        assert_eq!(lines(&objects, key), [body.as_str()], "`{key}` should hold the event of its minute");
    }
    assert_eq!(objects.contents().len(), 4, "there should be one object per minute");
}

#[test]
fn body_that_is_no_event_is_rejected_once_and_blocks_nothing() {
    let objects = MemoryObjects::new();
    let large = format!("{{\"version\":1,\"pad\":\"{}\"}}", "x".repeat(200_000));
    let bodies = ["no json", r#"{"version":1}"#, r#"{"version":1,"id":"not-a-uuid"}"#, &large, &numbered(1), "no json"];
    for _ in 0..2 {
        let outcomes = consumed(&objects, bodies);
        assert!(outcomes.iter().all(DeliveryOutcome::is_settled), "a poison body should not come again for ever");
        assert_eq!(outcomes[0], DeliveryOutcome::Rejected(Rejection::NotJson), "its outcome should say why");
    }
    let kept: Vec<serde_json::Value> = objects
        .contents()
        .into_iter()
        .filter(|(key, _)| key.starts_with("rejected/") && key.ends_with(".json") && key.len() == 9 + 64 + 5)
        .map(|(_, content)| serde_json::from_slice(&content).expect("a rejected body should be stored as JSON"))
        .collect();
    assert_eq!(kept.len(), 4, "each body should be kept once");
    for (body, reason) in
        [("no json", "not_json"), (bodies[1], "not_an_event"), (bodies[2], "not_an_event"), (&large, "too_large")]
    {
        assert!(kept.contains(&serde_json::json!({"reason": reason, "body": body})), "`{reason}` should be kept whole");
    }
    assert_eq!(lines(&objects, MINUTE), [numbered(1)], "the event among them should be in the trail");
}

#[test]
fn other_event_with_taken_id_is_not_lost() {
    let objects = MemoryObjects::new();
    let other = numbered(1).replace("200", "500");
    assert_eq!(
        consumed(&objects, [&numbered(1), &other]),
        [DeliveryOutcome::Stored, DeliveryOutcome::Rejected(Rejection::IdTaken)],
        "the second content should be kept aside"
    );
    assert_eq!(
        consumed(&objects, [&other]),
        [DeliveryOutcome::Rejected(Rejection::IdTaken)],
        "also when it comes again"
    );
    assert_eq!(lines(&objects, MINUTE), [numbered(1)], "the first should stay");
    assert_eq!(objects.contents().len(), 2, "the other should be there once, aside");
}

#[test]
fn failing_write_is_not_acknowledged() {
    let objects = MemoryObjects::new();
    objects.at_put(Fault::FailsBefore);
    let outcomes = consumed(&objects, [numbered(1), event("2026-11-20T10:43:00Z", 1)]);
    assert!(!outcomes[0].is_settled(), "an event that may not be there should come again");
    assert_eq!(outcomes[1], DeliveryOutcome::Stored, "the next minute should not suffer from it");
    assert_eq!(consumed(&objects, [numbered(1)]), [DeliveryOutcome::Stored], "the redelivery should be stored");
}

#[test]
fn crash_after_write_costs_one_redelivery() {
    let objects = MemoryObjects::new();
    objects.at_put(Fault::FailsAfter);
    let outcomes = consumed(&objects, [numbered(1), numbered(2)]);
    assert!(outcomes.iter().all(|outcome| !outcome.is_settled()), "an answer that got lost should settle nothing");
    let outcomes = consumed(&objects, [numbered(2), numbered(1), numbered(3)]);
    assert_eq!(
        outcomes,
        [DeliveryOutcome::Duplicate, DeliveryOutcome::Duplicate, DeliveryOutcome::Stored],
        "a written event should be recognized"
    );
    assert_eq!(lines(&objects, MINUTE), [numbered(1), numbered(2), numbered(3)], "each should be there once");
}

#[test]
fn failing_read_and_failing_rejection_are_not_acknowledged() {
    let objects = MemoryObjects::new();
    objects.fail_reads(1);
    assert!(
        !consumed(&objects, [numbered(1)])[0].is_settled(),
        "an event that can't be compared should not be written"
    );
    assert_eq!(objects.writes(), 0, "nothing should be written blindly");
    objects.at_put(Fault::FailsBefore);
    assert!(!consumed(&objects, ["poison"])[0].is_settled(), "a poison body should be kept before it is let go");
}

#[test]
fn second_consumer_between_read_and_write_changes_nothing() {
    let objects = MemoryObjects::new();
    consumed(&objects, [numbered(1)]);
    // The second consumer writes an overlapping batch between the read and the write of the first.
    objects.at_put(Fault::After(Box::new(|objects| {
        assert_eq!(
            consumed(objects, [numbered(3), numbered(2)]),
            [DeliveryOutcome::Stored, DeliveryOutcome::Stored],
            "it should be first"
        );
    })));
    let outcomes = consumed(&objects, [numbered(2), numbered(4)]);
    assert_eq!(
        outcomes,
        [DeliveryOutcome::Duplicate, DeliveryOutcome::Stored],
        "the loser should see what the winner wrote"
    );
    assert_eq!(lines(&objects, MINUTE), [1, 2, 3, 4].map(numbered), "each should be there once");
}

#[test]
fn consumer_that_always_conflicts_fails_the_batch() {
    let objects = MemoryObjects::new();
    for _ in 0..ATTEMPTS {
        objects.at_put(Fault::Conflicts);
    }
    let outcomes = consumed(&objects, [numbered(1)]);
    assert_eq!(
        outcomes,
        [DeliveryOutcome::Failed(ConsumeError::Contended(MINUTE.to_owned()))],
        "it should not try for ever"
    );
    for _ in 1..ATTEMPTS {
        objects.at_put(Fault::Conflicts);
    }
    assert_eq!(consumed(&objects, [numbered(1)]), [DeliveryOutcome::Stored], "the last attempt should count");
}

/// A line that brings a part to `below` bytes less than full.
fn nearly_full(objects: &MemoryObjects, below: usize) {
    let content = Bytes::from(format!("#{}\n", "x".repeat(PART_BYTES - below - 2)));
    let put = objects.put_if(MINUTE, content, Expected::Absent).now_or_never();
    assert_eq!(put, Some(Ok(Put::Written)), "the minute should be new");
}

#[test]
fn closed_part_is_still_compared() {
    let objects = MemoryObjects::new();
    nearly_full(&objects, 1);
    consumed(&objects, [numbered(1)]);
    let closed = objects.contents()[MINUTE].clone();
    assert!(closed.len() > PART_BYTES, "an open part should take what comes");
    assert_eq!(
        consumed(&objects, [numbered(1), numbered(2)]),
        [DeliveryOutcome::Duplicate, DeliveryOutcome::Stored],
        "both parts should count"
    );
    assert_eq!(objects.contents()[MINUTE], closed, "a closed part should never change");
    assert_eq!(lines(&objects, "events/2026-11-20/10-42.ndjson.002"), [numbered(2)], "the next part should be open");
}

type Running = Option<Pin<Box<dyn Future<Output = Vec<DeliveryOutcome>>>>>;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Three consumers with overlapping batches, polled in any order, each possibly killed at any step; then the queue
    /// delivers again every delivery that was not acknowledged.
    #[test]
    fn each_event_is_stored_once_under_any_interleaving(
        batches in proptest::collection::vec(proptest::collection::vec(0_u8..8, 1..6), 3),
        steps in proptest::collection::vec((0_usize..3, 0_u8..40), 0..60),
        below in prop_oneof![7 => Just(None), 1 => (1_usize..2000).prop_map(Some)],
        faults in proptest::collection::vec(0_u8..8, 0..6),
    ) {
        let objects = Rc::new(MemoryObjects::new());
        if let Some(below) = below {
            nearly_full(&objects, below);
        }
        objects.yield_between_steps();
        for fault in faults {
            objects.at_put(match fault { 0 => Fault::FailsBefore, 1 => Fault::FailsAfter, 2 => Fault::Conflicts, _ => Fault::None });
        }
        let mut running: Vec<Running> = batches.iter().map(|numbers| {
            let (objects, batch) = (objects.clone(), batch(numbers.iter().map(|number| numbered(*number))));
            Some(Box::pin(async move { consume(&*objects, batch).await }) as Pin<Box<dyn Future<Output = Vec<DeliveryOutcome>>>>)
        }).collect();
        let mut outcomes: Vec<Option<Vec<DeliveryOutcome>>> = vec![None; 3];
        let everyone = (0..10_000).map(|step| (step % 3, 1));
        for (consumer, dies) in steps.into_iter().chain(everyone) {
            let Some(task) = &mut running[consumer] else { continue };
            if dies == 0 {
                running[consumer] = None;
            } else if let Poll::Ready(done) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                outcomes[consumer] = Some(done);
                running[consumer] = None;
            }
        }
        prop_assert!(running.iter().all(Option::is_none), "every consumer should come to an end");
        let stored = outcomes.iter().flatten().flatten().filter(|outcome| **outcome == DeliveryOutcome::Stored).count();
        prop_assert!(stored <= census(&objects).len(), "no two consumers should both have stored an event");
        for (numbers, outcomes) in batches.iter().zip(&outcomes) {
            for (at, number) in numbers.iter().enumerate() {
                let acknowledged = outcomes.as_ref().is_some_and(|outcomes| outcomes[at].is_settled());
                let there = census(&objects).contains_key(&numbered(*number));
                prop_assert!(there || !acknowledged, "an acknowledged event should be in the trail");
                if !acknowledged {
                    // Faults may be left: the queue delivers again.
                    let mut again = (0..20).map(|_| {
                        let mut task = Box::pin(consume(&*objects, batch([numbered(*number)])));
                        loop {
                            if let Poll::Ready(outcomes) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                                break outcomes[0].is_settled();
                            }
                        }
                    });
                    prop_assert!(again.any(|settled| settled), "a redelivery should succeed in the end");
                }
            }
        }
        let census = census(&objects);
        for number in batches.iter().flatten() {
            prop_assert_eq!(census.get(&numbered(*number)), Some(&1), "every event should be in the trail exactly once");
        }
    }
}
