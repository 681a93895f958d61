//! The `AuditSink` port: durable delivery of audit events to the ledger.

use crate::Timestamp;

/// The place that durably accepted an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedBy {
    /// The queue took it.
    Queue,
    /// The queue refused; the outbox holds it until the ledger sweeps it.
    Outbox,
}

/// Neither queue nor outbox took the event.
#[derive(Debug, thiserror::Error)]
#[error("the audit event was not accepted: {0}")]
pub struct AuditSinkError(pub String);

/// Durable delivery of audit events to the ledger.
///
/// *Contract*
/// - `append` returns once the event is durably accepted: it will reach the ledger at least once, in any order.
/// - The event is one JSON object as text, less than 128,000 bytes; the sink never changes it.
/// - A queue that refuses is tried again, then the outbox; only when that fails too is it an error.
/// - Bounded in time by the host (at most 15 s), then an error. An error says nothing about whether the event was
///   accepted.
/// - An event that is noted by `owe` and not accepted until its `until` is counted by one `take_lost`, wherever the two
///   run. One that was accepted is not counted, unless the sink failed meanwhile: a count may be too high.
pub trait AuditSink {
    /// True if the sink notes owed events. A host that learns in another way what an instance owed when it trapped
    /// does not: there [`note_expected`](Self::note_expected) and [`remove_lost`](Self::remove_lost) do nothing.
    const KEEPS_NOTES: bool = false;

    /// Hands over the event called `id`.
    fn append(&self, id: &str, event: String) -> impl Future<Output = Result<AcceptedBy, AuditSinkError>>;

    /// Notes that the event `id` will be handed over, and is lost if that hasn't happened by `until`. A later call
    /// moves `until`.
    fn note_expected(&self, _id: &str, _until: Timestamp) -> impl Future<Output = Result<(), AuditSinkError>> {
        async { Ok(()) }
    }

    /// Removes the notes of lost events, and returns their number.
    fn remove_lost(&self) -> impl Future<Output = Result<u64, AuditSinkError>> {
        async { Ok(0) }
    }
}
