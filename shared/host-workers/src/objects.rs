//! `Objects` on Workers: an R2 bucket, whose entity tags are the versions.

use bytes::Bytes;
use js_sys::futures::JsFuture;
use js_sys::{Array, Uint8Array};
use ports::objects::{Expected, Object, Objects, ObjectsError, Put, Version};
use wasm_bindgen::{JsCast, JsValue};

use crate::bindings::{BindingError, Bucket, find, object};
use crate::glue;

/// An R2 bucket.
#[derive(Clone)]
pub struct WorkersObjects(Bucket);

impl WorkersObjects {
    /// The bucket with the binding `name`.
    pub fn bind(environment: &JsValue, name: &'static str) -> Result<Self, BindingError> {
        find(environment, name, "an R2 bucket", "put").map(Self)
    }
}

impl Objects for WorkersObjects {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectsError> {
        let found = JsFuture::from(glue::stored(&self.0, key)).await.map_err(failed)?;
        let Some(found) = found.dyn_ref::<Array>() else { return Ok(None) };
        let version =
            found.get(0).as_string().ok_or_else(|| ObjectsError("the object has no entity tag".to_owned()))?;
        Ok(Some(Object { bytes: glue::bytes(&found.get(1)), version: Version(version) }))
    }

    async fn put_if(&self, key: &str, bytes: Bytes, expected: Expected) -> Result<Put, ObjectsError> {
        // R2's names for `If-None-Match: *` and `If-Match: TAG` (RFC 9110 §13.1).
        let condition = match &expected {
            Expected::Absent => ("etagDoesNotMatch", JsValue::from_str("*")),
            Expected::Version(Version(tag)) => ("etagMatches", JsValue::from_str(tag)),
        };
        let options = object(&[("onlyIf", object(&[condition]))]);
        let value = Uint8Array::from(bytes.as_ref());
        let written = self.0.put(key, &value, &options).map_err(failed)?;
        let written = JsFuture::from(written).await.map_err(failed)?;
        Ok(if written.is_null() { Put::Conflict } else { Put::Written })
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, ObjectsError> {
        let found = JsFuture::from(glue::keys(&self.0, prefix, after, limit)).await.map_err(failed)?;
        Ok(Array::from(&found).iter().filter_map(|key| key.as_string()).collect())
    }
}

fn failed(thrown: JsValue) -> ObjectsError {
    ObjectsError(glue::message(&thrown))
}
