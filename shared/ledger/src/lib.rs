//! The ledger: drains the queue into the trail, and lets auditors read it.
//!
//! ```text
//! queue ─▶ consume ─▶ events/2026-11-20/10-42.ndjson      one line per event, each event id once
//!                     rejected/SHA256.json                what was no event, kept as it came
//! GET /audit/events ─▶ trail ─▶ NDJSON
//! ```
//!
//! Portable: the object store is the [`Objects`] port, the time and the secret are arguments. Not here yet: cost roll-ups,
//! exports, sealed batches, pages.

pub mod consume;
pub mod delivery;
pub mod minute;
pub mod objects;
pub mod query;
pub mod serve;
pub mod trail;

pub use consume::{ConsumeError, Fate, consume};
pub use delivery::{Delivery, Rejection};
pub use objects::{Expected, Object, Objects, ObjectsError, Put, Version};
pub use serve::{READ_TOKEN, serve};
