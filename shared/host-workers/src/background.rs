//! `Background` on Workers: one promise per request for `ctx.waitUntil`, with all of the request's work.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures::stream::{FuturesUnordered, StreamExt};
use js_sys::futures::future_to_promise;
use ports::Background;
use wasm_bindgen::JsValue;

use crate::bindings::ExecutionContext;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// `ctx.waitUntil`: up to 30 s after the response is sent or the client is gone.
///
/// One promise for all futures: they wake each other inside wasm. With a promise each, every wake-up would cross into
/// JavaScript and back.
#[derive(Clone, Default)]
pub struct WorkersBackground(Rc<RefCell<Vec<Work>>>);

impl WorkersBackground {
    /// Runs `first` and every future that is spawned, until all have ended.
    pub(crate) fn run(self, context: &ExecutionContext, first: impl Future<Output = ()> + 'static) {
        self.spawn(first);
        let mut running = FuturesUnordered::new();
        let all = std::future::poll_fn(move |task| {
            loop {
                running.extend(self.0.take());
                match running.poll_next_unpin(task) {
                    Poll::Ready(Some(())) => {}
                    // The future that was polled may have spawned another.
                    _ if !self.0.borrow().is_empty() => {}
                    Poll::Ready(None) => return Poll::Ready(Ok(JsValue::UNDEFINED)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        });
        context.wait_until(&future_to_promise(all));
    }
}

impl Background for WorkersBackground {
    const OUTLIVES_RESPONSE: bool = true;

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.0.borrow_mut().push(Box::pin(work));
    }
}
