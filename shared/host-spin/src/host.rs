//! The component's stores and variables, checked once per instance, and the host that bundles the ports for one request.

use std::cell::RefCell;
use std::rc::Rc;

use http::HeaderMap;
use ports::Host;
use spin_sdk::sqlite::Connection;

use crate::audit_sink::{RedisStream, SpinAuditSink, SqliteOutbox};
use crate::background::SpinBackground;
use crate::caller::SpinCaller;
use crate::client_gone::SpinClientGone;
use crate::clock::SpinClock;
use crate::database;
use crate::entropy::SpinEntropy;
use crate::fault::Fault;
use crate::fetch::SpinFetch;
use crate::key_value::SpinKeyValue;
use crate::once::{RedisOnce, SpinOnce, SqliteOnce};
use crate::quota::{RedisQuota, SpinQuota, SqliteQuota};
use crate::redis::Redis;
use crate::secrets::SpinSecrets;
use crate::timer::SpinTimer;

/// The label of the stores, which is also the one that Spin knows without any runtime configuration.
const DEFAULT: &str = "default";

/// Without these no request can be answered.
const REQUIRED: [&str; 2] = ["REGISTRY_KEYS", "ACCESS_TOKEN_KEYS"];

/// Where the Redis server is; empty where there is none.
const REDIS_URL: &str = "REDIS_URL";

/// What every request of an instance shares: plain data, no future and no lock.
struct Shared {
    key_value: SpinKeyValue,
    secrets: SpinSecrets,
    once: SpinOnce,
    quota: SpinQuota,
    audit_sink: SpinAuditSink,
}

thread_local! {
    /// Made by the first request that finds everything in place; several may look for it at once.
    static SHARED: RefCell<Option<Rc<Shared>>> = const { RefCell::new(None) };
}

impl Shared {
    /// All faults at once, so that one look at `/healthz` is enough to mend them.
    async fn open() -> Result<Rc<Self>, Vec<Fault>> {
        if let Some(shared) = SHARED.with_borrow(Clone::clone) {
            return Ok(shared);
        }
        let mut faults = Vec::new();
        let secrets = SpinSecrets::default();
        for name in REQUIRED {
            kept(secrets.require(name).await, &mut faults);
        }
        let key_value = kept(SpinKeyValue::open(DEFAULT).await, &mut faults);
        let redis = kept(redis(&secrets).await, &mut faults);
        let connection = kept(database::open().await, &mut faults);
        let backend = match (redis, connection) {
            (Some(redis), Some(connection)) => kept(Backend::open(redis, Rc::new(connection)).await, &mut faults),
            _ => None,
        };
        match (key_value, backend) {
            (Some(key_value), Some(Backend { once, quota, audit_sink })) if faults.is_empty() => {
                let shared = Rc::new(Self { key_value, secrets, once, quota, audit_sink });
                // Another request may have been quicker; its connections count.
                Ok(SHARED.with_borrow_mut(|first| first.get_or_insert(shared).clone()))
            }
            _ => Err(faults),
        }
    }
}

fn kept<T>(outcome: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    outcome.map_err(|fault| faults.push(fault)).ok()
}

/// What is the same for all instances: in the embedded database, or in Redis.
struct Backend {
    once: SpinOnce,
    quota: SpinQuota,
    audit_sink: SpinAuditSink,
}

impl Backend {
    async fn open(redis: Option<Redis>, connection: Rc<Connection>) -> Result<Self, Fault> {
        let outbox = SqliteOutbox::open(connection.clone()).await?;
        Ok(match redis.map(Rc::new) {
            None => Self {
                once: SpinOnce::Sqlite(SqliteOnce::open(connection.clone()).await?),
                quota: SpinQuota::Sqlite(SqliteQuota::open(connection).await?),
                audit_sink: SpinAuditSink::new(None, outbox),
            },
            Some(redis) => Self {
                once: SpinOnce::Redis(RedisOnce::new(redis.clone())),
                quota: SpinQuota::Redis(RedisQuota::new(redis.clone())),
                audit_sink: SpinAuditSink::new(Some(RedisStream::new(redis)), outbox),
            },
        })
    }
}

/// The Redis server, where the deployment has one. A manifest without the variable is a fault: two replicas that each took
/// it for *none* would each let the same assertion in.
pub(crate) async fn redis(secrets: &SpinSecrets) -> Result<Option<Redis>, Fault> {
    match secrets.read(REDIS_URL).await? {
        Some(url) => Redis::new(url.expose().to_owned()).await.map(Some),
        None => Ok(None),
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
    /// The host of a request with these headers, or everything that is wrong with the component's surroundings.
    pub async fn new(headers: &HeaderMap) -> Result<Self, Vec<Fault>> {
        Ok(Self {
            shared: Shared::open().await?,
            caller: SpinCaller::new(headers),
            client_gone: SpinClientGone::default(),
        })
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
    type AuditSink = SpinAuditSink;
    type Background = SpinBackground;

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
        &self.shared.once
    }
    fn quota(&self) -> &SpinQuota {
        &self.shared.quota
    }
    fn audit_sink(&self) -> &SpinAuditSink {
        &self.shared.audit_sink
    }
    fn background(&self) -> &SpinBackground {
        &SpinBackground
    }
}
