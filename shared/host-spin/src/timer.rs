//! `Timer` on Spin: the monotonic clock of WASI.

use std::time::Duration;

use futures::future::{Either, select};
use futures::pin_mut;
use ports::Timer;
use spin_sdk::wasip3::clocks::monotonic_clock;

/// `wasi:clocks/monotonic-clock`.
#[derive(Debug, Clone, Copy)]
pub struct SpinTimer;

impl Timer for SpinTimer {
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + 'static {
        // Starts at the first poll; dropping the future cancels it.
        monotonic_clock::wait_for(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// The result of `work`; `None` after `limit`. Work that is ready at the first poll starts no timer.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    let late = SpinTimer.sleep(limit);
    pin_mut!(work, late);
    match select(work, late).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
