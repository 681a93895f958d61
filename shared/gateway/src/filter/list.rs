//! Lists, trimmed to what the caller may see.

use mcp::meta::Implementation;
use mcp::raw_json::{Members, RawJson};
use mcp::tool::{self, CacheScope, ListedTool};

use crate::forward::Offers;
use crate::virtual_server::VirtualServer;

/// The result of `server/discover`.
pub(super) fn discover(server: &VirtualServer, info: &Implementation, ttl_ms: u64) -> RawJson {
    let record = server.record();
    // What is really served: clients may ask for nothing else (MCP 2026-07-28, server/discover).
    let mut capabilities = Members::new();
    capabilities.set("tools", RawJson::empty_object());
    let capabilities = capabilities.to_raw();
    tool::discover_result(info, &capabilities, record.instructions.as_deref(), ttl_ms, CacheScope::Private)
}

/// Tools on one page: about a quarter of a megabyte. A client's model reads them all, so a further request only makes it wait.
const PAGE_TOOLS: usize = 250;

/// The first page of the `visible` tools, in the registry's order, each under its exposed name and with the registry's
/// title and description where it has them; and the index with which the next page begins. A tool that its origin no
/// longer offers is left out.
pub(super) fn page<'a>(
    server: &'a VirtualServer,
    visible: &[usize],
    offers: &'a Offers,
) -> (Vec<ListedTool<'a>>, Option<usize>) {
    let mut offered = visible.iter().filter_map(|&at| {
        let ours = server.tool(at);
        let declaration = &ours.declaration;
        let tool = offers.find(&declaration.origin, &declaration.origin_name)?;
        let (title, description) = (ours.title.as_deref(), ours.description.as_deref());
        Some((at, ListedTool { tool, name: &declaration.name, title, description }))
    });
    let page = offered.by_ref().take(PAGE_TOOLS).map(|(_, tool)| tool).collect();
    (page, offered.next().map(|(at, _)| at))
}
