//! The manual: what the code can't say of itself.
//!
//! - [`threats`]: what goes wrong in gateways, where Weir answers it, and which test proves it.
//! - [`decisions`]: why things are as they are, and where the code left the design.
//! - [`platforms`]: every touchpoint with a host, what it guarantees, and how each failure looks.

pub mod decisions;
pub mod platforms;
pub mod threats;
