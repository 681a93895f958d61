//! The protocol that an origin speaks, and the name under which an isolate remembers an origin.

use http::header::{HeaderMap, HeaderValue};
use mcp::era::{Era, SUPPORTED_VERSIONS};
use mcp::headers::MCP_PROTOCOL_VERSION;
use ports::Host;

use super::outbound::OriginCall;
use crate::isolate::sessions::Session;

/// The protocol of an origin.
#[derive(Clone)]
pub(super) enum OriginProtocol {
    /// MCP 2026-07-28: no session.
    Modern,
    /// MCP before 2026-07-28: every request carries the session of an `initialize`.
    Legacy(Session),
}

impl OriginProtocol {
    /// Writes the protocol's headers of a message that is not a request.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        match self {
            Self::Modern => drop(headers.insert(MCP_PROTOCOL_VERSION, HeaderValue::from_static(SUPPORTED_VERSIONS[0]))),
            Self::Legacy(session) => session.write(headers),
        }
    }

    /// Its era.
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
