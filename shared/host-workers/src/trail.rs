//! The ledger's events on Workers: batches of its queue, the sweep of the outbox, requests of auditors and finance.

use bytes::Bytes;
use gateway::ports::{Clock, Secrets};
use http::Response;
use js_sys::futures::{JsFuture, future_to_promise};
use js_sys::{Array, Promise};
use ledger::{Delivery, Fate};
use wasm_bindgen::JsValue;

use crate::answer::{failed, read};
use crate::bindings::{BindingError, Bucket, MessageBatch, find};
use crate::clock::WorkersClock;
use crate::database::WorkersDatabase;
use crate::objects::WorkersObjects;
use crate::secrets::WorkersSecrets;
use crate::{glue, head};

/// How many objects of the outbox one sweep moves. A trigger may take minutes, but a sweep that fails begins again.
const SWEEP_OBJECTS: usize = 200;

/// The bucket of the trail.
fn trail(environment: &JsValue) -> Result<WorkersObjects, BindingError> {
    WorkersObjects::bind(environment, "TRAIL")
}

/// The database of the books.
fn books(environment: &JsValue) -> Result<WorkersDatabase, BindingError> {
    WorkersDatabase::bind(environment, "BOOKS")
}

/// Keeps the events of one batch of the queue; what could not be kept is delivered again, and nothing else.
pub fn consume(batch: MessageBatch, environment: JsValue) -> Promise {
    future_to_promise(async move {
        let (trail, books) = (trail(&environment).map_err(unset)?, books(&environment).map_err(unset)?);
        let bodies = glue::bodies(&batch);
        let deliveries = bodies.into_iter().map(|body| Delivery { body }).collect();
        let fates = ledger::settle(&trail, &books, deliveries).await;
        log(&fates);
        let unsettled = fates.iter().enumerate().filter(|(_, fate)| !fate.is_settled());
        let again: Vec<u32> = unsettled.map(|(index, _)| index as u32).collect();
        glue::retry(&batch, &again);
        Ok(JsValue::UNDEFINED)
    })
}

/// Moves events that the queue had refused from the outbox into the trail and the books. An event that is moved twice is
/// kept and charged once.
pub fn sweep(environment: JsValue) -> Promise {
    future_to_promise(async move {
        let (trail, books) = (trail(&environment).map_err(unset)?, books(&environment).map_err(unset)?);
        let outbox: Bucket = find(&environment, "OUTBOX", "an R2 bucket", "get").map_err(unset)?;
        let keys = JsFuture::from(glue::keys(&outbox, "outbox/", None, SWEEP_OBJECTS)).await?;
        let (mut found, mut batch) = (Vec::new(), Vec::new());
        for key in Array::from(&keys).iter().filter_map(|key| key.as_string()) {
            let object = JsFuture::from(glue::stored(&outbox, &key)).await?;
            // Undefined: another sweep has moved it meanwhile.
            if !object.is_undefined() {
                let bytes = glue::bytes(&Array::from(&object).get(1));
                batch.push(Delivery { body: String::from_utf8_lossy(&bytes).into_owned() });
                found.push(key);
            }
        }
        let fates = ledger::settle(&trail, &books, batch).await;
        log(&fates);
        for (key, _) in found.iter().zip(&fates).filter(|(_, fate)| fate.is_settled()) {
            JsFuture::from(outbox.delete(key)?).await?;
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// Answers one request of an auditor or of finance.
pub fn answer(request: web_sys::Request, environment: JsValue) -> Promise {
    let (trail, books) = match (trail(&environment), books(&environment)) {
        (Ok(trail), Ok(books)) => (trail, books),
        (trail, books) => {
            let faults: Vec<BindingError> = [trail.err(), books.err()].into_iter().flatten().collect();
            return failed(&request, &faults);
        }
    };
    future_to_promise(async move {
        let request = read(&request, 0).await?;
        let token = WorkersSecrets::new(environment).get(ledger::READ_TOKEN).await.ok();
        let token = token.as_ref().map(gateway::secret::Secret::expose);
        let response = ledger::serve(&trail, &books, token, WorkersClock.now().millis(), &request).await;
        whole(response).map(JsValue::from)
    })
}

fn whole(response: Response<Bytes>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    glue::answer(parts.status.as_u16(), &head::write(&parts.headers), Some(&body))
}

/// A batch that met a missing binding is delivered again as a whole.
fn unset(fault: BindingError) -> JsValue {
    js_sys::Error::new(&fault.to_string()).into()
}

/// What went wrong, by number and reason: a body never reaches the log.
fn log(fates: &[Fate]) {
    for fate in fates {
        match fate {
            Fate::Stored | Fate::Duplicate => {}
            Fate::Rejected(rejection) => console(&format!("a message was rejected: {}", rejection.reason())),
            Fate::Failed(error) => console(&format!("an event will come again: {error}")),
        }
    }
}

fn console(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
}
