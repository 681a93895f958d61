//! The `Outbox` port: accepted events on their way into the ledger, each until somebody has settled it.

pub mod contract;
pub mod memory;

use std::future::Future;

/// The outbox could not answer, or not in time; says nothing about whether a removal happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the outbox failed: {0}")]
pub struct OutboxError(pub String);

/// Names one event as its outbox does (a row's number, a key). Only the outbox that gave it reads anything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle(pub String);

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What to name in order to remove it.
    pub handle: Handle,
    /// Its text, as the gateway wrote it.
    pub body: String,
}

/// Events that a gateway has been told are safe, and that no ledger has settled yet.
///
/// *Contract*
/// - `take` gives at most `limit` events that wait, oldest first; with `after`, only such as stand behind that one,
///   whether it has been removed or not. `limit` is at most 1,000.
/// - Taking removes nothing. An event comes again, to the same taker or to another, until it is removed: at once, or where
///   takers share the events out, after a bounded time in which it may be given to nobody else.
/// - So two takers may hold the same event, and a taker that dies loses none.
/// - What has been removed is never given again. Removing it once more is no error.
/// - `remove` removes what it names and nothing else. When it fails or its caller dies, each of the named is removed or
///   waits still.
/// - A `take` that begins after an event has been accepted may give it (no delay of visibility).
/// - Bodies come back character for character.
/// - `left` is how many wait, whoever holds them; an outbox that must list them all may stop counting at 1,000.
pub trait Outbox {
    /// The next events.
    fn take(&self, after: Option<&Handle>, limit: usize) -> impl Future<Output = Result<Vec<Waiting>, OutboxError>>;

    /// Removes events that are settled.
    fn remove(&self, settled: &[Handle]) -> impl Future<Output = Result<(), OutboxError>>;

    /// How many wait.
    fn left(&self) -> impl Future<Output = Result<u64, OutboxError>>;
}

/// The outbox of a host that has none to be drained on demand.
#[derive(Debug, Clone, Copy)]
pub enum NoOutbox {}

impl Outbox for NoOutbox {
    async fn take(&self, _: Option<&Handle>, _: usize) -> Result<Vec<Waiting>, OutboxError> {
        match *self {}
    }

    async fn remove(&self, _: &[Handle]) -> Result<(), OutboxError> {
        match *self {}
    }

    async fn left(&self) -> Result<u64, OutboxError> {
        match *self {}
    }
}
