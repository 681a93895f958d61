//! The `Outbox` port in memory, with faults that a test puts between its steps.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};

use super::{Handle, Outbox, OutboxError, Waiting};
use crate::objects::memory::Step;

/// What happens to one coming `remove`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: this one goes through.
    None,
    /// It fails and nothing is removed.
    FailsBefore,
    /// It fails although everything is removed, like an answer that got lost.
    FailsAfter,
    /// It fails halfway.
    FailsWithin,
}

/// A numbered list. One thread, any number of tasks.
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

    /// Every event that waits, for assertions.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.events.borrow().values().cloned().collect()
    }

    /// Queues what happens to the next `remove` for which nothing has been queued yet.
    pub fn at_remove(&self, fault: Fault) {
        self.faults.borrow_mut().push_back(fault);
    }

    /// Lets the next `times` reads (`take` and `left`) fail.
    pub fn fail_reads(&self, times: u32) {
        self.unreadable.set(times);
    }

    /// From now on every operation is pending once before it happens, and a removal once more after it.
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

/// Beyond every number for a handle that this outbox never gave.
fn number(handle: &Handle) -> u64 {
    handle.0.parse().unwrap_or(u64::MAX)
}

impl Outbox for MemoryOutbox {
    async fn take(&self, after: Option<&Handle>, limit: usize) -> Result<Vec<Waiting>, OutboxError> {
        self.read().await?;
        let after = after.map_or(0, number);
        let events = self.events.borrow();
        let next = events.iter().filter(|(at, _)| **at > after).take(limit);
        Ok(next.map(|(at, body)| Waiting { handle: Handle(at.to_string()), body: body.clone() }).collect())
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
