//! Checks the component's stores and variables once per instance and bundles the ports for one request.

use std::cell::RefCell;
use std::rc::Rc;

use http::HeaderMap;
use ports::Host;
use spin_sdk::sqlite::Connection;

use crate::audit_sink::{ExpectedEvents, RedisStream, SpinAuditSink, SqliteOutbox};
use crate::background::SpinBackground;
use crate::caller::SpinCaller;
use crate::client_gone::SpinClientGone;
use crate::clock::SpinClock;
use crate::database;
use crate::entropy::SpinEntropy;
use crate::fault::Fault;
use crate::fetch::SpinFetch;
use crate::key_value::SpinKeyValue;
use crate::log::SpinLog;
use crate::once::{RedisOnce, SpinOnce, SqliteOnce};
use crate::proxies::Proxies;
use crate::quota::{RedisQuota, SpinQuota, SqliteQuota};
use crate::redis::Redis;
use crate::secrets::SpinSecrets;
use crate::timer::SpinTimer;
use crate::versioned_store::{RedisVersionedStore, SpinVersionedStore, SqliteVersionedStore};

/// The label of the key-value store, which Spin defines without a runtime configuration.
const DEFAULT: &str = "default";

/// The secrets that every request needs.
const REQUIRED: [&str; 2] = ["REGISTRY_KEYS", "ACCESS_TOKEN_KEYS"];

/// The secret with the address of the Redis server; empty if the deployment has none.
const REDIS_URL: &str = "REDIS_URL";

/// The variable with the proxies that are trusted to report the client's address; see [`Proxies`].
const TRUSTED_PROXIES: &str = "TRUSTED_PROXIES";

/// The state that all requests of an instance share: plain data, no future and no lock.
struct Shared {
    key_value: SpinKeyValue,
    secrets: SpinSecrets,
    proxies: Proxies,
    backend: Backend,
}

thread_local! {
    /// Set by the first request that finds no fault; several requests may check at once.
    static SHARED: RefCell<Option<Rc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    /// Opens everything; returns all faults at once, so that one request to `/healthz` shows them all.
    async fn open() -> Result<Rc<Self>, Vec<Fault>> {
        if let Some(shared) = SHARED.with_borrow(Clone::clone) {
            return Ok(shared);
        }
        let mut faults = Vec::new();
        let secrets = SpinSecrets::default();
        for name in REQUIRED {
            collect(secrets.require(name).await, &mut faults);
        }
        let proxies = collect(proxies(&secrets).await, &mut faults);
        let key_value = collect(SpinKeyValue::open(DEFAULT).await, &mut faults);
        let redis = collect(redis(&secrets).await, &mut faults);
        let connection = collect(database::open().await, &mut faults);
        let backend = match (redis, connection) {
            (Some(redis), Some(connection)) => collect(Backend::open(redis, Rc::new(connection)).await, &mut faults),
            _ => None,
        };
        match (key_value, proxies, backend) {
            (Some(key_value), Some(proxies), Some(backend)) if faults.is_empty() => {
                let shared = Rc::new(Self { key_value, secrets, proxies, backend });
                // Another request may have been faster; its state is kept.
                Ok(SHARED.with_borrow_mut(|first| first.get_or_insert(shared).clone()))
            }
            _ => Err(faults),
        }
    }
}

/// The value of `result`; a fault is added to `faults`.
fn collect<T>(result: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

/// The ports whose state all instances share, in the embedded database or in Redis.
struct Backend {
    once: SpinOnce,
    quota: SpinQuota,
    versioned_store: SpinVersionedStore,
    audit_sink: SpinAuditSink,
}

impl Backend {
    async fn open(redis: Option<Redis>, connection: Rc<Connection>) -> Result<Self, Fault> {
        let outbox = SqliteOutbox::open(connection.clone()).await?;
        let expected = ExpectedEvents::open(&connection).await?;
        Ok(match redis.map(Rc::new) {
            None => Self {
                once: SpinOnce::Sqlite(SqliteOnce::open(connection.clone()).await?),
                quota: SpinQuota::Sqlite(SqliteQuota::open(connection.clone()).await?),
                versioned_store: SpinVersionedStore::Sqlite(SqliteVersionedStore::open(connection).await?),
                audit_sink: SpinAuditSink::new(None, outbox, expected),
            },
            Some(redis) => Self {
                once: SpinOnce::Redis(RedisOnce::new(redis.clone())),
                quota: SpinQuota::Redis(RedisQuota::new(redis.clone())),
                versioned_store: SpinVersionedStore::Redis(RedisVersionedStore::new(redis.clone())),
                audit_sink: SpinAuditSink::new(Some(RedisStream::new(redis)), outbox, expected),
            },
        })
    }
}

/// The Redis server; `None` if the deployment has none. A manifest without the variable is a fault: two replicas that
/// both assumed *none* would each accept the same assertion.
pub(crate) async fn redis(secrets: &SpinSecrets) -> Result<Option<Redis>, Fault> {
    match secrets.read(REDIS_URL).await? {
        Some(url) => Redis::new(url.expose().to_owned()).await.map(Some),
        None => Ok(None),
    }
}

/// The trusted proxies. The manifest of an older Weir lacks the variable, which means the same as an empty value.
async fn proxies(secrets: &SpinSecrets) -> Result<Proxies, Fault> {
    match secrets.read(TRUSTED_PROXIES).await {
        Ok(Some(list)) => Proxies::parse(list.expose()).ok_or(Fault::TrustedProxies),
        Ok(None) | Err(Fault::Variable(_)) => Ok(Proxies::Unknown),
        Err(fault) => Err(fault),
    }
}

/// The ports of one request on Spin.
#[derive(Clone)]
pub struct SpinHost {
    shared: Rc<Shared>,
    caller: SpinCaller,
    pub(crate) client_gone: SpinClientGone,
}

impl SpinHost {
    /// The host of a request with these headers, or all faults of the deployment.
    pub async fn new(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        let shared = Shared::open().await?;
        let caller = SpinCaller::new(headers, &shared.proxies);
        Ok(Self { shared, caller, client_gone: SpinClientGone::default() })
    }
}

impl Host for SpinHost {
    type Clock = SpinClock;
    type Timer = SpinTimer;
    type Entropy = SpinEntropy;
    type KeyValue = SpinKeyValue;
    type Secrets = SpinSecrets;
    type Fetch = SpinFetch;
    type Caller = SpinCaller;
    type ClientGone = SpinClientGone;
    type Once = SpinOnce;
    type Quota = SpinQuota;
    type VersionedStore = SpinVersionedStore;
    type AuditSink = SpinAuditSink;
    type Background = SpinBackground;
    type Log = SpinLog;

    fn clock(&self) -> &SpinClock {
        &SpinClock
    }
    fn timer(&self) -> &SpinTimer {
        &SpinTimer
    }
    fn entropy(&self) -> &SpinEntropy {
        &SpinEntropy
    }
    fn key_value(&self) -> &SpinKeyValue {
        &self.shared.key_value
    }
    fn secrets(&self) -> &SpinSecrets {
        &self.shared.secrets
    }
    fn fetch(&self) -> &SpinFetch {
        &SpinFetch
    }
    fn caller(&self) -> &SpinCaller {
        &self.caller
    }
    fn client_gone(&self) -> &SpinClientGone {
        &self.client_gone
    }
    fn once(&self) -> &SpinOnce {
        &self.shared.backend.once
    }
    fn quota(&self) -> &SpinQuota {
        &self.shared.backend.quota
    }
    fn versioned_store(&self) -> &SpinVersionedStore {
        &self.shared.backend.versioned_store
    }
    fn audit_sink(&self) -> &SpinAuditSink {
        &self.shared.backend.audit_sink
    }
    fn background(&self) -> &SpinBackground {
        &SpinBackground
    }
    fn log(&self) -> &SpinLog {
        &SpinLog
    }
}
