//! The ledger: moves audit events from the queue into the trail and the books, and serves both to auditors and finance.
//!
//! ```text
//! queue ──────────▶ settle ─▶ events/2026-11-20/10-42.ndjson      one line per event, each event id once
//! outbox ─▶ drain ─────┤      rejected/SHA256.json                each body that is no event, unchanged
//!                      └────▶ charges                             one row per call that reached an origin
//! GET /audit/events  ─▶ trail  ─▶ NDJSON
//! GET /reports/costs ─▶ report ─▶ JSON or CSV
//! POST /ledger/drain ─▶ drain  ─▶ JSON
//! ```
//!
//! Portable: objects come from the [`ports::Objects`] port, tables from the [`ports::Database`] port, waiting events
//! from the [`ports::Outbox`] port; time and secrets are arguments. Not implemented yet: roll-ups, exports, sealed
//! batches, pages.

pub mod books;
pub mod consume;
pub mod delivery;
pub mod drain;
pub mod migration;
pub mod minute;
pub mod query;
pub mod report;
pub mod serve;
pub mod settle;
pub mod trail;

pub use consume::{ConsumeError, DeliveryOutcome, consume};
pub use delivery::{Delivery, Rejection};
pub use drain::{DrainLimits, DrainReport, drain};
pub use migration::migrate;
pub use serve::{DRAIN_TOKEN, Ledger, READ_TOKEN, serve};
pub use settle::settle;
