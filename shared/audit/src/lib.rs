//! What happened: one event per request, redacted, with its cost.
//!
//! Pure: the clock and randomness are arguments. Here are the [`AuditEvent`] and its bounds ([`event`]), the redaction
//! of arguments ([`redaction`]), the price of a call ([`cost`]), W3C trace context ([`trace`]), and dates ([`time`]).
//!
//! Not here: where events go (the gateway's `AuditSink`), how they are kept (the ledger), results of tools (no event ever
//! carries any), exports in the formats of others.

pub mod cost;
pub mod event;
pub mod id;
pub mod redaction;
pub mod time;
pub mod trace;

pub use cost::{Cost, Price, price_of};
pub use event::{
    Agent, AuditEvent, Decision, EVENT_BYTES, Effect, Kind, Latency, Outcome, Phase, Refusals, Session, Status, User,
};
pub use id::{EventId, event_id};
pub use redaction::{RedactedArguments, redact};
pub use trace::TraceParent;
