//! Lists, trimmed to what the caller may see.

use std::collections::HashMap;

use mcp::meta::Implementation;
use mcp::raw_json::{Members, RawJson};
use mcp::tool::{self, CacheScope, ListedTool, Tool};

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

/// The result of `tools/list`: the visible tools in the registry's order, each under its exposed name and with the
/// registry's title and description where it has them. A tool that its origin no longer offers is left out.
pub(super) fn tools(
    server: &VirtualServer,
    visible: &[usize],
    offered: Vec<(String, Vec<Tool>)>,
    info: &Implementation,
    ttl_ms: u64,
) -> RawJson {
    let mut by_name: HashMap<(&str, &str), &Tool> = HashMap::new();
    for (origin, tools) in &offered {
        for tool in tools {
            // Of two definitions under one name the first counts; which one a call would reach is the origin's secret.
            by_name.entry((origin, tool.name())).or_insert(tool);
        }
    }
    let listed = visible.iter().filter_map(|&at| {
        let ours = server.tool(at);
        let declaration = &ours.declaration;
        let tool = by_name.get(&(declaration.origin.as_str(), declaration.origin_tool.as_str()))?;
        let (title, description) = (ours.title.as_deref(), ours.description.as_deref());
        Some(ListedTool { tool, name: &declaration.name, title, description })
    });
    let listed: Vec<_> = listed.collect();
    tool::tools_list_result(&listed, ttl_ms, CacheScope::Private, info)
}
