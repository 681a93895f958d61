//! `Timer` on Spin: WASI's monotonic clock.

use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use ports::Timer;
use spin_sdk::wasip3::clocks::monotonic_clock;

/// `wasi:clocks/monotonic-clock`.
#[derive(Debug, Clone, Copy)]
pub struct SpinTimer;

impl Timer for SpinTimer {
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        // Asked of the host at the first poll; dropping the future takes it back.
        monotonic_clock::wait_for(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// What `work` gives, or nothing when it takes longer than `limit`. Work that is done at once starts no timer.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let late = SpinTimer.sleep(limit);
    pin_mut!(work, late);
    match select(work, late).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
