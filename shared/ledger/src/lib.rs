//! The ledger: drains the queue into the trail and the books, and lets auditors and finance read them.
//!
//! ```text
//! queue ──────────▶ settle ─▶ events/2026-11-20/10-42.ndjson      one line per event, each event id once
//! outbox ─▶ drain ─────┤      rejected/SHA256.json                what was no event, kept as it came
//!                      └────▶ charges                             one row per call that reached an origin
//! GET /audit/events  ─▶ trail  ─▶ NDJSON
//! GET /reports/costs ─▶ report ─▶ JSON or CSV
//! POST /ledger/drain ─▶ drain  ─▶ JSON
//! ```
//!
//! Portable: the object store is the [`Objects`] port, the tables are the [`Database`] port, what waits
//! comes from the [`Outbox`] port, the time and the secrets are arguments. Not here yet: roll-ups, exports, sealed batches, pages.

pub mod books;
pub mod consume;
pub mod database;
pub mod delivery;
pub mod drain;
pub mod migration;
pub mod minute;
pub mod objects;
pub mod outbox;
pub mod query;
pub mod report;
pub mod serve;
pub mod settle;
pub mod trail;

pub use consume::{ConsumeError, DeliveryOutcome, consume};
pub use database::{Database, DatabaseError, Statement, Value};
pub use delivery::{Delivery, Rejection};
pub use drain::{DrainLimits, DrainReport, drain};
pub use migration::migrate;
pub use objects::{Expected, Object, Objects, ObjectsError, Put, Version};
pub use outbox::{Handle, NoOutbox, Outbox, OutboxError, Waiting};
pub use serve::{DRAIN_TOKEN, Ledger, READ_TOKEN, serve};
pub use settle::settle;
