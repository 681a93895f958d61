//! Limits that are known to be used up, so that no store is asked again before their minute ends.

use std::time::Duration;

use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// Limits: a key is some 100 bytes. Losing them all costs one question to the store each.
const CAPACITY: usize = 4096;

/// The end of the minute of each limit that a store has called used up, by the key in the store.
pub(crate) struct Exhausted(pub(super) BoundedMap<String, Limit>);

/// The limit that is used up, and the end of its minute.
pub(super) struct Limit {
    limit: u64,
    ends: Timestamp,
}

impl Default for Exhausted {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Exhausted {
    /// The time until `key` can be taken from again, if it is known to be used up. A limit that was changed is unknown.
    pub(crate) fn ends_in(&self, key: &str, limit: u64, now: Timestamp) -> Option<Duration> {
        let known = self.0.find(key, now).filter(|known| known.limit == limit)?;
        Some(known.ends.since(now))
    }

    /// Notes that nothing is left of `limit` until `ends_in` from now.
    pub(crate) fn note(&mut self, key: String, limit: u64, ends_in: Duration, now: Timestamp) {
        let ends = now.after(ends_in);
        self.0.insert(key, Limit { limit, ends }, 1, Some(Life::until(now, ends)));
    }
}
