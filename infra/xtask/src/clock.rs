//! The wall clock, to print durations.

use std::time::Instant;

/// The start of a measurement.
#[expect(
    clippy::disallowed_methods,
    reason = "a chore that says how long it took; nothing here is tested against time"
)]
pub fn now() -> Instant {
    Instant::now()
}
