//! Deadlines: every wait for others is bounded.

use std::time::Duration;

use futures::future::{Either, select};
use futures::pin_mut;

use ports::{Host, Timer};

/// The output of `work`; `None` if `limit` passes first. Then `work` is dropped, which cancels it.
pub(crate) async fn within<H: Host, F: Future>(host: &H, limit: Duration, work: F) -> Option<F::Output> {
    let late = host.timer().sleep(limit);
    pin_mut!(work, late);
    match select(work, late).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
