//! `Background` on Spin: a task of the request that continues after the response.

use ports::Background;
use spin_sdk::wasip3;

/// `wasip3::spawn`: runs until the task ends, the instance's time after a response is over, the instance panics, or the
/// process stops (SIGTERM). Only work that ends before the response does is safe.
#[derive(Debug, Clone, Copy)]
pub struct SpinBackground;

impl Background for SpinBackground {
    const OUTLIVES_RESPONSE: bool = false;

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        wasip3::spawn(work);
    }
}
