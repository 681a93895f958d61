//! Time in memory: a clock that the test sets, and timers that fire when it moves.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::{Clock, Timer, Timestamp};

/// A flag that futures can wait for.
#[derive(Default)]
pub(super) struct Signal {
    fired: bool,
    waiting: Vec<Waker>,
}

impl Signal {
    pub(super) fn fire(&mut self) {
        self.fired = true;
        self.waiting.drain(..).for_each(Waker::wake);
    }

    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        if self.fired {
            return Poll::Ready(());
        }
        self.waiting.push(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn wait(signal: Rc<RefCell<Self>>) -> impl Future<Output = ()> + 'static {
        poll_fn(move |context| signal.borrow_mut().poll(context))
    }
}

/// A clock that moves only when it is set.
#[derive(Clone)]
pub struct MemoryClock(Rc<Cell<Timestamp>>);

impl MemoryClock {
    /// A clock at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Rc::new(Cell::new(now)))
    }

    /// The clock's current time.
    pub fn at(&self) -> Timestamp {
        self.0.get()
    }

    /// Sets the clock, forwards or backwards; no timer fires (see [`super::Memory::pass`]).
    pub fn set(&self, now: Timestamp) {
        self.0.set(now);
    }
}

impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        self.at()
    }
}

struct Sleeper {
    due: Timestamp,
    signal: Rc<RefCell<Signal>>,
}

/// Timers that fire when the memory clock reaches them.
#[derive(Clone)]
pub struct MemoryTimer {
    clock: MemoryClock,
    sleepers: Rc<RefCell<Vec<Sleeper>>>,
}

impl MemoryTimer {
    /// Timers of `clock`.
    pub fn new(clock: MemoryClock) -> Self {
        Self { clock, sleepers: Rc::default() }
    }

    /// The time of the clock.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.at()
    }

    /// Moves the clock to the next timer and fires it; false if no timer waits.
    pub fn advance_to_next(&self) -> bool {
        self.advance_to_next_before(Timestamp::from_millis(u64::MAX))
    }

    /// Does the same, if that timer is due by `until`.
    pub fn advance_to_next_before(&self, until: Timestamp) -> bool {
        let mut sleepers = self.sleepers.borrow_mut();
        // A sleeper whose future was dropped is held by this list alone.
        sleepers.retain(|sleeper| Rc::strong_count(&sleeper.signal) > 1);
        let Some(next) = (0..sleepers.len()).min_by_key(|&at| sleepers[at].due) else {
            return false;
        };
        if sleepers[next].due > until {
            return false;
        }
        let sleeper = sleepers.swap_remove(next);
        drop(sleepers);
        self.clock.set(self.clock.at().max(sleeper.due));
        sleeper.signal.borrow_mut().fire();
        true
    }
}

impl Timer for MemoryTimer {
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        let signal = Rc::new(RefCell::new(Signal::default()));
        let due = self.clock.at().after(duration);
        self.sleepers.borrow_mut().push(Sleeper { due, signal: signal.clone() });
        Signal::wait(signal)
    }
}
