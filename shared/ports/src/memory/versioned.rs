//! `VersionedStore` in memory.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::MemoryClock;
use crate::versioned_store::within_bounds;
use crate::{ReplaceResult, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};

/// A map of values, each with its revision and its end.
#[derive(Clone)]
pub struct MemoryVersionedStore {
    clock: MemoryClock,
    values: Rc<RefCell<HashMap<String, (VersionedValue, Timestamp)>>>,
    failing: Rc<Cell<bool>>,
    operations: Rc<Cell<u64>>,
}

impl MemoryVersionedStore {
    /// An empty map whose values end by `clock`.
    pub fn new(clock: MemoryClock) -> Self {
        Self { clock, values: Rc::default(), failing: Rc::default(), operations: Rc::default() }
    }

    /// Makes every later operation fail, or succeed again.
    pub fn fail(&self, failing: bool) {
        self.failing.set(failing);
    }

    /// The number of operations so far.
    pub fn operations(&self) -> u64 {
        self.operations.get()
    }

    fn check(&self, key: &str, value: &[u8]) -> Result<(), VersionedStoreError> {
        self.operations.set(self.operations.get() + 1);
        if self.failing.get() {
            return Err(VersionedStoreError("told to fail".into()));
        }
        within_bounds(key, value)
    }

    fn current(&self, key: &str) -> Option<VersionedValue> {
        let values = self.values.borrow();
        values.get(key).filter(|(_, until)| *until > self.clock.at()).map(|(held, _)| held.clone())
    }
}

impl VersionedStore for MemoryVersionedStore {
    async fn get(&self, key: &str) -> Result<Option<VersionedValue>, VersionedStoreError> {
        self.check(key, &[])?;
        Ok(self.current(key))
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> Result<ReplaceResult, VersionedStoreError> {
        self.check(key, value)?;
        let current = self.current(key);
        let revision = current.as_ref().map(|held| held.revision);
        if revision != expected {
            return Ok(ReplaceResult::Conflict(current));
        }
        let revision = revision.unwrap_or(0) + 1;
        self.values.borrow_mut().insert(key.to_owned(), (VersionedValue { revision, value: value.to_vec() }, until));
        Ok(ReplaceResult::Written(revision))
    }

    async fn delete(&self, key: &str) -> Result<(), VersionedStoreError> {
        self.check(key, &[])?;
        self.values.borrow_mut().remove(key);
        Ok(())
    }
}
