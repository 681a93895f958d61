//! The bundle of ports that the gateway runs on.

use crate::{
    AuditSink, Background, Caller, ClientGone, Clock, Entropy, Fetch, KeyValue, Log, Once, Quota, Secrets, Timer,
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
    /// See [`AuditSink`].
    type AuditSink: AuditSink;
    /// See [`Background`].
    type Background: Background;
    /// See [`Log`].
    type Log: Log;

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
    /// Lines for the operator.
    fn log(&self) -> &Self::Log;
}
