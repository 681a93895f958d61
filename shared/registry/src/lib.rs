//! The registry: the folder as written, the snapshot as used, the records as signed.
//!
//! ```text
//! gateway.toml, origins/NAME.toml, …    folder::check    every fault, with file, line and column
//!        │                                  │
//!        ▼                                  ▼
//!   Documents (as written)  ─────────▶  Snapshot (as used)  ──records──▶  record::seal  ──▶  the key-value store
//!                                                                                              │
//!                                                                gateway: record::open  ◀──────┘
//! ```
//!
//! No file system, no clock and no randomness: the folder comes in as texts by path.

pub mod address;
pub mod agreement;
pub mod assignment;
pub mod compile;
pub mod diff;
pub mod document;
pub mod fault;
pub mod folder;
pub mod name;
pub mod price;
pub mod record;
pub mod resource;
pub mod rule;
mod signature;
pub mod snapshot;
pub mod source;
mod table;
pub mod verdict;
