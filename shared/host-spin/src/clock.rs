//! `Clock` on Spin: the system clock of WASI.

use ports::{Clock, Timestamp};
use spin_sdk::wasip3::clocks::system_clock;

/// `wasi:clocks/system-clock`.
#[derive(Debug, Clone, Copy)]
pub struct SpinClock;

impl Clock for SpinClock {
    fn now(&self) -> Timestamp {
        let now = system_clock::now();
        // A clock before 1970 is set to 1970: both are before 2025, which the port excludes.
        let seconds = u64::try_from(now.seconds).unwrap_or_default();
        Timestamp::from_millis(seconds.saturating_mul(1000) + u64::from(now.nanoseconds) / 1_000_000)
    }
}
