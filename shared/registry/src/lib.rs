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
//! The left half is the feature `publish`, of `weir` and tests; a gateway is built without it.
//!
//! The crate uses no file system, clock or randomness: a folder is given as text by path.

#[cfg(feature = "publish")]
pub mod address;
#[cfg(feature = "publish")]
pub mod agreement;
pub mod assignment;
#[cfg(feature = "publish")]
pub mod compile;
#[cfg(feature = "publish")]
pub mod diff;
#[cfg(feature = "publish")]
pub mod document;
#[cfg(feature = "publish")]
pub mod fault;
#[cfg(feature = "publish")]
pub mod folder;
pub mod legible;
pub mod name;
pub mod price;
pub mod record;
pub mod resource;
#[cfg(feature = "publish")]
pub mod rule;
mod signature;
pub mod snapshot;
#[cfg(feature = "publish")]
pub mod source;
#[cfg(feature = "publish")]
mod table;
mod trusted;
pub mod verdict;
