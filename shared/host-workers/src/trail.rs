//! The ledger's events on Workers: batches of its queue, the sweep of the outbox, requests of auditors and finance.

use bytes::Bytes;
use gateway::ports::{Clock, Secrets};
use http::Response;
use js_sys::Promise;
use js_sys::futures::future_to_promise;
use ledger::{Delivery, DeliveryOutcome, DrainLimits, Ledger, NoOutbox};
use wasm_bindgen::JsValue;

use crate::answer::{failed, read};
use crate::bindings::{BindingError, MessageBatch};
use crate::clock::WorkersClock;
use crate::database::WorkersDatabase;
use crate::objects::WorkersObjects;
use crate::outbox::WorkersOutbox;
use crate::secrets::WorkersSecrets;
use crate::{glue, head};

/// What one sweep of the outbox moves. A trigger may take minutes, but each object costs it two of its 1,000 calls to
/// other services, and a sweep that fails begins again.
const SWEEP: DrainLimits = DrainLimits { events: 200, millis: 60_000 };

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
        fates.iter().filter_map(DeliveryOutcome::fault).for_each(|fault| console(&fault));
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
        let outbox = WorkersOutbox::bind(&environment, "OUTBOX").map_err(unset)?;
        let swept = ledger::drain(&outbox, &trail, &books, SWEEP, now_ms, console).await;
        swept.map(|_| JsValue::UNDEFINED).map_err(|error| js_sys::Error::new(&error.to_string()).into())
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
        let ledger = Ledger {
            objects: &trail,
            database: &books,
            // The queue brings the events, and the sweep what it refused.
            outbox: None::<&NoOutbox>,
            read_token: token,
            drain_token: None,
            log: console,
        };
        let response = ledger::serve(&ledger, now_ms, &request).await;
        whole(response).map(JsValue::from)
    })
}

fn now_ms() -> u64 {
    WorkersClock.now().millis()
}

fn whole(response: Response<Bytes>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    glue::answer(parts.status.as_u16(), &head::write(&parts.headers), Some(&body))
}

/// A batch that met a missing binding is delivered again as a whole.
fn unset(fault: BindingError) -> JsValue {
    js_sys::Error::new(&fault.to_string()).into()
}

fn console(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
}
