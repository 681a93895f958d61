//! The system's clock, which only the publisher reads: epochs and sequences are publish instants.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::Failure;

/// Now, Unix milliseconds.
#[allow(
    clippy::disallowed_methods,
    reason = "a native command has no Clock port; this is its one place that tells time"
)]
pub fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Failure::Clock)?;
    u64::try_from(since.as_millis()).map_err(|_| Failure::Clock)
}
