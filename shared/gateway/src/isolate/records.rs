//! The registry's records that the isolate has verified.

use std::rc::Rc;
use std::time::Duration;

use ports::Timestamp;
use registry::record::Freshness;
use registry::snapshot::{Assignments, Gateway as GatewayRecord, Head, Quarantine};
use serde::{Deserialize, Serialize};

use super::held::{BoundedMap, Life};
use crate::virtual_server::VirtualServer;

/// Records of a kind. A virtual server of a hundred tools is some 300 kB once compiled.
const CAPACITY: usize = 128;
/// Names that the store does not have: a caller who tries names costs one read per name and half minute.
const MISSING_CAPACITY: usize = 1024;
const MISSING_LIFETIME: Duration = Duration::from_secs(30);

/// The verified records.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) head: Option<Standing<Head>>,
    pub(crate) quarantine: Option<Standing<Quarantine>>,
    pub(crate) live: Option<Live>,
    pub(crate) newest: Newest,
    /// The newer epoch whose gateway record could not be read, and the time of the attempt.
    pub(crate) behind: Option<(u64, Timestamp)>,
    pub(crate) virtual_servers: RecordCache<VirtualServer>,
    pub(crate) assignments: RecordCache<Assignments>,
}

/// The epoch that the isolate serves.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) epoch: u64,
    pub(crate) gateway: Rc<GatewayRecord>,
}

/// The newest registry that any isolate has seen, as far as this one knows.
#[derive(Default, Clone, Copy)]
pub(crate) struct Newest {
    /// True once the store has answered.
    pub(crate) is_known: bool,
    /// The revision of the stored value; `None` if there is none.
    pub(crate) revision: Option<u64>,
    pub(crate) marks: Marks,
    /// The time of the last attempt to read or write the value, if it failed.
    pub(crate) failed: Option<Timestamp>,
}

/// The stored value. A number that it lacks is 0.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Marks {
    /// The epoch that `head` names.
    pub(crate) epoch: Mark,
    /// The sequence of `head`.
    pub(crate) head: Mark,
    /// The sequence of `quarantine`.
    pub(crate) quarantine: Mark,
}

/// The newest of numbers that are instants of publication, Unix milliseconds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Mark {
    pub(crate) newest: u64,
    /// The newest that was everywhere when `newest` came: what may be served where `newest` hasn't arrived.
    pub(crate) settled: u64,
}

/// `head` or `quarantine`: rewritten in place, so kept from going back and from growing old.
pub(crate) struct Standing<T> {
    pub(crate) value: Rc<T>,
    pub(crate) freshness: Freshness,
    /// The last time that the store was asked.
    pub(crate) asked: Timestamp,
    /// The last time that the store returned this or a newer one.
    pub(crate) confirmed: Timestamp,
    /// The id of the key that signed it.
    pub(crate) key_id: Rc<str>,
    /// The reason why the last answer of the store was not taken; `None` if it was.
    pub(crate) refused: Option<&'static str>,
}

impl<T> Clone for Standing<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), key_id: self.key_id.clone(), ..*self }
    }
}

impl<T> Standing<T> {
    /// True if it can be used without asking the store.
    pub(crate) fn is_current(&self, now: Timestamp, refresh: Duration) -> bool {
        now.is_within(refresh, self.asked) && now.seconds() < self.freshness.valid_until
    }

    /// Puts this into `slot`, unless another request has meanwhile put a newer one there: requests wait for the store
    /// side by side. Returns the slot's new content.
    pub(crate) fn put(self, slot: &mut Option<Self>) -> Self {
        let newer = slot.clone().filter(|other| other.freshness.sequence > self.freshness.sequence);
        let newest = newer.unwrap_or(self);
        *slot = Some(newest.clone());
        newest
    }
}

/// Records of one kind by name: immutable under an epoch, so held until the epoch changes or the cache is full.
pub(crate) struct RecordCache<T> {
    pub(super) present: BoundedMap<String, (u64, Rc<T>)>,
    /// The epoch that has no record, by name.
    pub(super) missing: BoundedMap<String, u64>,
}

impl<T> Default for RecordCache<T> {
    fn default() -> Self {
        Self { present: BoundedMap::new(CAPACITY), missing: BoundedMap::new(MISSING_CAPACITY) }
    }
}

impl<T> RecordCache<T> {
    /// The record of this name with its epoch.
    pub(crate) fn find(&self, name: &str) -> Option<(u64, Rc<T>)> {
        self.present.lasting(name).cloned()
    }

    /// True if the store had no record of this name and epoch a short while ago.
    pub(crate) fn is_missing(&self, name: &str, epoch: u64, now: Timestamp) -> bool {
        self.missing.find(name, now) == Some(&epoch)
    }

    /// Holds a record, unless another request has put a newer one there while this one waited.
    pub(crate) fn insert(&mut self, name: String, epoch: u64, value: Rc<T>) {
        if self.present.lasting(&name).is_some_and(|(other, _)| *other > epoch) {
            return;
        }
        self.present.remove_outdated(1, |(other, _)| *other != epoch);
        self.present.insert(name, (epoch, value), 1, None);
    }

    /// Notes that the store has no record of this name and epoch.
    pub(crate) fn insert_missing(&mut self, name: String, epoch: u64, now: Timestamp) {
        self.missing.insert(name, epoch, 1, Some(Life::of(now, MISSING_LIFETIME)));
    }
}
