//! The time in which the records of a publication may still be on their way.

use std::time::Duration;

use ports::Timestamp;

/// The time after which `head` and `quarantine` are read again. Workers KV itself caches a value for at least 30 s, so
/// a change is live everywhere within about a minute.
pub const REFRESH: Duration = Duration::from_secs(30);

/// The time after its publication in which an epoch's records may still be on their way to this place.
pub const PROPAGATION: Duration = Duration::from_secs(2 * 60);

/// The most that the publisher's clock may be ahead of ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// True if a record published at `instant`, Unix milliseconds, may still be on its way. Epochs and sequences are
/// instants of publication. An instant further ahead than clocks differ was dated wrongly, and is ignored.
pub(super) fn may_be_on_its_way(instant: u64, now: Timestamp) -> bool {
    let published = Timestamp::from_millis(instant);
    now.since(published) < PROPAGATION && !is_ahead(instant, now)
}

/// True if `instant`, Unix milliseconds, is further ahead than clocks differ.
pub(super) fn is_ahead(instant: u64, now: Timestamp) -> bool {
    Timestamp::from_millis(instant).since(now) >= CLOCKS_DIFFER
}
