//! The results that Weir writes itself: of `server/discover` and `initialize`, and the pages of lists.

use json::{Members, RawJson};
use mcp::discover::discover_result;
use mcp::legacy;
use mcp::list::{ListKind, Page, list_result};
use mcp::meta::Implementation;
use mcp::result::CacheScope;
use ports::{Clock, Host};

use super::list_page;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::authorize::ListedUris;
use crate::line::resolve::Resolved;
use crate::origin::{JoinedCapabilities, Offers};
use crate::requests_per_minute::{self, URIS_PER_REQUEST};
use crate::sealed::cursor;
use crate::virtual_server::VirtualServer;

/// Milliseconds that a client may keep a list: policy may change with each refresh of the registry.
const TTL_MS: u64 = 30_000;
/// Milliseconds that a client may keep a result in which an origin is missing, since it may be back soon.
const INCOMPLETE_TTL_MS: u64 = 5_000;
/// The key in a list's `_meta` for the names of the origins that the caller sees items of and that failed this time.
const UNAVAILABLE: &str = "dev.weir/unavailable";

/// The result of `server/discover`. It declares only capabilities that are served: clients may use no others (MCP
/// 2026-07-28, server/discover).
pub(super) fn discover(server: &VirtualServer, together: &JoinedCapabilities) -> RawJson {
    let (info, instructions) = (server_info(server), server.record().instructions.as_deref());
    let ttl_ms = ttl_ms(together.unavailable.is_empty());
    discover_result(&info, &together.capabilities, instructions, ttl_ms, CacheScope::Private)
}

/// The result of `initialize`.
pub(super) fn initialize(server: &VirtualServer, version: &str, together: &JoinedCapabilities) -> RawJson {
    let (info, instructions) = (server_info(server), server.record().instructions.as_deref());
    legacy::initialize_result(version, &together.capabilities.to_raw(), &info, instructions)
}

/// The result of a list: one page, with the cursor of the next and the names of the origins that are missing.
pub(super) async fn list<H: Host>(
    gateway: &Gateway<H>,
    resolved: &Resolved,
    (kind, visible, skip): (ListKind, &[usize], usize),
    mut offers: Offers,
) -> Result<RawJson, Failure> {
    let (message, server) = (resolved.message(), resolved.server());
    let missing = offers.missing()?;
    let uris = ListedUris::new(resolved, gateway.host.clock().now());
    let page = list_page::page(resolved, &uris, (kind, visible, skip), &offers);
    requests_per_minute::charge(gateway, message.authenticated().caller(), uris.decided() / URIS_PER_REQUEST);
    let next_cursor = match page.next {
        Some(position) => Some(cursor::seal(gateway, server, message.principal(), kind, position).await?),
        None => None,
    };
    let mut notes = Members::new();
    if let (false, Ok(names)) = (missing.is_empty(), RawJson::from_serialize(&missing)) {
        notes.set(UNAVAILABLE, names);
    }
    page.note(&mut notes);
    Ok(list_result(&Page {
        kind,
        items: &page.items,
        next_cursor: next_cursor.as_deref(),
        ttl_ms: ttl_ms(missing.is_empty()),
        cache_scope: CacheScope::Private,
        server_info: &server_info(server),
        notes: Some(&notes),
    }))
}

/// Milliseconds that a client may keep a result.
const fn ttl_ms(complete: bool) -> u64 {
    if complete { TTL_MS } else { INCOMPLETE_TTL_MS }
}

/// The server's name is the virtual server's, its version is Weir's.
fn server_info(server: &VirtualServer) -> Implementation {
    let record = server.record();
    let title = Some(record.title.clone()).filter(|title| !title.is_empty());
    Implementation { name: record.name.clone(), version: env!("CARGO_PKG_VERSION").to_owned(), title }
}
