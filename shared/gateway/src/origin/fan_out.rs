//! One request to each of several origins side by side, under one deadline for all.
//!
//! ```text
//! place 1   silent ············|  silent ············|      an origin gives up its place after its share of the
//! place 2   silent ············|  answers ─▶                deadline, if another one waits for a place
//! place 3   answers ─▶ answers ─▶ answers ─▶ …
//! ```
//!
//! Every origin is therefore asked before the deadline, however many of the others are silent.

use std::cell::Cell;
use std::time::Duration;

use futures::{StreamExt, pin_mut, stream};
use ports::{Clock, Host};

use crate::deadline::within;

/// Origins that are asked at the same moment. A request on Workers has six connections; more would wait for a free one
/// while their deadlines run.
pub(super) const AT_ONCE: usize = 6;

/// The outputs of `asks`, in order; `None` for one that did not end in time. Each ask comes with its own timeout, and
/// none runs beyond `deadline`.
pub(super) async fn fan_out<H: Host, F: Future>(
    host: &H,
    deadline: Duration,
    asks: Vec<(Duration, F)>,
) -> Vec<Option<F::Output>> {
    let mut outputs: Vec<Option<F::Output>> = asks.iter().map(|_| None).collect();
    let rounds = u32::try_from(asks.len().div_ceil(AT_ONCE)).unwrap_or(u32::MAX).max(1);
    let (began, share, waiting) = (host.clock().now(), deadline / rounds, &Cell::new(asks.len()));
    let running = stream::iter(asks.into_iter().enumerate()).map(|(at, (timeout, ask))| async move {
        waiting.set(waiting.get() - 1);
        let left = timeout.min(deadline.saturating_sub(host.clock().now().since(began)));
        let share = share.min(left);
        if left.is_zero() {
            return (at, None);
        }
        pin_mut!(ask);
        match within(host, share, ask.as_mut()).await {
            None if waiting.get() == 0 && share < left => (at, within(host, left - share, ask).await),
            output => (at, output),
        }
    });
    let mut running = running.buffer_unordered(AT_ONCE);
    while let Some((at, output)) = running.next().await {
        outputs[at] = output;
    }
    drop(running);
    outputs
}
