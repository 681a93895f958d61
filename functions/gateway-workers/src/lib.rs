//! The gateway as a Cloudflare Worker.

use gateway::{Gateway, Limits, serve};
use host_workers::bindings::ExecutionContext;
use host_workers::once::Claims;
use host_workers::quota::QuotaObjectState;
use host_workers::versioned_store::Values;
use worker::js_sys::Promise;
use worker::wasm_bindgen::JsValue;
use worker::wasm_bindgen::prelude::wasm_bindgen;
use worker::web_sys::Request;
use worker::{DurableObject, Env, State, durable_object, wasm_bindgen};

/// Responds to one HTTP request.
#[wasm_bindgen]
pub fn fetch(request: Request, environment: JsValue, context: ExecutionContext) -> Promise {
    host_workers::answer(request, environment, context, Limits::REQUEST_BODY_BYTES, |host, request| {
        serve(Gateway::new(host), request)
    })
}

/// Adds to this instance's count of lost events those of the instance before it, which trapped. The next event reports
/// them in `lost_before`.
#[wasm_bindgen]
pub fn note_lost(events: u32) {
    gateway::Isolate::current().note_lost(events);
}

/// Writes the sizes of this isolate's memory to the log, one line each. No event of workerd calls it; an inspector
/// does, as in `cargo xtask bench --memory`.
#[wasm_bindgen]
pub fn log_sizes() {
    for size in gateway::Isolate::current().sizes() {
        worker::console_log!("{size}");
    }
}

/// The Durable Object class of the `ONCE` binding.
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

/// The Durable Object class of the `QUOTA` binding.
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

/// The Durable Object class of the `VERSIONED_STORE` binding.
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
