//! Typed declarations of the functions of `glue.js`, which documents them.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};

use crate::bindings::{Bucket, MessageBatch, Tables};

#[wasm_bindgen(module = "/src/glue.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestHead)]
    pub(crate) fn request_head(request: &Request) -> String;

    #[wasm_bindgen(js_name = bodyUpTo)]
    pub(crate) fn body_up_to(request: &Request, limit: usize, most: usize) -> Promise;

    pub(crate) fn place(request: &Request) -> String;

    #[wasm_bindgen(catch)]
    pub(crate) fn answer(status: u16, headers: &str, body: Option<&[u8]>) -> Result<Response, JsValue>;

    pub(crate) fn settled(work: &Promise, deadline_millis: u32) -> Promise;

    pub(crate) fn stored(bucket: &Bucket, key: &str) -> Promise;

    pub(crate) fn keys(bucket: &Bucket, prefix: &str, after: Option<&str>, limit: usize) -> Promise;

    pub(crate) fn transact(database: &Tables, statements: &str) -> Promise;

    pub(crate) fn rows(database: &Tables, statement: &str) -> Promise;

    pub(crate) fn retry(batch: &MessageBatch, indexes: &[u32]);

    pub(crate) fn bodies(batch: &MessageBatch) -> Vec<String>;

    pub(crate) type Pipe;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Pipe;

    #[wasm_bindgen(method, catch)]
    pub(crate) fn answer(this: &Pipe, status: u16, headers: &str) -> Result<Response, JsValue>;

    #[wasm_bindgen(method)]
    pub(crate) fn write(this: &Pipe, chunk: &[u8]) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Pipe) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Pipe);

    pub(crate) type Exchange;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Exchange;

    #[wasm_bindgen(method)]
    pub(crate) fn send(
        this: &Exchange,
        target: &JsValue,
        method: &str,
        url: &str,
        headers: &str,
        body: Option<&[u8]>,
        deadline_millis: u32,
    ) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn read(this: &Exchange, deadline_millis: u32) -> Option<Promise>;

    #[wasm_bindgen(method)]
    pub(crate) fn cancel(this: &Exchange);

    #[wasm_bindgen(method, getter)]
    pub(crate) fn whole(this: &Exchange) -> Option<ArrayBuffer>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn late(this: &Exchange) -> bool;
}

/// The bytes of an `ArrayBuffer` or of a view, copied into wasm.
pub(crate) fn bytes(value: &JsValue) -> bytes::Bytes {
    Uint8Array::new(value).to_vec().into()
}

/// The text of a thrown value, for logs and errors: the message of an `Error`, or the value itself.
pub(crate) fn message(thrown: &JsValue) -> String {
    use wasm_bindgen::JsCast;
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => thrown.as_string().unwrap_or_else(|| "an error without a message".into()),
    }
}
