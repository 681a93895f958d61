//! The eras that the isolate has found out, by origin.

use std::time::Duration;

use mcp::era::Era;
use ports::Timestamp;

use super::held::Held;

/// The most origins whose era is remembered.
const CAPACITY: usize = 1024;

/// The time in which an origin is not asked again, after a request that found its era unchanged.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// The era of each origin that was asked.
pub(crate) struct Eras(pub(super) Held<String, KnownEra>);

/// An origin's era.
#[derive(Clone, Copy)]
pub(crate) struct KnownEra {
    pub(crate) era: Era,
    /// The last request that found the era unchanged.
    pub(crate) confirmed: Option<Timestamp>,
}

impl Default for Eras {
    fn default() -> Self {
        Self(Held::new(CAPACITY))
    }
}

impl Eras {
    /// The origin's era, if it is known.
    pub(crate) fn find(&self, origin: &str) -> Option<Era> {
        self.0.lasting(origin).map(|known| known.era)
    }

    /// True if the era was confirmed so recently that the origin is not asked again.
    pub(crate) fn is_confirmed(&self, origin: &str, now: Timestamp) -> bool {
        let confirmed = self.0.lasting(origin).and_then(|known| known.confirmed);
        confirmed.is_some_and(|confirmed| confirmed <= now && now.since(confirmed) < RETRY_AFTER)
    }

    /// Holds the origin's era.
    pub(crate) fn insert(&mut self, origin: String, known: KnownEra) {
        self.0.insert(origin, known, 1, None);
    }
}
