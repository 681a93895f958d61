//! The `AuditSink` port: durable delivery of audit events to the ledger.

/// The place that durably accepted an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
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
pub trait AuditSink {
    /// Hands over the event called `id`.
    fn append(&self, id: &str, event: String) -> impl Future<Output = Result<Accepted, AuditSinkError>>;
}
