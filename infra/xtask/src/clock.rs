//! Time as people see it pass: chores say how long they took.

use std::time::Instant;

/// Now, to measure from.
#[expect(
    clippy::disallowed_methods,
    reason = "a chore that says how long it took; nothing here is tested against time"
)]
pub fn now() -> Instant {
    Instant::now()
}
