//! What a host must supply: one trait per port, bundled in [`Host`].
//!
//! Each port is the intersection of the hosts, never the union. Its file holds the trait with its *Contract*, and
//! beside it the memory implementation that tests use; `contract` holds the suite that every implementation passes,
//! inside workerd too. Everything is static dispatch and single-threaded: no `Send`, no `dyn`.

pub mod audit_sink;
pub mod background;
pub mod caller;
pub mod client_gone;
pub mod clock;
pub mod contract;
pub mod entropy;
pub mod fetch;
pub mod key_value;
pub mod memory;
pub mod once;
pub mod quota;
pub mod secrets;
pub mod timer;

pub use audit_sink::{Accepted, AuditSink, AuditSinkError};
pub use background::Background;
pub use caller::Caller;
pub use client_gone::ClientGone;
pub use clock::{Clock, Timestamp};
pub use entropy::{Entropy, EntropyError};
pub use fetch::{Fetch, FetchError, FetchLimits};
pub use key_value::{KeyValue, KeyValueError};
pub use once::{Claim, Once, OnceError};
pub use quota::{Quota, QuotaError, Taken};
pub use secrets::{SecretError, Secrets};
pub use timer::Timer;

use crate::isolate::Isolate;

/// Every port of one host, and what the isolate remembers.
///
/// `Clone + 'static` because a call outlives the function that started it: it runs as a background task.
pub trait Host: Clone + 'static {
    /// See [`Clock`].
    type Clock: Clock;
    /// See [`Timer`].
    type Timer: Timer;
    /// See [`Entropy`].
    type Entropy: Entropy;
    /// See [`KeyValue`].
    type KeyValue: KeyValue;
    /// See [`Secrets`].
    type Secrets: Secrets;
    /// See [`Fetch`].
    type Fetch: Fetch;
    /// See [`Caller`].
    type Caller: Caller;
    /// See [`ClientGone`].
    type ClientGone: ClientGone;
    /// See [`Once`].
    type Once: Once;
    /// See [`Quota`].
    type Quota: Quota;
    /// See [`AuditSink`].
    type AuditSink: AuditSink;
    /// See [`Background`].
    type Background: Background;

    /// Now.
    fn clock(&self) -> &Self::Clock;
    /// Sleeping.
    fn timer(&self) -> &Self::Timer;
    /// Randomness.
    fn entropy(&self) -> &Self::Entropy;
    /// The registry's records.
    fn key_value(&self) -> &Self::KeyValue;
    /// Secrets by name.
    fn secrets(&self) -> &Self::Secrets;
    /// Requests to origins and issuers.
    fn fetch(&self) -> &Self::Fetch;
    /// The facts of this request's connection.
    fn caller(&self) -> &Self::Caller;
    /// Whether this request's client has gone.
    fn client_gone(&self) -> &Self::ClientGone;
    /// One-time claims.
    fn once(&self) -> &Self::Once;
    /// So much in each span of time.
    fn quota(&self) -> &Self::Quota;
    /// Where audit events go.
    fn audit_sink(&self) -> &Self::AuditSink;
    /// Work that outlives the response.
    fn background(&self) -> &Self::Background;
    /// What this isolate remembers between requests: plain data, the same for every clone of this host.
    fn isolate(&self) -> &Isolate;
}
