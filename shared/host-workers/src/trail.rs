//! The ledger on Workers: batches of its queue, the scheduled sweep of the outbox, requests of auditors and finance.

use bytes::Bytes;
use http::Response;
use js_sys::Promise;
use js_sys::futures::future_to_promise;
use ledger::{Delivery, DeliveryOutcome, DrainLimits, Ledger};
use ports::{Clock, NoOutbox, Secrets};
use wasm_bindgen::JsValue;

use crate::answer::{failed, read};
use crate::bindings::{BindingError, MessageBatch};
use crate::clock::WorkersClock;
use crate::database::WorkersDatabase;
use crate::objects::WorkersObjects;
use crate::outbox::WorkersOutbox;
use crate::secrets::WorkersSecrets;
use crate::{glue, head};

/// Bounds of one sweep of the outbox. A scheduled event may make 1,000 subrequests; each outbox object needs two, and
/// settling needs the rest.
const SWEEP: DrainLimits = DrainLimits { events: 200, millis: 60_000 };

/// The bucket of the trail.
fn trail(environment: &JsValue) -> Result<WorkersObjects, BindingError> {
    WorkersObjects::bind(environment, "TRAIL")
}

/// The database of the books.
fn books(environment: &JsValue) -> Result<WorkersDatabase, BindingError> {
    WorkersDatabase::bind(environment, "BOOKS")
}

/// Settles one batch of the queue; exactly the deliveries that failed are delivered again.
pub fn consume(batch: MessageBatch, environment: JsValue) -> Promise {
    future_to_promise(async move {
        let (trail, books) = (trail(&environment).map_err(rejection)?, books(&environment).map_err(rejection)?);
        let bodies = glue::bodies(&batch);
        let deliveries = bodies.into_iter().map(|body| Delivery { body }).collect();
        let outcomes = ledger::settle(&trail, &books, deliveries).await;
        outcomes.iter().filter_map(DeliveryOutcome::fault).for_each(|fault| console(&fault));
        let unsettled = outcomes.iter().enumerate().filter(|(_, outcome)| !outcome.is_settled());
        let again: Vec<u32> = unsettled.map(|(index, _)| index as u32).collect();
        glue::retry(&batch, &again);
        Ok(JsValue::UNDEFINED)
    })
}

/// Moves events that the queue refused from the outbox into the trail and the books. An event that is moved twice is
/// stored and charged once.
pub fn sweep(environment: JsValue) -> Promise {
    future_to_promise(async move {
        let (trail, books) = (trail(&environment).map_err(rejection)?, books(&environment).map_err(rejection)?);
        let outbox = WorkersOutbox::bind(&environment, "OUTBOX").map_err(rejection)?;
        let report = ledger::drain(&outbox, &trail, &books, SWEEP, now_ms, console).await;
        report.map(|_| JsValue::UNDEFINED).map_err(|error| js_sys::Error::new(&error.to_string()).into())
    })
}

/// Responds to one request of an auditor or of finance.
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
        let token = token.as_ref().map(ports::Secret::expose);
        let ledger = Ledger {
            objects: &trail,
            database: &books,
            // The queue delivers the events, and the sweep drains the outbox.
            outbox: None::<&NoOutbox>,
            read_token: token,
            drain_token: None,
            log: console,
        };
        let response = ledger::serve(&ledger, now_ms, &request).await;
        to_runtime(response).map(JsValue::from)
    })
}

fn now_ms() -> u64 {
    WorkersClock.now().millis()
}

fn to_runtime(response: Response<Bytes>) -> Result<web_sys::Response, JsValue> {
    let (parts, body) = response.into_parts();
    glue::answer(parts.status.as_u16(), &head::write(&parts.headers), Some(&body))
}

/// The rejection for a missing binding; the whole batch is delivered again.
fn rejection(fault: BindingError) -> JsValue {
    js_sys::Error::new(&fault.to_string()).into()
}

fn console(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
}
