//! All pages of one origin's list, one after the other. A fault of the origin ends the reading; pages read before are
//! kept.

use std::cell::RefCell;
use std::collections::HashSet;

use json::{Members, RawJson};
use mcp::era::Era;
use mcp::error_code::METHOD_NOT_FOUND;
use mcp::json_rpc::ResponseContent;
use mcp::list::{Item, LeftOut, List, ListError, ListKind};

use super::super::ask;
use super::super::outbound::OriginCall;
use super::super::request::{self, Mirrored, OriginRequest};
use crate::Limits;
use crate::error::{Failure, Fault};
use crate::requests_per_minute;
use ports::Host;

/// The most items that are read of one origin's list.
const MAX_ITEMS: usize = 10_000;
/// The least that a page counts, in items, so that empty pages come to an end, too.
const MIN_PAGE_ITEMS: usize = 10;
/// The lifetime of a list whose origin gives no `ttlMs`, as in the legacy era, milliseconds. Clients get the same
/// lifetime.
const DEFAULT_TTL_MS: u64 = 30_000;
/// The lifetime of the knowledge that an origin has no such list, milliseconds.
const NO_LIST_TTL_MS: u64 = 60_000;

/// The pages read so far.
pub(super) struct Offered {
    pub(super) items: Vec<Item>,
    /// The definitions that clients can't parse.
    pub(super) left_out: Vec<LeftOut>,
    /// The lifetime of the list, milliseconds: the least of its pages'.
    pub(super) ttl_ms: u64,
    /// True if a page gives no `ttlMs`: then the list is kept for one caller only.
    pub(super) lacks_ttl: bool,
    /// The bytes of all pages' texts.
    pub(super) bytes: usize,
    pub(super) pages: usize,
    /// The items so far; a page counts for at least [`MIN_PAGE_ITEMS`].
    counted: usize,
}

impl Default for Offered {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            left_out: Vec::new(),
            ttl_ms: u64::MAX,
            lacks_ttl: false,
            bytes: 0,
            pages: 0,
            counted: 0,
        }
    }
}

impl Offered {
    fn add(&mut self, page: List, bytes: usize) {
        self.counted += (page.items.len() + page.left_out.len()).max(MIN_PAGE_ITEMS);
        self.items.extend(page.items);
        self.left_out.extend(page.left_out);
        self.lacks_ttl |= page.ttl_ms.is_none();
        self.ttl_ms = self.ttl_ms.min(page.ttl_ms.unwrap_or(DEFAULT_TTL_MS));
        self.bytes += bytes;
        self.pages += 1;
    }
}

/// Reads all pages into `offered`. An origin that doesn't know the method has no items of this kind. A cursor that
/// repeats ends the reading, like a missing one.
pub(super) async fn read<H: Host>(
    call: &OriginCall<'_, H>,
    kind: ListKind,
    offered: &RefCell<Offered>,
) -> Result<(), Failure> {
    let mut cursors = HashSet::new();
    let mut cursor: Option<RawJson> = None;
    loop {
        let number = offered.borrow().pages + 1;
        if number > 1 {
            // The first page is counted before.
            requests_per_minute::charge(call.gateway, call.message().authenticated().caller(), 1);
        }
        let (era, outcome) = page(call, kind, cursor.as_ref()).await?;
        let result = match outcome {
            ResponseContent::Result(result) => result,
            ResponseContent::Error { code: METHOD_NOT_FOUND, .. } if number == 1 => {
                offered.borrow_mut().ttl_ms = NO_LIST_TTL_MS;
                return Ok(());
            }
            // An empty cursor is valid (MCP 2026-07-28, pagination), but some servers mean the end by it.
            ResponseContent::Error { .. } if cursor.as_ref().is_some_and(|cursor| cursor.as_str() == "\"\"") => {
                return Ok(());
            }
            ResponseContent::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_list_error" }.into()),
        };
        let malformed = |error: ListError| Fault::OriginAnswer { reason: error.reason() };
        let mut list = List::parse(kind, era, &result).map_err(malformed)?;
        let next = std::mem::replace(&mut list.next_cursor, Ok(None));
        offered.borrow_mut().add(list, result.as_str().len());
        let Some(next) = next.map_err(malformed)? else { return Ok(()) };
        if !cursors.insert(next.as_str().to_owned()) {
            return Ok(());
        }
        let offered = offered.borrow();
        if offered.counted >= MAX_ITEMS || offered.bytes > Limits::ANSWER_BYTES {
            return Err(Fault::OriginAnswer { reason: "origin_list_too_long" }.into());
        }
        cursor = Some(next);
    }
}

/// The origin's response about the page at `cursor`, and the era in which it was asked.
async fn page<H: Host>(
    call: &OriginCall<'_, H>,
    kind: ListKind,
    cursor: Option<&RawJson>,
) -> Result<(Era, ResponseContent), Failure> {
    let mut params = Members::default();
    if let Some(cursor) = cursor {
        params.set("cursor", cursor.clone());
    }
    let id = call.next_id();
    let meta = request::own_meta(call.trace);
    let request =
        OriginRequest { id: &id, method: kind.method(), name: None, params, meta, mirrored: Mirrored::Nothing };
    let response = ask::ask(call, &request).await?;
    let era = response.0.era();
    Ok((era, ask::read(call, response, &id).await?.outcome))
}
