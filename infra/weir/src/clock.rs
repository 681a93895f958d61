//! The system's clock: epochs and sequences are instants of publication.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::failure::Failure;

/// The current time, Unix milliseconds.
#[allow(clippy::disallowed_methods, reason = "a native command has no Clock port; only this function reads the time")]
pub fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Failure::Clock)?;
    u64::try_from(since.as_millis()).map_err(|_| Failure::Clock)
}
