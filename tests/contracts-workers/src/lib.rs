//! The port contracts inside workerd: `GET /` runs every suite and returns the report as JSON.
//!
//! ```text
//! [{"port": "Once", "promise": "the first claim wins", "kept": true}, …]
//! ```

use std::cell::Cell;

use host_workers::WorkersHost;
use host_workers::bindings::{BindingError, ExecutionContext};
use host_workers::database::WorkersDatabase;
use host_workers::objects::WorkersObjects;
use host_workers::once::Claims;
use host_workers::outbox::WorkersOutbox;
use host_workers::quota::QuotaObjectState;
use host_workers::versioned_store::Values;
use http::Response;
use ports::Body;
use ports::database::contract::database_contract;
use ports::objects::contract::{Finding, objects_contract};
use ports::objects::{Expected, Objects};
use ports::outbox::contract::outbox_contract;
use ports::{Clock, Host, Once, Secrets, contract};
use serde_json::json;
use worker::js_sys::Promise;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::web_sys::Request;
use worker::{DurableObject, Env, State, durable_object, wasm_bindgen};

/// Runs the suites; the variable `CONTRACT_ORIGIN` names the server that they fetch from.
///
/// `/trap` and `/trap-in-task` end the instance instead, in the handler and in a background task: the next request gets
/// a new instance. `/hang` never responds, and `/lost` returns the number of such requests that the trap ended.
#[wasm_bindgen]
pub fn fetch(request: Request, environment: JsValue, context: ExecutionContext) -> Promise {
    if request.url().ends_with("/trap") {
        std::process::abort();
    }
    let [hangs, tells_lost] = ["/hang", "/lost"].map(|path| request.url().ends_with(path));
    let traps = request.url().ends_with("/trap-in-task");
    let ledger = Ledger::bind(&environment);
    host_workers::answer(request, environment, context, 0, move |host, _| async move {
        if traps {
            std::process::abort();
        }
        if hangs {
            std::future::pending::<()>().await;
        }
        if tells_lost {
            return Response::new(Body::Full(LOST.get().to_string().into()));
        }
        let findings = match ledger {
            Ok(ledger) => report(&host, &ledger).await,
            Err(error) => json!([{ "port": "the ledger's", "promise": error.to_string(), "kept": false }]),
        };
        Response::new(Body::Full(findings.to_string().into()))
    })
}

thread_local! {
    /// Requests that the instance before this one had in flight when it trapped.
    static LOST: Cell<u32> = const { Cell::new(0) };
}

/// The glue code calls it on a new instance, as it calls the gateway's.
#[wasm_bindgen]
pub fn note_lost(events: u32) {
    LOST.set(events);
}

/// The ledger's ports.
struct Ledger {
    trail: WorkersObjects,
    books: WorkersDatabase,
    outbox: WorkersOutbox,
    /// The outbox that the gateway's sink writes.
    bucket: WorkersObjects,
}

impl Ledger {
    fn bind(environment: &JsValue) -> Result<Self, BindingError> {
        Ok(Self {
            trail: WorkersObjects::bind(environment, "TRAIL")?,
            books: WorkersDatabase::bind(environment, "BOOKS")?,
            outbox: WorkersOutbox::bind(environment, "OUTBOX")?,
            bucket: WorkersObjects::bind(environment, "OUTBOX")?,
        })
    }

    async fn report(&self, run_id: &str) -> Vec<Finding> {
        let append = async |id: String, body: String| {
            let put = self.bucket.put_if(&format!("outbox/{id}.json"), body.into(), Expected::Absent).await;
            put.map(drop).map_err(|error| error.to_string())
        };
        let mut findings = objects_contract(&self.trail, run_id).await;
        findings.extend(database_contract(&self.books, run_id).await);
        findings.extend(outbox_contract(&self.outbox, append, async || (), run_id).await);
        findings
    }
}

async fn report(host: &WorkersHost, ledger: &Ledger) -> serde_json::Value {
    let run_id = host.clock().now().millis().to_string();
    let origin = match host.secrets().get("CONTRACT_ORIGIN").await {
        Ok(origin) => origin.expose().to_owned(),
        Err(error) => return json!([{ "port": "Fetch", "promise": error.to_string(), "kept": false }]),
    };
    let mut findings: Vec<_> =
        contract::run(host, &origin, &run_id).await.iter().map(|finding| json!(finding)).collect();
    // The same claim in every report, even in one after a trap.
    let asked = host.once().claim("every report", host.clock().now()).await;
    findings.push(json!({ "port": "Once", "promise": "an object answers in every report", "kept": asked.is_ok() }));
    for finding in ledger.report(&run_id).await {
        let fault = finding.fault.map(|fault| format!(" ({fault})")).unwrap_or_default();
        findings.push(
            json!({ "port": finding.port, "promise": format!("{}{fault}", finding.promise), "kept": finding.kept }),
        );
    }
    findings.into()
}

/// The Durable Object of the gateway, unchanged.
#[durable_object(alarm)]
struct OnceObject {
    claims: Claims,
}

impl DurableObject for OnceObject {
    fn new(state: State, _environment: Env) -> Self {
        Self { claims: Claims::open(state) }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        self.claims.fetch(request).await
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        self.claims.alarm().await
    }
}

/// The Durable Object of the gateway, unchanged.
#[durable_object(alarm)]
struct QuotaObject {
    allowance: QuotaObjectState,
}

impl DurableObject for QuotaObject {
    fn new(state: State, _environment: Env) -> Self {
        Self { allowance: QuotaObjectState::open(state) }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        self.allowance.fetch(request).await
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        self.allowance.alarm().await
    }
}

/// The Durable Object of the gateway, unchanged.
#[durable_object(alarm)]
struct VersionedStoreObject {
    values: Values,
}

impl DurableObject for VersionedStoreObject {
    fn new(state: State, _environment: Env) -> Self {
        Self { values: Values::open(state) }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        self.values.fetch(request).await
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        self.values.alarm().await
    }
}
