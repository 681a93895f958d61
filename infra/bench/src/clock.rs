//! The real clock, for measuring and for token lifetimes.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The current instant of the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time; nothing here is tested against time")]
pub fn now() -> Instant {
    Instant::now()
}

/// The current time, Unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "workerd has the real clock, so its tokens and records have it too")]
pub fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
