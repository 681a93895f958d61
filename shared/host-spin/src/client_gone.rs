//! `ClientGone` on Spin: signaled by a failed write of the response.

use std::cell::Cell;
use std::rc::Rc;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Shared, pending};
use ports::ClientGone;

/// The disconnect of one request's client. Spin reports it only when a write fails. So it stays pending until the
/// response begins, and in a stream until the next frame or keep-alive comment.
#[derive(Clone)]
pub struct SpinClientGone {
    fire: Rc<Cell<Option<oneshot::Sender<()>>>>,
    gone: Shared<oneshot::Receiver<()>>,
}

impl Default for SpinClientGone {
    fn default() -> Self {
        let (fire, gone) = oneshot::channel();
        Self { fire: Rc::new(Cell::new(Some(fire))), gone: gone.shared() }
    }
}

impl SpinClientGone {
    /// Signals that the client is gone.
    pub(crate) fn fire(&self) {
        if let Some(fire) = self.fire.take() {
            // An error means that no future waits any more.
            let _ = fire.send(());
        }
    }
}

impl ClientGone for SpinClientGone {
    fn gone(&self) -> impl Future<Output = ()> + 'static {
        let gone = self.gone.clone();
        async move {
            // An error means that the request ended, not that the client is gone.
            if gone.await.is_err() {
                pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn gone_resolves_for_every_future_and_stays_resolved() {
        let client = SpinClientGone::default();
        let early = client.gone();
        assert!(client.gone().now_or_never().is_none(), "a connected client should be pending");
        client.fire();
        client.fire();
        assert!(early.now_or_never().is_some(), "an earlier wait should end");
        assert!(client.gone().now_or_never().is_some(), "a later wait should end, too");
    }

    #[test]
    fn end_of_request_is_not_gone() {
        let gone = SpinClientGone::default().gone();
        assert!(gone.now_or_never().is_none(), "the end of a request should not count as a disconnect");
    }
}
