//! The protocol that an origin speaks, and the name under which an isolate remembers an origin.

use mcp::era::Era;
use ports::Host;

use super::outbound::OriginCall;
use crate::isolate::sessions::Session;

/// The protocol of an origin.
pub(super) enum OriginProtocol {
    /// MCP 2026-07-28: no session.
    Modern,
    /// MCP before 2026-07-28: every request carries the session of an `initialize`.
    Legacy(Session),
}

impl OriginProtocol {
    /// The era of the protocol.
    pub(super) const fn era(&self) -> Era {
        match self {
            Self::Modern => Era::Modern,
            Self::Legacy(_) => Era::Legacy,
        }
    }
}

/// The key of the origin in the isolate's memory: another URL under the same name is another origin.
pub(super) fn key<H: Host>(call: &OriginCall<'_, H>) -> String {
    format!("{} {}", call.origin.name, call.origin.url)
}
