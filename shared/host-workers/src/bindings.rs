//! What the runtime hands a Worker: its environment, its context and its bindings, by the methods that Weir calls.
//!
//! The types are names for whatever answers to these methods. None is checked by class, so a double can stand in.

use js_sys::{JsString, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// The context of one event.
    #[derive(Clone)]
    pub type ExecutionContext;

    /// Keeps the event alive until `promise` has settled.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub fn wait_until(this: &ExecutionContext, promise: &Promise);

    /// A Workers KV namespace.
    #[derive(Clone)]
    pub type Namespace;

    /// Resolves with an `ArrayBuffer`, or with null.
    #[wasm_bindgen(method, catch)]
    pub fn get(this: &Namespace, key: &str, options: &JsValue) -> Result<Promise, JsValue>;

    /// Writes a value.
    #[wasm_bindgen(method, catch)]
    pub fn put(this: &Namespace, key: &str, value: &JsValue) -> Result<Promise, JsValue>;

    /// Removes a value.
    #[wasm_bindgen(method, catch)]
    pub fn delete(this: &Namespace, key: &str) -> Result<Promise, JsValue>;

    /// A queue's producer side.
    #[derive(Clone)]
    pub type Queue;

    /// Resolves once the queue has the message.
    #[wasm_bindgen(method, catch)]
    pub fn send(this: &Queue, body: &JsString, options: &JsValue) -> Result<Promise, JsValue>;

    /// An R2 bucket.
    #[derive(Clone)]
    pub type Bucket;

    /// Resolves with the object as written, or with null when a condition in `options` did not hold.
    #[wasm_bindgen(method, catch)]
    pub fn put(this: &Bucket, key: &str, value: &JsValue, options: &JsValue) -> Result<Promise, JsValue>;

    /// Removes an object, or nothing.
    #[wasm_bindgen(method, catch)]
    pub fn delete(this: &Bucket, key: &str) -> Result<Promise, JsValue>;

    /// A D1 database. Only `glue.js` calls its methods.
    #[derive(Clone)]
    pub type Tables;

    /// What a queue's consumer is given.
    pub type MessageBatch;

    /// A namespace of Durable Objects.
    #[derive(Clone)]
    pub type ObjectNamespace;

    /// The id of the object called `name`.
    #[wasm_bindgen(method, catch, js_name = idFromName)]
    pub fn id_from_name(this: &ObjectNamespace, name: &str) -> Result<JsValue, JsValue>;

    /// Something that has a `fetch`.
    #[wasm_bindgen(method, catch)]
    pub fn get(this: &ObjectNamespace, id: &JsValue) -> Result<JsValue, JsValue>;
}

/// What is wrong with a Worker's bindings; the first found of each is named, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// Nothing of this name is bound.
    #[error("the binding `{name}` ({kind}) is missing")]
    Missing {
        /// As in `wrangler.toml`.
        name: &'static str,
        /// What it should be.
        kind: &'static str,
    },
    /// Something of this name is bound that lacks the method.
    #[error("the binding `{name}` is not {kind}: it has no method `{method}`")]
    WrongKind {
        /// As in `wrangler.toml`.
        name: &'static str,
        /// What it should be.
        kind: &'static str,
        /// What it would have to answer to.
        method: &'static str,
    },
}

/// The binding `name`, which must answer to `method`.
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

/// A property that is there and neither undefined nor null.
pub(crate) fn property(value: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(value, &JsValue::from_str(name)).ok().filter(|found| !found.is_undefined() && !found.is_null())
}

/// A plain object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in members {
        // Setting a property of a fresh plain object can't fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}
