//! Audit: one event per request, with redacted arguments and the cost.
//!
//! The crate is pure: time and entropy are arguments. It contains the [`AuditEvent`] and its bounds ([`event`]), the
//! redaction of arguments ([`redaction`]), the price of a call ([`cost`]), the columns of cost reports ([`focus`]), and
//! dates ([`time`]).
//!
//! Out of scope: delivery of events (the gateway's `AuditSink`), storage and exports (the ledger), and results of
//! tools, which no event contains.

pub mod cost;
pub mod event;
pub mod focus;
pub mod id;
pub mod month;
pub mod redaction;
pub mod time;

pub use cost::{Cost, Price, Usage, price_of};
pub use event::{
    Agent, AuditEvent, Decision, EVENT_BYTES, Effect, Kind, Latency, Outcome, Phase, Refusals, Session, Status, User,
};
pub use id::{EventId, event_id};
pub use month::Month;
pub use redaction::{RedactedArguments, redact};
