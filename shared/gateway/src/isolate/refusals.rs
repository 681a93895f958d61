//! Counts of refusals of anonymous callers that no audit event has reported yet.

use super::held::BoundedMap;

/// The most pairs of reason and status: more than exist.
const CAPACITY: usize = 1024;

/// A refusal's reason and HTTP status: legacy clients get another status for some reasons.
pub(crate) type Refused = (&'static str, u16);

/// The refusals of one reason and status in one minute.
pub(crate) struct Count {
    /// The beginning of the minute, in milliseconds since 1970.
    pub(crate) minute_ms: u64,
    /// The refusals that no event has reported.
    pub(crate) unwritten: u64,
}

/// The length of a minute in milliseconds.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// The counts of the current minute.
pub(crate) struct RefusalCounts(pub(super) BoundedMap<Refused, Count>);

impl Default for RefusalCounts {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl RefusalCounts {
    /// Counts one refusal, and returns the counts to write now: the first of a minute, and the rest of an earlier
    /// minute.
    pub(crate) fn count(&mut self, refused: Refused, now_ms: u64) -> Vec<(Refused, Count)> {
        let minute_ms = now_ms - now_ms % MINUTE_MS;
        match self.0.lasting_mut(&refused) {
            Some(count) if count.minute_ms == minute_ms => {
                count.unwritten += 1;
                Vec::new()
            }
            _ => {
                // `take_over` has taken what earlier minutes left, unless the minute turned since.
                let left = self.0.remove(&refused).filter(|left| left.unwritten > 0);
                self.0.insert(refused, Count { minute_ms, unwritten: 0 }, 1, None);
                let first = Count { minute_ms, unwritten: 1 };
                left.into_iter().chain([first]).map(|count| (refused, count)).collect()
            }
        }
    }

    /// Takes out the counts of the minutes that are over at `now_ms`.
    pub(crate) fn take_over(&mut self, now_ms: u64) -> Vec<(Refused, Count)> {
        self.0.extract(|_, count| now_ms >= count.minute_ms + MINUTE_MS)
    }

    /// True without a count.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
