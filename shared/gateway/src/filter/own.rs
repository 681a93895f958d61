//! What Weir answers by itself: `server/discover`, and what legacy clients ask in its place.

use mcp::legacy;
use mcp::meta::Implementation;
use mcp::raw_json::RawJson;

use super::list;
use crate::parse::Courtesy;
use crate::virtual_server::VirtualServer;

/// The result for a client of either era.
pub(super) fn result(
    courtesy: Option<Courtesy>,
    server: &VirtualServer,
    info: &Implementation,
    ttl_ms: u64,
) -> RawJson {
    match courtesy {
        None => list::discover(server, info, ttl_ms),
        Some(Courtesy::Initialize(version)) => {
            legacy::initialize_result(version, info, server.record().instructions.as_deref())
        }
        Some(Courtesy::Ping) => RawJson::empty_object(),
    }
}
