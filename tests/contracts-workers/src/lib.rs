//! The port contracts inside workerd: `GET /` runs every suite and answers with the report as JSON.
//!
//! ```text
//! [{"port": "Once", "promise": "the first claim wins", "kept": true}, …]
//! ```

use gateway::Body;
use gateway::ports::{Clock, Host, Secrets, contract};
use host_workers::WorkersHost;
use host_workers::bindings::ExecutionContext;
use host_workers::database::WorkersDatabase;
use host_workers::objects::WorkersObjects;
use host_workers::once::Claims;
use host_workers::quota::Allowance;
use http::Response;
use ledger::database::contract::database_contract;
use ledger::objects::contract::objects_contract;
use serde_json::json;
use worker::js_sys::Promise;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::web_sys::Request;
use worker::{DurableObject, Env, State, durable_object, wasm_bindgen};

/// Runs the suites; the server that they fetch from is at the variable `CONTRACT_ORIGIN`.
#[wasm_bindgen]
pub fn fetch(request: Request, environment: JsValue, context: ExecutionContext) -> Promise {
    let trail = WorkersObjects::bind(&environment, "TRAIL");
    let books = WorkersDatabase::bind(&environment, "BOOKS");
    host_workers::answer(request, environment, context, 0, |host, _| async move {
        let findings = match (trail, books) {
            (Ok(trail), Ok(books)) => report(&host, &trail, &books).await,
            (Err(error), _) => json!([{ "port": "Objects", "promise": error.to_string(), "kept": false }]),
            (_, Err(error)) => json!([{ "port": "Database", "promise": error.to_string(), "kept": false }]),
        };
        Response::new(Body::Full(findings.to_string().into()))
    })
}

async fn report(host: &WorkersHost, trail: &WorkersObjects, books: &WorkersDatabase) -> serde_json::Value {
    let run_id = host.clock().now().millis().to_string();
    let origin = match host.secrets().get("CONTRACT_ORIGIN").await {
        Ok(origin) => origin.expose().to_owned(),
        Err(error) => return json!([{ "port": "Fetch", "promise": error.to_string(), "kept": false }]),
    };
    let mut findings: Vec<_> =
        contract::run(host, &origin, &run_id).await.iter().map(|finding| json!(finding)).collect();
    let mut kept = objects_contract(trail, &run_id).await;
    kept.extend(database_contract(books, &run_id).await);
    for finding in kept {
        let fault = finding.fault.map(|fault| format!(" ({fault})")).unwrap_or_default();
        findings.push(
            json!({ "port": finding.port, "promise": format!("{}{fault}", finding.promise), "kept": finding.kept }),
        );
    }
    findings.into()
}

/// As the gateway deploys it.
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

/// As the gateway deploys it.
#[durable_object(alarm)]
struct QuotaObject {
    allowance: Allowance,
}

impl DurableObject for QuotaObject {
    fn new(state: State, _environment: Env) -> Self {
        Self { allowance: Allowance::open(state) }
    }

    async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
        self.allowance.fetch(request).await
    }

    async fn alarm(&self) -> worker::Result<worker::Response> {
        self.allowance.alarm().await
    }
}
