//! `Background` on Spin: a task of the request that goes on after its answer.

use ports::Background;
use spin_sdk::wasip3;

/// `wasip3::spawn`: runs until it ends, the instance's time after an answer is over, something in the instance panics, or the
/// process is told to stop. Only what is accepted before the answer ends is safe.
#[derive(Debug, Clone, Copy)]
pub struct SpinBackground;

impl Background for SpinBackground {
    const OUTLIVES_RESPONSE: bool = false;

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        wasip3::spawn(work);
    }
}
