//! The manual: what the code can't say of itself.
//!
//! - [`threats`]: what goes wrong in gateways, where Weir answers it, and which test proves it.
//! - [`decisions`]: why things are as they are.
//! - [`bridging`]: what of MCP passes between clients and origins of the two eras, feature by feature.
//! - [`platforms`]: every touchpoint with a host, what it guarantees, and how each failure looks.

pub mod bridging;
pub mod decisions;
pub mod platforms;
pub mod threats;
