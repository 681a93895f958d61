//! The runtime's objects that a Worker receives (environment, context, bindings), typed by the methods that Weir calls.
//!
//! A type stands for any object with these methods. None is checked by class, so a test double can replace it.

use js_sys::{JsString, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The `ctx` of one event.
    #[derive(Clone)]
    pub type ExecutionContext;

    /// Keeps the event alive until `promise` is settled.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub fn wait_until(this: &ExecutionContext, promise: &Promise);

    /// A Workers KV namespace.
    #[derive(Clone)]
    pub type Namespace;

    /// Resolves with an `ArrayBuffer`, or with null for a missing key.
    #[wasm_bindgen(method, catch)]
    pub fn get(this: &Namespace, key: &str, options: &JsValue) -> Result<Promise, JsValue>;

    /// Writes the value of `key`.
    #[wasm_bindgen(method, catch)]
    pub fn put(this: &Namespace, key: &str, value: &JsValue) -> Result<Promise, JsValue>;

    /// Removes the value of `key`.
    #[wasm_bindgen(method, catch)]
    pub fn delete(this: &Namespace, key: &str) -> Result<Promise, JsValue>;

    /// The producer side of a queue.
    #[derive(Clone)]
    pub type Queue;

    /// Resolves when the queue has accepted the message.
    #[wasm_bindgen(method, catch)]
    pub fn send(this: &Queue, body: &JsString, options: &JsValue) -> Result<Promise, JsValue>;

    /// An R2 bucket.
    #[derive(Clone)]
    pub type Bucket;

    /// Resolves with the written object, or with null if a condition in `options` did not hold.
    #[wasm_bindgen(method, catch)]
    pub fn put(this: &Bucket, key: &str, value: &JsValue, options: &JsValue) -> Result<Promise, JsValue>;

    /// Removes an object; no error if it is missing.
    #[wasm_bindgen(method, catch)]
    pub fn delete(this: &Bucket, key: &str) -> Result<Promise, JsValue>;

    /// A D1 database; only `glue.js` calls its methods.
    #[derive(Clone)]
    pub type Tables;

    /// A batch of messages for a queue's consumer.
    pub type MessageBatch;

    /// A namespace of Durable Objects.
    #[derive(Clone)]
    pub type ObjectNamespace;

    /// The id of the Durable Object called `name`.
    #[wasm_bindgen(method, catch, js_name = idFromName)]
    pub fn id_from_name(this: &ObjectNamespace, name: &str) -> Result<JsValue, JsValue>;

    /// The stub of a Durable Object, which has a `fetch`.
    #[wasm_bindgen(method, catch)]
    pub fn get(this: &ObjectNamespace, id: &JsValue) -> Result<JsValue, JsValue>;
}

/// A fault in a Worker's bindings; names the binding and never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// The environment has no binding of this name.
    #[error("the binding `{name}` ({kind}) is missing; add it to wrangler.toml")]
    Missing {
        /// The binding's name in `wrangler.toml`.
        name: &'static str,
        /// The required kind, with its article: `a KV namespace`.
        kind: &'static str,
    },
    /// The binding lacks a method of its kind.
    #[error("the binding `{name}` is not {kind}: it has no method `{method}`")]
    WrongKind {
        /// The binding's name in `wrangler.toml`.
        name: &'static str,
        /// The required kind, with its article: `a KV namespace`.
        kind: &'static str,
        /// The missing method.
        method: &'static str,
    },
}

/// The binding `name`, which must have the method `method`.
pub(crate) fn find<B: JsCast>(
    environment: &JsValue,
    name: &'static str,
    kind: &'static str,
    method: &'static str,
) -> Result<B, BindingError> {
    let value = property(environment, name).ok_or(BindingError::Missing { name, kind })?;
    match property(&value, method) {
        Some(found) if found.is_function() => Ok(value.unchecked_into()),
        _ => Err(BindingError::WrongKind { name, kind, method }),
    }
}

/// The property `name`; `None` if it is undefined or null.
pub(crate) fn property(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok().filter(|found| !found.is_undefined() && !found.is_null())
}

/// A plain JavaScript object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        // Setting a property of a fresh plain object can't fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
