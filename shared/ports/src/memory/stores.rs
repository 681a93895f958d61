//! Stores in memory, with faults that a test injects.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::{MemoryClock, MemoryTimer};
use crate::quota::Window;
use crate::secret::Secret;
use crate::{
    AcceptedBy, AuditSink, AuditSinkError, Claim, KeyValue, KeyValueError, Once, OnceError, Quota, QuotaError,
    SecretError, Secrets, TakeResult, Timer, Timestamp,
};

/// A map of bytes.
#[derive(Clone, Default)]
pub struct MemoryKeyValue {
    values: Rc<RefCell<BTreeMap<String, Bytes>>>,
    failing: Rc<Cell<bool>>,
    reads: Rc<Cell<u64>>,
}

impl MemoryKeyValue {
    /// Makes every later operation fail, or succeed again.
    pub fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }

    /// The number of reads so far.
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }

    /// Writes at once, outside any future.
    pub fn set(&self, key: &str, value: impl Into<Bytes>) {
        self.values.borrow_mut().insert(key.to_owned(), value.into());
    }

    /// Removes at once, outside any future.
    pub fn remove(&self, key: &str) {
        self.values.borrow_mut().remove(key);
    }

    fn check(&self) -> Result<(), KeyValueError> {
        if self.failing.get() { Err(KeyValueError("told to fail".into())) } else { Ok(()) }
    }
}

impl KeyValue for MemoryKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyValueError> {
        self.reads.set(self.reads.get() + 1);
        self.check()?;
        Ok(self.values.borrow().get(key).cloned())
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<(), KeyValueError> {
        self.check()?;
        self.set(key, value);
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.check()?;
        self.remove(key);
        Ok(())
    }
}

/// A map of secrets.
#[derive(Clone, Default)]
pub struct MemorySecrets(Rc<RefCell<HashMap<String, String>>>);

impl MemorySecrets {
    /// Sets a secret.
    pub fn set(&self, name: &str, value: impl Into<String>) {
        self.0.borrow_mut().insert(name.to_owned(), value.into());
    }
}

impl Secrets for MemorySecrets {
    async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let value = self.0.borrow().get(name).cloned();
        value.map(Secret::new).ok_or_else(|| SecretError::Missing(name.to_owned()))
    }
}

/// A set of claims.
#[derive(Clone)]
pub struct MemoryOnce {
    clock: MemoryClock,
    claims: Rc<RefCell<HashMap<String, Timestamp>>>,
    failing: Rc<Cell<bool>>,
}

impl MemoryOnce {
    /// A set of claims that expire by `clock`.
    pub fn new(clock: MemoryClock) -> Self {
        Self { clock, claims: Rc::default(), failing: Rc::default() }
    }

    /// Makes every later claim fail, or succeed again.
    pub fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }
}

impl Once for MemoryOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        if self.failing.get() {
            return Err(OnceError("told to fail".into()));
        }
        let now = self.clock.at();
        let mut claims = self.claims.borrow_mut();
        if claims.get(key).is_some_and(|&held_until| held_until > now) {
            return Ok(Claim::Replayed);
        }
        claims.insert(key.to_owned(), until);
        Ok(Claim::First)
    }
}

/// A map of windows.
#[derive(Clone)]
pub struct MemoryQuota {
    clock: MemoryClock,
    windows: Rc<RefCell<HashMap<String, Window>>>,
    failing: Rc<Cell<bool>>,
    takes: Rc<Cell<u64>>,
}

impl MemoryQuota {
    /// A map of windows that end by `clock`.
    pub fn new(clock: MemoryClock) -> Self {
        Self { clock, windows: Rc::default(), failing: Rc::default(), takes: Rc::default() }
    }

    /// The number of takes so far, also of those that failed or took nothing.
    pub fn takes(&self) -> u64 {
        self.takes.get()
    }

    /// Makes every later take fail, or succeed again.
    pub fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }
}

impl Quota for MemoryQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<TakeResult, QuotaError> {
        self.takes.set(self.takes.get() + 1);
        if self.failing.get() {
            return Err(QuotaError("told to fail".into()));
        }
        let mut windows = self.windows.borrow_mut();
        let (held, taken) = Window::take(windows.get(key).copied(), amount, limit, window, self.clock.at());
        if let Some(held) = held {
            windows.insert(key.to_owned(), held);
        }
        Ok(taken)
    }
}

/// A vector of events.
#[derive(Clone)]
pub struct MemoryAuditSink {
    timer: MemoryTimer,
    events: Rc<RefCell<Vec<String>>>,
    failing: Rc<Cell<bool>>,
    delay: Rc<Cell<Duration>>,
    owed: Rc<RefCell<HashMap<String, Timestamp>>>,
}

impl MemoryAuditSink {
    /// A sink that accepts every event at once, until [`MemoryAuditSink::fail`] or [`MemoryAuditSink::delay`] is
    /// called.
    pub fn new(timer: MemoryTimer) -> Self {
        Self { timer, events: Rc::default(), failing: Rc::default(), delay: Rc::default(), owed: Rc::default() }
    }

    /// Makes the sink refuse every later event, or accept events again.
    pub fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }

    /// Sets the time after which a later event is accepted or refused.
    pub fn delay(&self, delay: Duration) {
        self.delay.set(delay);
    }

    fn check(&self) -> Result<(), AuditSinkError> {
        if self.failing.get() { Err(AuditSinkError("told to fail".into())) } else { Ok(()) }
    }

    /// Every event accepted so far, in order.
    pub fn events(&self) -> Vec<String> {
        self.events.borrow().clone()
    }
}

impl AuditSink for MemoryAuditSink {
    const KEEPS_NOTES: bool = true;

    async fn append(&self, id: &str, event: String) -> Result<AcceptedBy, AuditSinkError> {
        if !self.delay.get().is_zero() {
            self.timer.sleep(self.delay.get()).await;
        }
        self.check()?;
        self.events.borrow_mut().push(event);
        self.owed.borrow_mut().remove(id);
        Ok(AcceptedBy::Queue)
    }

    async fn note_expected(&self, id: &str, until: Timestamp) -> Result<(), AuditSinkError> {
        self.check()?;
        self.owed.borrow_mut().insert(id.to_owned(), until);
        Ok(())
    }

    async fn remove_lost(&self) -> Result<u64, AuditSinkError> {
        self.check()?;
        let now = self.timer.now();
        Ok(self.owed.borrow_mut().extract_if(|_, until| *until <= now).count() as u64)
    }
}
