//! What happened: one event per request, redacted, with its cost.
//!
//! Pure: the clock and randomness are arguments. Here are the [`AuditEvent`] and its bounds ([`event`]), the redaction
//! of arguments ([`redaction`]), the price of a call ([`cost`]), the columns of cost reports ([`focus`]), W3C trace context ([`trace`]), and dates ([`time`]).
//!
//! Not here: where events go (the gateway's `AuditSink`), how they are kept (the ledger), results of tools (no event ever
//! carries any), exports in the formats of others.

pub mod cost;
pub mod event;
pub mod focus;
pub mod id;
pub mod month;
pub mod redaction;
pub mod time;
pub mod trace;

pub use cost::{Cost, Price, Usage, price_of};
pub use event::{
    Agent, AuditEvent, Decision, EVENT_BYTES, Effect, Kind, Latency, Outcome, Phase, Refusals, Session, Status, User,
};
pub use id::{EventId, event_id};
pub use month::Month;
pub use redaction::{RedactedArguments, redact};
pub use trace::TraceParent;
