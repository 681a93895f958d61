//! The `Outbox` port in memory, with faults that a test injects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use super::{Handle, Outbox, OutboxError, OutboxEvent};
use crate::objects::memory::Step;

/// A fault of one later `remove`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No fault: the removal succeeds.
    None,
    /// An error before the removal.
    FailsBefore,
    /// An error after the removal, like a lost response.
    FailsAfter,
    /// An error after half of the removals.
    FailsWithin,
}

/// A numbered list of events for one thread and any number of tasks.
#[derive(Default)]
pub struct MemoryOutbox {
    events: RefCell<BTreeMap<u64, String>>,
    appended: Cell<u64>,
    faults: RefCell<VecDeque<Fault>>,
    unreadable: Cell<u32>,
    yields: Cell<bool>,
}

impl MemoryOutbox {
    /// An empty outbox without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts an event, as a gateway's sink does.
    pub fn append(&self, body: impl Into<String>) {
        self.appended.set(self.appended.get() + 1);
        self.events.borrow_mut().insert(self.appended.get(), body.into());
    }

    /// The body of every event, for assertions.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.events.borrow().values().cloned().collect()
    }

    /// Queues a fault; each `remove` takes the next one from the queue.
    pub fn at_remove(&self, fault: Fault) {
        self.faults.borrow_mut().push_back(fault);
    }

    /// Makes the next `times` reads (`take` and `left`) fail.
    pub fn fail_reads(&self, times: u32) {
        self.unreadable.set(times);
    }

    /// Makes every later operation return `Pending` once before it runs, and a removal once more after it.
    pub fn yield_between_steps(&self) {
        self.yields.set(true);
    }

    async fn read(&self) -> Result<(), OutboxError> {
        Step::new(self.yields.get()).await;
        match self.unreadable.get() {
            0 => Ok(()),
            times => {
                self.unreadable.set(times - 1);
                Err(OutboxError("told to fail".to_owned()))
            }
        }
    }
}

/// The number in a handle; greater than every number for a handle of another outbox.
fn number(handle: &Handle) -> u64 {
    handle.0.parse().unwrap_or(u64::MAX)
}

impl Outbox for MemoryOutbox {
    async fn take(&self, after: Option<&Handle>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
        self.read().await?;
        let after = after.map_or(0, number);
        let events = self.events.borrow();
        let next = events.iter().filter(|(at, _)| **at > after).take(limit);
        Ok(next.map(|(at, body)| OutboxEvent { handle: Handle(at.to_string()), body: body.clone() }).collect())
    }

    async fn remove(&self, settled: &[Handle]) -> Result<(), OutboxError> {
        Step::new(self.yields.get()).await;
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        let removed = match fault {
            Fault::FailsBefore => 0,
            Fault::FailsWithin => settled.len() / 2,
            Fault::None | Fault::FailsAfter => settled.len(),
        };
        for handle in settled.iter().take(removed) {
            self.events.borrow_mut().remove(&number(handle));
        }
        Step::new(self.yields.get()).await;
        if fault == Fault::None { Ok(()) } else { Err(OutboxError("told to fail".to_owned())) }
    }

    async fn left(&self) -> Result<u64, OutboxError> {
        self.read().await?;
        Ok(self.events.borrow().len() as u64)
    }
}
