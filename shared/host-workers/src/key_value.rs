//! `KeyValue` on Workers: a Workers KV namespace.

use bytes::Bytes;
use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use ports::{KeyValue, KeyValueError};
use wasm_bindgen::JsValue;

use crate::bindings::{Namespace, object};
use crate::glue;

/// Lifetime of an edge location's cached copy, seconds: the minimum of Workers KV. Together with the isolate's own
/// cache it bounds the delay of a new `head` or `quarantine`.
const CACHE_SECONDS: u32 = 30;

/// A Workers KV namespace.
#[derive(Clone)]
pub struct WorkersKeyValue {
    namespace: Namespace,
    options: JsValue,
}

impl WorkersKeyValue {
    /// Reads and writes `namespace`.
    pub fn new(namespace: Namespace) -> Self {
        let options = object(&[("type", "arrayBuffer".into()), ("cacheTtl", CACHE_SECONDS.into())]);
        Self { namespace, options }
    }
}

impl KeyValue for WorkersKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyValueError> {
        let found = self.namespace.get(key, &self.options).map_err(failed)?;
        let value = JsFuture::from(found).await.map_err(failed)?;
        Ok((!value.is_null() && !value.is_undefined()).then(|| glue::bytes(&value)))
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<(), KeyValueError> {
        let value = Uint8Array::from(value.as_ref());
        let written = self.namespace.put(key, &value).map_err(failed)?;
        JsFuture::from(written).await.map(drop).map_err(failed)
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        let removed = self.namespace.delete(key).map_err(failed)?;
        JsFuture::from(removed).await.map(drop).map_err(failed)
    }
}

fn failed(thrown: JsValue) -> KeyValueError {
    KeyValueError(glue::message(&thrown))
}
