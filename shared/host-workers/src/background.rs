//! `Background` on Workers: `ctx.waitUntil`.

use gateway::ports::Background;
use js_sys::futures::future_to_promise;
use wasm_bindgen::JsValue;

use crate::bindings::ExecutionContext;

/// `ctx.waitUntil`: up to 30 s after the response has been sent or the client has gone.
#[derive(Clone)]
pub struct WorkersBackground(ExecutionContext);

impl WorkersBackground {
    /// Background work of the request with this context.
    pub fn new(context: ExecutionContext) -> Self {
        Self(context)
    }
}

impl Background for WorkersBackground {
    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        self.0.wait_until(&future_to_promise(async move {
            work.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}
