//! The `Outbox` port: events that the gateway has accepted and the ledger has not settled yet.

pub mod contract;
pub mod memory;

use std::future::Future;

/// The outbox failed or exceeded its deadline; a removal may have happened all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the outbox failed: {0}")]
pub struct OutboxError(pub String);

/// The outbox's name for one event (a row number, a key); opaque to everyone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(pub String);

/// An event in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEvent {
    /// The handle to pass to `remove`.
    pub handle: Handle,
    /// The event's text, as the gateway wrote it.
    pub body: String,
}

/// Events that are accepted durably and not settled yet.
///
/// *Contract*
/// - `take` returns at most `limit` events, oldest first; with `after`, only later ones, even if `after` has been
///   removed. `limit` is at most 1,000.
/// - `take` removes nothing. An event is returned again, to the same taker or another, until it is removed: at once,
///   or, if the outbox leases events to takers, after a bounded time.
/// - So two takers may hold the same event, and a taker that dies loses none.
/// - A removed event is never returned again. Removing it again is no error.
/// - `remove` removes exactly the named events. If it fails or its caller dies, each of them is either removed or not.
/// - A `take` that begins after an event was accepted may return it (no visibility delay).
/// - Bodies come back character for character.
/// - `left` counts all events, leased ones included; an outbox that has to list them may stop counting at 1,000.
pub trait Outbox {
    /// Returns the next events.
    fn take(&self, after: Option<&Handle>, limit: usize)
    -> impl Future<Output = Result<Vec<OutboxEvent>, OutboxError>>;

    /// Removes settled events.
    fn remove(&self, settled: &[Handle]) -> impl Future<Output = Result<(), OutboxError>>;

    /// The number of events in the outbox.
    fn left(&self) -> impl Future<Output = Result<u64, OutboxError>>;
}

/// The outbox of a host without one; has no value.
#[derive(Debug, Clone, Copy)]
pub enum NoOutbox {}

impl Outbox for NoOutbox {
    async fn take(&self, _: Option<&Handle>, _: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
        match *self {}
    }

    async fn remove(&self, _: &[Handle]) -> Result<(), OutboxError> {
        match *self {}
    }

    async fn left(&self) -> Result<u64, OutboxError> {
        match *self {}
    }
}
