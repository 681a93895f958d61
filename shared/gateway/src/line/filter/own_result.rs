//! What Weir answers by itself: `server/discover`, and what legacy clients ask in its place.

use json::RawJson;
use mcp::capabilities::Capabilities;
use mcp::discover::discover_result;
use mcp::legacy;
use mcp::meta::Implementation;
use mcp::result::CacheScope;

use crate::line::parse::Courtesy;
use crate::virtual_server::VirtualServer;

/// The result for a client of either era. `capabilities` are those of what is really served: clients may ask for nothing
/// else (MCP 2026-07-28, server/discover).
pub(super) fn result(
    courtesy: Option<Courtesy>,
    server: &VirtualServer,
    (info, capabilities): (&Implementation, &Capabilities),
    ttl_ms: u64,
) -> RawJson {
    let instructions = server.record().instructions.as_deref();
    match courtesy {
        None => discover_result(info, capabilities, instructions, ttl_ms, CacheScope::Private),
        Some(Courtesy::Initialize(version)) => {
            legacy::initialize_result(version, &capabilities.to_raw(), info, instructions)
        }
        // The others are answered by an origin, or not at all.
        Some(_) => RawJson::empty_object(),
    }
}
