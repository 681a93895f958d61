//! `AuditSink` on Workers: a queue, and an R2 bucket as the outbox for events that the queue refuses.

use std::time::Duration;

use js_sys::JsString;
use js_sys::Promise;
use js_sys::futures::JsFuture;
use ports::{AcceptedBy, AuditSink, AuditSinkError};
use wasm_bindgen::JsValue;

use crate::bindings::{Bucket, Queue, object};
use crate::glue;
use crate::timer::millis;

/// The deadline of each of the three attempts. An abandoned attempt may still be accepted; then the event arrives
/// twice, and the ledger removes the duplicate by its id.
const ATTEMPT: Duration = Duration::from_secs(5);

/// A queue and its outbox.
///
/// Events are sent as text: an object would be serialized and parsed once more on both sides.
#[derive(Clone)]
pub struct WorkersAuditSink {
    queue: Queue,
    outbox: Bucket,
    as_text: JsValue,
    as_json: JsValue,
}

impl WorkersAuditSink {
    /// Sends to `queue`; an event that it refuses is stored in `outbox` as `outbox/ID.json`.
    pub fn new(queue: Queue, outbox: Bucket) -> Self {
        let metadata = object(&[("contentType", "application/json".into())]);
        Self {
            queue,
            outbox,
            as_text: object(&[("contentType", "text".into())]),
            as_json: object(&[("httpMetadata", metadata)]),
        }
    }
}

impl AuditSink for WorkersAuditSink {
    async fn append(&self, id: &str, event: String) -> Result<AcceptedBy, AuditSinkError> {
        let event = JsString::from(event);
        for _ in 0..2 {
            if attempt(self.queue.send(&event, &self.as_text)).await.is_ok() {
                return Ok(AcceptedBy::Queue);
            }
        }
        match attempt(self.outbox.put(&format!("outbox/{id}.json"), &event, &self.as_json)).await {
            Ok(()) => Ok(AcceptedBy::Outbox),
            Err(error) => Err(AuditSinkError(error)),
        }
    }
}

async fn attempt(started: Result<Promise, JsValue>) -> Result<(), String> {
    let accepted = started.map_err(|thrown| glue::message(&thrown))?;
    let settled = JsFuture::from(glue::settled(&accepted, millis(ATTEMPT))).await;
    settled.map(drop).map_err(|thrown| glue::message(&thrown))
}
