//! `Outbox` on Workers: the objects under `outbox/` of the bucket with events that the queue refused.

use js_sys::Array;
use js_sys::futures::JsFuture;
use ports::outbox::{Handle, Outbox, OutboxError, OutboxEvent};
use wasm_bindgen::JsValue;

use crate::bindings::{BindingError, Bucket, find};
use crate::glue;

/// The prefix of the keys; an event's id (UUIDv7) follows, so keys sort by time.
const PREFIX: &str = "outbox/";

/// The keys of one list operation of R2; `left` counts no further.
const COUNTED: usize = 1000;

/// An R2 bucket.
#[derive(Clone)]
pub struct WorkersOutbox(Bucket);

impl WorkersOutbox {
    /// The bucket with the binding `name`.
    pub fn bind(environment: &JsValue, name: &'static str) -> Result<Self, BindingError> {
        find(environment, name, "an R2 bucket", "get").map(Self)
    }

    async fn keys(&self, after: Option<&str>, limit: usize) -> Result<Vec<String>, OutboxError> {
        let found = JsFuture::from(glue::keys(&self.0, PREFIX, after, limit)).await.map_err(failed)?;
        Ok(Array::from(&found).iter().filter_map(|key| key.as_string()).collect())
    }
}

impl Outbox for WorkersOutbox {
    async fn take(&self, after: Option<&Handle>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
        let mut batch = Vec::new();
        for key in self.keys(after.map(|after| after.0.as_str()), limit).await? {
            let object = JsFuture::from(glue::stored(&self.0, &key)).await.map_err(failed)?;
            // Undefined: another taker has removed it meanwhile.
            if !object.is_undefined() {
                let bytes = glue::bytes(&Array::from(&object).get(1));
                batch.push(OutboxEvent { handle: Handle(key), body: String::from_utf8_lossy(&bytes).into_owned() });
            }
        }
        Ok(batch)
    }

    async fn remove(&self, settled: &[Handle]) -> Result<(), OutboxError> {
        for handle in settled {
            let removed = self.0.delete(&handle.0).map_err(failed)?;
            JsFuture::from(removed).await.map_err(failed)?;
        }
        Ok(())
    }

    async fn left(&self) -> Result<u64, OutboxError> {
        Ok(self.keys(None, COUNTED).await?.len() as u64)
    }
}

fn failed(thrown: JsValue) -> OutboxError {
    OutboxError(glue::message(&thrown))
}
