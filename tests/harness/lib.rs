//! The test harness of all stages: an issuer, origins, a registry, a client, and Weir on the target that `TARGET`
//! names.
//!
//! ```text
//! Setup::new()            a registry folder, an identity provider, three origins, all changeable
//!   .start()              compiled, signed and served by the target under test
//!   → Weir                draft requests, send them, read answers, audit events, what the origins saw
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a harness that can't go on fails the test that asked for it"
)]

pub mod authorization_server;
pub mod canaries;
pub mod client;
pub mod dpop;
pub mod issuer;
pub mod jose;
pub mod legacy;
pub mod memory;
pub mod network;
pub mod offers;
pub mod on_spin;
pub mod openid;
pub mod origin;
mod places;
pub mod redis;
pub mod registry;
pub mod sockets;
pub mod target;
pub mod third_party;
pub mod wanted;
pub mod weir;
pub mod workers;

use std::path::PathBuf;

pub use client::{Answer, Draft};
pub use origin::{Origin, Reply, Step};
pub use weir::{Setup, Weir};

/// A path in `tests/`. Cargo names the folder at run time: a moved checkout brings its compiled tests along.
pub fn in_tests(path: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| ".".into())).join(path)
}
