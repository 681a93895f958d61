//! `Clock` on Spin: WASI's system clock.

use ports::{Clock, Timestamp};
use spin_sdk::wasip3::clocks::system_clock;

/// `wasi:clocks/system-clock`.
#[derive(Debug, Clone, Copy)]
pub struct SpinClock;

impl Clock for SpinClock {
    fn now(&self) -> Timestamp {
        let now = system_clock::now();
        // The port promises a time after 2025; a clock before 1970 is as wrong as one at 1970.
        let seconds = u64::try_from(now.seconds).unwrap_or_default();
        Timestamp::from_millis(seconds.saturating_mul(1000) + u64::from(now.nanoseconds) / 1_000_000)
    }
}
