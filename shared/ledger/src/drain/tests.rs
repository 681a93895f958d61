//! Tests of draining: no event leaves before it is settled, is charged twice or blocks another.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use audit::month::Month;
use audit::time::parse_rfc3339;
use audit::{AuditEvent, Cost, Outcome, focus::ReportDimension};
use futures::FutureExt;
use futures::future::join_all;
use proptest::prelude::*;

use super::*;
use crate::delivery::id_of_line;
use crate::report;
use ports::database::memory::{Fault as BookFault, MemoryDatabase};
use ports::objects::memory::{Fault as TrailFault, MemoryObjects};
use ports::outbox::memory::{Fault, MemoryOutbox};

const LONG: DrainLimits = DrainLimits { events: 10_000, millis: 60_000 };

/// A call that costs 0.001 USD.
fn call(number: u8) -> String {
    let mut event = refused(number);
    event.cost = Some(Cost::Priced { amount: "0.001".to_owned(), currency: "USD".to_owned() });
    event.into_json()
}

/// An event without cost.
fn refused(number: u8) -> AuditEvent {
    let instant = parse_rfc3339("2026-11-20T10:42:07.123Z").expect("a test should name an instant");
    AuditEvent::call(instant + u64::from(number) * 7_000, [number; 10], Outcome::success(200))
}

struct Weir {
    outbox: MemoryOutbox,
    objects: MemoryObjects,
    books: MemoryDatabase,
}

impl Weir {
    fn with(bodies: impl IntoIterator<Item = String>) -> Self {
        let weir = Self {
            outbox: MemoryOutbox::default(),
            objects: MemoryObjects::default(),
            books: crate::migration::empty_books(),
        };
        bodies.into_iter().for_each(|body| weir.outbox.append(body));
        weir
    }

    async fn round(&self, round: DrainLimits) -> Result<DrainReport, OutboxError> {
        drain(&self.outbox, &self.objects, &self.books, round, || 0, |_| {}).await
    }

    fn drained(&self) -> DrainReport {
        self.tried().expect("the outbox should answer")
    }

    fn tried(&self) -> Result<DrainReport, OutboxError> {
        self.round(LONG).now_or_never().expect("memory should never wait")
    }

    fn yield_between_steps(&self) {
        self.outbox.yield_between_steps();
        self.objects.yield_between_steps();
        self.books.yield_between_steps();
    }

    /// The ids in the trail, each line once, and the calls and costs in the books.
    fn kept(&self) -> (usize, u64, String) {
        let contents = self.objects.contents();
        let lines = contents.iter().filter(|(key, _)| key.starts_with("events/")).flat_map(|(_, bytes)| {
            bytes.split(|byte| *byte == b'\n').filter_map(id_of_line).map(|id| id.as_str().to_owned())
        });
        let lines: Vec<String> = lines.collect();
        let ids: BTreeSet<&String> = lines.iter().collect();
        assert_eq!(ids.len(), lines.len(), "an event should stand in the trail once");
        let report =
            to_end(report::read(&self.books, Month::parse("2026-11").expect("a month"), ReportDimension::Team));
        let report = report.expect("the books should be read");
        let cost = report.costs().get("USD").map_or_else(|| "0".to_owned(), |sum| sum.normalize().to_string());
        (ids.len(), report.rows.iter().map(|row| row.calls).sum(), cost)
    }
}

fn to_end<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[test]
fn events_leave_after_trail_and_books_have_them() {
    let weir = Weir::with([call(1), call(2), refused(3).into_json()]);
    assert_eq!(weir.drained(), DrainReport { stored: 3, ..DrainReport::default() });
    assert_eq!(weir.kept(), (3, 2, "0.002".to_owned()), "the refusal should be in the trail alone");
    assert!(weir.outbox.bodies().is_empty(), "nothing should wait");
}

#[test]
fn empty_outbox_writes_nothing() {
    let weir = Weir::with([]);
    assert_eq!(weir.drained(), DrainReport::default());
    assert_eq!(weir.objects.writes(), 0, "nothing should be written");
}

#[test]
fn repeated_event_is_stored_once() {
    let weir = Weir::with([call(1), call(1)]);
    assert_eq!(weir.drained(), DrainReport { stored: 1, duplicate: 1, ..DrainReport::default() });
    weir.outbox.append(call(1));
    assert_eq!(weir.drained(), DrainReport { duplicate: 1, ..DrainReport::default() }, "and in a later round");
    assert_eq!(weir.kept(), (1, 1, "0.001".to_owned()));
}

#[test]
fn body_that_is_no_event_is_counted_and_blocks_nothing() {
    let other = call(1).replace("0.001", "9");
    let weir = Weir::with(["no event".to_owned(), call(1), String::new(), other, "{}".to_owned(), call(2)]);
    assert_eq!(weir.drained(), DrainReport { stored: 2, rejected: 4, ..DrainReport::default() });
    assert_eq!(weir.kept(), (2, 2, "0.002".to_owned()), "events behind poison should be charged");
    let rejected = weir.objects.contents().keys().filter(|key| key.starts_with("rejected/")).count();
    assert_eq!(rejected, 4, "a body that is no event should be kept unchanged");
    assert!(weir.outbox.bodies().is_empty(), "nothing should come again");
}

#[test]
fn failing_books_keep_charges_in_outbox() {
    let weir = Weir::with([call(1), refused(2).into_json()]);
    for fault in [BookFault::FailsBefore, BookFault::FailsAfter] {
        weir.books.at_write(fault);
        let drained = weir.drained();
        assert_eq!((drained.failed, drained.left), (1, 1), "the charge should wait: {drained:?}");
    }
    assert_eq!(weir.drained(), DrainReport { duplicate: 1, ..DrainReport::default() }, "then both hold it");
    assert_eq!(weir.kept(), (2, 1, "0.001".to_owned()), "an answer that got lost should not charge twice");
}

#[test]
fn failing_trail_keeps_everything_in_outbox() {
    let weir = Weir::with([call(1), "no event".to_owned()]);
    weir.objects.at_put(TrailFault::FailsBefore);
    weir.objects.at_put(TrailFault::FailsBefore);
    assert_eq!(weir.drained(), DrainReport { failed: 2, left: 2, ..DrainReport::default() });
    assert_eq!(weir.kept(), (0, 0, "0".to_owned()), "an event outside of the trail should not be charged");
    assert_eq!(weir.drained(), DrainReport { stored: 1, rejected: 1, ..DrainReport::default() });
}

#[test]
fn failing_batch_blocks_nothing() {
    let weir = Weir::with((0..250).map(call));
    weir.books.at_write(BookFault::FailsBefore);
    let drained = weir.drained();
    assert_eq!(drained, DrainReport { stored: 150, failed: 100, left: 100, ..DrainReport::default() });
    assert_eq!(weir.outbox.bodies()[0], call(0), "failed events should wait, and no others");
    assert_eq!(
        weir.drained(),
        DrainReport { duplicate: 100, ..DrainReport::default() },
        "the next round should settle it"
    );
    assert_eq!(weir.kept(), (250, 250, "0.25".to_owned()));
}

#[test]
fn round_ends_at_its_bounds() {
    let weir = Weir::with((0..250).map(call));
    let drained = to_end(weir.round(DrainLimits { events: 100, millis: 60_000 })).expect("the outbox should answer");
    assert_eq!((drained.stored, drained.left), (100, 150), "no batch should follow when enough are taken");
    let clock = Cell::new(0);
    let late = || clock.replace(clock.get() + 5_000);
    let round = DrainLimits { events: 10_000, millis: 5_000 };
    let drained = to_end(drain(&weir.outbox, &weir.objects, &weir.books, round, late, |_| {}));
    assert_eq!(drained.expect("the outbox should answer").stored, 100, "nor when the time is up");
    assert_eq!(weir.drained(), DrainReport { stored: 50, ..DrainReport::default() });
}

#[test]
fn failing_outbox_ends_round_and_loses_nothing() {
    for fault in [Fault::FailsBefore, Fault::FailsWithin, Fault::FailsAfter] {
        let weir = Weir::with((0..150).map(call));
        weir.outbox.at_remove(fault);
        assert!(weir.tried().is_err(), "{fault:?} should be told");
        let drained = weir.drained();
        assert_eq!(drained.stored, 50, "{fault:?}: the rest should be stored: {drained:?}");
        assert_eq!((drained.failed, drained.left), (0, 0), "{fault:?}: {drained:?}");
        assert_eq!(weir.kept(), (150, 150, "0.15".to_owned()), "{fault:?} should charge nothing twice");
    }
    let weir = Weir::with([call(1)]);
    weir.outbox.fail_reads(1);
    assert!(weir.tried().is_err(), "an outbox that can't be read should not pass for an empty one");
}

#[test]
fn log_has_one_line_per_kind_of_fault() {
    let weir = Weir::with((0..150).map(|number| format!("no event {number}")).chain([call(1), call(2)]));
    weir.books.at_write(BookFault::FailsBefore);
    let lines = RefCell::new(Vec::new());
    let log = |line: &str| lines.borrow_mut().push(line.to_owned());
    let drained = to_end(drain(&weir.outbox, &weir.objects, &weir.books, LONG, || 0, log));
    assert_eq!(drained.expect("the outbox should answer").failed, 2);
    let lines = lines.into_inner();
    let books = "2 × an event could not be stored and will be delivered again: its charge could not be written: ";
    assert!(lines.len() == 2 && lines[1].starts_with(books), "a fault should be one line, however often: {lines:?}");
    assert_eq!(lines[0], "150 × a delivery was rejected: not_json");
}

#[test]
fn killed_drain_loses_and_repeats_nothing() {
    let bodies = || [call(1), "no event".to_owned(), call(2), refused(3).into_json(), call(1)];
    let mut steps = 0;
    for killed_at in 0.. {
        let weir = Weir::with(bodies());
        weir.yield_between_steps();
        let ended = {
            let mut dying = pin!(weir.round(LONG));
            let mut context = Context::from_waker(Waker::noop());
            (0..killed_at).any(|_| matches!(dying.as_mut().poll(&mut context), Poll::Ready(_)))
        };
        let drained = to_end(weir.round(LONG)).expect("the outbox should answer");
        assert_eq!((drained.failed, drained.left), (0, 0), "killed after {killed_at} steps: {drained:?}");
        assert_eq!(weir.kept(), (3, 2, "0.002".to_owned()), "killed after {killed_at} steps");
        if ended {
            break;
        }
        steps += 1;
    }
    assert!(steps >= 10, "there should be many steps to be killed at, not {steps}");
}

#[test]
fn concurrent_drains_store_each_event_once() {
    let weir = Weir::with((0..120).map(call));
    weir.yield_between_steps();
    let drained = to_end(join_all((0..3).map(|_| weir.round(LONG))));
    let drained: Vec<DrainReport> = drained.into_iter().map(|one| one.expect("the outbox should answer")).collect();
    assert_eq!(drained.iter().map(|one| one.stored).sum::<u64>(), 120, "each should be stored by one: {drained:?}");
    assert!(drained.iter().all(|one| one.failed == 0), "and fail for none: {drained:?}");
    assert_eq!(weir.kept(), (120, 120, "0.12".to_owned()));
    assert!(weir.outbox.bodies().is_empty(), "nothing should wait");
}

#[test]
fn event_accepted_while_draining_is_not_lost() {
    let weir = Weir::with([call(1)]);
    weir.yield_between_steps();
    let mut round = pin!(weir.round(LONG));
    let mut context = Context::from_waker(Waker::noop());
    let mut number = 1;
    while round.as_mut().poll(&mut context).is_pending() {
        number += 1;
        weir.outbox.append(call(number));
    }
    to_end(weir.round(LONG)).expect("the outbox should answer");
    assert_eq!(weir.kept().0, usize::from(number), "each should be kept, whenever it came");
}

proptest! {
    #[test]
    fn rounds_settle_everything_once_under_any_faults(
        events in proptest::collection::vec((0u8..60, 0u8..3), 1..160),
        faults in proptest::collection::vec((0u8..4, 0u8..4, 0u8..4), 0..16),
        kills in proptest::collection::vec(0usize..30, 0..6),
    ) {
        let weir = Weir::with(events.iter().map(|(number, kind)| match kind {
            0 => call(*number),
            1 => refused(*number + 100).into_json(),
            _ => format!("no event {number}"),
        }));
        weir.yield_between_steps();
        for (trail, book, outbox) in faults {
            weir.objects.at_put(match trail {
                0 => TrailFault::FailsBefore,
                1 => TrailFault::FailsAfter,
                2 => TrailFault::Conflicts,
                _ => TrailFault::None,
            });
            weir.books.at_write([BookFault::FailsBefore, BookFault::FailsAfter, BookFault::None, BookFault::None][usize::from(book)]);
            weir.outbox.at_remove([Fault::FailsBefore, Fault::FailsWithin, Fault::FailsAfter, Fault::None][usize::from(outbox)]);
        }
        for killed_at in kills {
            let mut dying = pin!(weir.round(LONG));
            let mut context = Context::from_waker(Waker::noop());
            let _ = (0..killed_at).any(|_| dying.as_mut().poll(&mut context).is_ready());
        }
        let settled = (0..60).any(|_| to_end(weir.round(LONG)).is_ok_and(|drained| drained.left == 0));
        prop_assert!(settled, "everything should settle in the end");
        let ids: BTreeSet<(u8, u8)> = events.iter().copied().filter(|(_, kind)| *kind < 2).collect();
        let calls = ids.iter().filter(|(_, kind)| *kind == 0).count() as u64;
        let (kept, charged, _) = weir.kept();
        prop_assert_eq!((kept, charged), (ids.len(), calls), "each event once, each call charged once");
    }
}
