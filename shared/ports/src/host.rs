//! The bundle of ports that the gateway runs on.

use crate::{
    AuditSink, Background, Caller, ClientGone, Clock, Entropy, Fetch, KeyValue, Log, Once, Quota, Secrets, Timer,
    VersionedStore,
};

/// Every port of one host.
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
    /// See [`VersionedStore`].
    type VersionedStore: VersionedStore;
    /// See [`AuditSink`].
    type AuditSink: AuditSink;
    /// See [`Background`].
    type Background: Background;
    /// See [`Log`].
    type Log: Log;

    /// The current time.
    fn clock(&self) -> &Self::Clock;
    /// Timers that a task can wait for.
    fn timer(&self) -> &Self::Timer;
    /// Unpredictable random bytes.
    fn entropy(&self) -> &Self::Entropy;
    /// The registry's records.
    fn key_value(&self) -> &Self::KeyValue;
    /// Secrets by name.
    fn secrets(&self) -> &Self::Secrets;
    /// Requests to origins and issuers.
    fn fetch(&self) -> &Self::Fetch;
    /// The facts of this request's connection.
    fn caller(&self) -> &Self::Caller;
    /// The signal that this request's client has gone.
    fn client_gone(&self) -> &Self::ClientGone;
    /// Claims that only one caller can make.
    fn once(&self) -> &Self::Once;
    /// Counted limits per time window.
    fn quota(&self) -> &Self::Quota;
    /// Values that are replaced only by a caller who has seen the current one.
    fn versioned_store(&self) -> &Self::VersionedStore;
    /// The sink of audit events.
    fn audit_sink(&self) -> &Self::AuditSink;
    /// Work that outlives the response.
    fn background(&self) -> &Self::Background;
    /// Lines for the operator.
    fn log(&self) -> &Self::Log;
}
