//! `Background` on Workers: one promise for `ctx.waitUntil` per request, and all of its work behind it.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt};
use js_sys::futures::future_to_promise;
use ports::Background;
use wasm_bindgen::JsValue;

use crate::bindings::ExecutionContext;

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// `ctx.waitUntil`: up to 30 s after the response has been sent or the client has gone.
///
/// A promise for each piece of work would make the runtime carry every wake-up from one to the other; within one promise
/// they wake each other without leaving wasm.
#[derive(Clone, Default)]
pub struct WorkersBackground(Rc<RefCell<Vec<Work>>>);

impl WorkersBackground {
    /// Runs `first`, and whatever is spawned until all of it has ended.
    pub(crate) fn run(self, context: &ExecutionContext, first: impl Future<Output = ()> + 'static) {
        self.spawn(first);
        let mut running = FuturesUnordered::new();
        let all = std::future::poll_fn(move |task| {
            loop {
                running.extend(self.0.take());
                match running.poll_next_unpin(task) {
                    Poll::Ready(Some(())) => {}
                    // What was just polled may have spawned more.
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
