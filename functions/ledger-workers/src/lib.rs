//! The ledger as a Cloudflare Worker.

use host_workers::bindings::{ExecutionContext, MessageBatch};
use host_workers::trail;
use worker::js_sys::Promise;
use worker::wasm_bindgen;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::web_sys::Request;

/// Settles one batch of the queue.
#[wasm_bindgen]
pub fn queue(batch: MessageBatch, environment: JsValue, _context: ExecutionContext) -> Promise {
    trail::consume(batch, environment)
}

/// Drains the outbox, on a schedule.
#[wasm_bindgen]
pub fn scheduled(_event: JsValue, environment: JsValue, _context: ExecutionContext) -> Promise {
    trail::sweep(environment)
}

/// Responds to one HTTP request.
#[wasm_bindgen]
pub fn fetch(request: Request, environment: JsValue, _context: ExecutionContext) -> Promise {
    trail::answer(request, environment)
}
