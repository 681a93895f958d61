//! Checks the Worker's bindings once per isolate and bundles the ports for one request.

use std::cell::RefCell;
use std::rc::Rc;

use ports::Host;
use wasm_bindgen::JsValue;
use web_sys::Request;

use crate::audit_sink::WorkersAuditSink;
use crate::background::WorkersBackground;
use crate::bindings::{BindingError, find};
use crate::caller::WorkersCaller;
use crate::client_gone::WorkersClientGone;
use crate::clock::WorkersClock;
use crate::entropy::WorkersEntropy;
use crate::fetch::WorkersFetch;
use crate::key_value::WorkersKeyValue;
use crate::log::WorkersLog;
use crate::once::WorkersOnce;
use crate::quota::WorkersQuota;
use crate::secrets::WorkersSecrets;
use crate::timer::WorkersTimer;
use crate::versioned_store::WorkersVersionedStore;

/// The state that all requests of an isolate share.
struct Shared {
    key_value: WorkersKeyValue,
    secrets: WorkersSecrets,
    once: WorkersOnce,
    quota: WorkersQuota,
    versioned_store: WorkersVersionedStore,
    audit_sink: WorkersAuditSink,
}

thread_local! {
    /// Set by the first request with valid bindings; an isolate has one environment for its lifetime.
    static SHARED: RefCell<Option<Rc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    /// Binds everything; returns all faults at once, so that one request to `/healthz` shows them all.
    fn bind(environment: &JsValue) -> Result<Rc<Self>, Vec<BindingError>> {
        if let Some(shared) = SHARED.with_borrow(Clone::clone) {
            return Ok(shared);
        }
        let registry = find(environment, "REGISTRY", "a KV namespace", "get");
        let once = find(environment, "ONCE", "a Durable Object namespace", "idFromName");
        let quota = find(environment, "QUOTA", "a Durable Object namespace", "idFromName");
        let versioned = find(environment, "VERSIONED_STORE", "a Durable Object namespace", "idFromName");
        let queue = find(environment, "AUDIT_QUEUE", "a queue", "send");
        let outbox = find(environment, "OUTBOX", "an R2 bucket", "put");
        let shared = match (registry, once, quota, versioned, queue, outbox) {
            (Ok(registry), Ok(once), Ok(quota), Ok(versioned), Ok(queue), Ok(outbox)) => Rc::new(Self {
                key_value: WorkersKeyValue::new(registry),
                secrets: WorkersSecrets::new(environment.clone()),
                once: WorkersOnce::new(once),
                quota: WorkersQuota::new(quota),
                versioned_store: WorkersVersionedStore::new(versioned),
                audit_sink: WorkersAuditSink::new(queue, outbox),
            }),
            (registry, once, quota, versioned, queue, outbox) => {
                let faults = [registry.err(), once.err(), quota.err(), versioned.err(), queue.err(), outbox.err()];
                return Err(faults.into_iter().flatten().collect());
            }
        };
        SHARED.set(Some(shared.clone()));
        Ok(shared)
    }
}

/// The ports of one request on Workers.
#[derive(Clone)]
pub struct WorkersHost {
    shared: Rc<Shared>,
    caller: WorkersCaller,
    client_gone: WorkersClientGone,
    background: WorkersBackground,
}

impl WorkersHost {
    /// The host of `request`, or all faults of the Worker's bindings.
    pub fn new(environment: &JsValue, request: &Request) -> Result<Self, Vec<BindingError>> {
        Ok(Self {
            shared: Shared::bind(environment)?,
            caller: WorkersCaller::new(request),
            client_gone: WorkersClientGone::new(request),
            background: WorkersBackground::default(),
        })
    }
}

impl Host for WorkersHost {
    type Clock = WorkersClock;
    type Timer = WorkersTimer;
    type Entropy = WorkersEntropy;
    type KeyValue = WorkersKeyValue;
    type Secrets = WorkersSecrets;
    type Fetch = WorkersFetch;
    type Caller = WorkersCaller;
    type ClientGone = WorkersClientGone;
    type Once = WorkersOnce;
    type Quota = WorkersQuota;
    type VersionedStore = WorkersVersionedStore;
    type AuditSink = WorkersAuditSink;
    type Background = WorkersBackground;
    type Log = WorkersLog;

    fn clock(&self) -> &WorkersClock {
        &WorkersClock
    }
    fn timer(&self) -> &WorkersTimer {
        &WorkersTimer
    }
    fn entropy(&self) -> &WorkersEntropy {
        &WorkersEntropy
    }
    fn key_value(&self) -> &WorkersKeyValue {
        &self.shared.key_value
    }
    fn secrets(&self) -> &WorkersSecrets {
        &self.shared.secrets
    }
    fn fetch(&self) -> &WorkersFetch {
        &WorkersFetch
    }
    fn caller(&self) -> &WorkersCaller {
        &self.caller
    }
    fn client_gone(&self) -> &WorkersClientGone {
        &self.client_gone
    }
    fn once(&self) -> &WorkersOnce {
        &self.shared.once
    }
    fn quota(&self) -> &WorkersQuota {
        &self.shared.quota
    }
    fn versioned_store(&self) -> &WorkersVersionedStore {
        &self.shared.versioned_store
    }
    fn audit_sink(&self) -> &WorkersAuditSink {
        &self.shared.audit_sink
    }
    fn background(&self) -> &WorkersBackground {
        &self.background
    }
    fn log(&self) -> &WorkersLog {
        &WorkersLog
    }
}
