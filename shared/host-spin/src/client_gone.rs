//! `ClientGone` on Spin: a write of the answer that nobody reads.

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::{Shared, pending};
use ports::ClientGone;

/// Whether the client of one request has gone. Spin tells a component only when it writes to somebody who has, so before the
/// answer begins this stays pending, and in a stream it takes until the next frame or keep-alive comment.
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
    /// The client has gone.
    pub(crate) fn fire(&self) {
        if let Some(fire) = self.fire.take() {
            // Nobody listens any more: nobody has to be told.
            let _ = fire.send(());
        }
    }
}

impl ClientGone for SpinClientGone {
    fn gone(&self) -> impl Future<Output = ()> + 'static {
        let gone = self.gone.clone();
        async move {
            // The sender goes unheard when the request is over: no news, and not the news that the client has gone.
            if gone.await.is_err() {
                pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn gone_resolves_for_all_who_wait_and_stays_so() {
        let client = SpinClientGone::default();
        let early = client.gone();
        assert!(client.gone().now_or_never().is_none(), "a client that waits should be pending");
        client.fire();
        client.fire();
        assert!(early.now_or_never().is_some(), "who waited before should be told");
        assert!(client.gone().now_or_never().is_some(), "who asks afterwards should be told too");
    }

    #[test]
    fn the_end_of_a_request_is_no_client_that_left() {
        let gone = SpinClientGone::default().gone();
        assert!(gone.now_or_never().is_none(), "a request that is over should say nothing");
    }
}
