//! The ports: what a host supplies, one trait per file, each with its contract and an implementation in memory.
//!
//! A port is the intersection of the hosts, never the union. [`Host`] bundles the gateway's ports; the ledger takes
//! [`Database`], [`Objects`] and [`Outbox`] one by one. [`contract`] and the `contract` module of each of the ledger's
//! ports hold the suite that every implementation passes, in memory, inside workerd and inside Spin. Everything is
//! static dispatch and single-threaded: no `Send`, no `dyn`.

pub mod audit_sink;
pub mod background;
mod body;
pub mod caller;
pub mod client_gone;
pub mod clock;
pub mod contract;
pub mod database;
pub mod entropy;
pub mod fetch;
pub mod host;
pub mod key_value;
pub mod log;
pub mod memory;
pub mod objects;
pub mod once;
pub mod outbox;
pub mod quota;
pub mod secret;
pub mod secrets;
pub mod timer;
pub mod versioned_store;

pub use audit_sink::{AcceptedBy, AuditSink, AuditSinkError};
pub use background::Background;
pub use body::Body;
pub use caller::Caller;
pub use client_gone::ClientGone;
pub use clock::{Clock, Timestamp};
pub use database::{Database, DatabaseError, Statement, Value};
pub use entropy::{Entropy, EntropyError};
pub use fetch::{Fetch, FetchError, FetchLimits};
pub use host::Host;
pub use key_value::{KeyValue, KeyValueError};
pub use log::Log;
pub use objects::{Expected, Object, Objects, ObjectsError, Put, Version};
pub use once::{Claim, Once, OnceError};
pub use outbox::{Handle, NoOutbox, Outbox, OutboxError, OutboxEvent};
pub use quota::{Quota, QuotaError, TakeResult};
pub use secret::Secret;
pub use secrets::{SecretError, Secrets};
pub use timer::Timer;
pub use versioned_store::{ReplaceResult, VersionedStore, VersionedStoreError, VersionedValue};
