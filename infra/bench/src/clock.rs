//! Time as it passes: what a bench is about.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, to measure from.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time; nothing here is tested against time")]
pub fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "workerd has the real clock, so its tokens and records have it too")]
pub fn unix_milliseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
