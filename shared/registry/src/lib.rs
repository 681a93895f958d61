//! The registry: parses a folder into documents, compiles them to a snapshot, and seals its records.
//!
//! ```text
//! gateway.toml, origins/NAME.toml, …    folder::check    every fault, with file, line and column
//!        │                                  │
//!        ▼                                  ▼
//!   Documents (parsed)      ─────────▶  Snapshot (compiled) ──records──▶  record::seal  ──▶  the key-value store
//!                                                                                              │
//!                                                                gateway: record::open  ◀──────┘
//! ```
//!
//! The crate uses no file system, clock or randomness: a folder is given as text by path.

pub mod address;
pub mod agreement;
pub mod assignment;
pub mod compile;
pub mod diff;
pub mod document;
pub mod fault;
pub mod folder;
pub mod legible;
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
