//! All pages of one origin's list, one after the other.

use json::{Members, RawJson};
use mcp::error_code::METHOD_NOT_FOUND;
use mcp::json_rpc::Outcome;
use mcp::list::{Item, List, ListError, ListKind};

use super::super::ask;
use super::super::outbound::OriginCall;
use super::super::request::{self, Question};
use crate::Limits;
use crate::error::{Failure, Fault};
use ports::Host;

/// The most pages of one origin's list; 100 items on a page are common.
const PAGES: usize = 16;

/// Milliseconds to remember that an origin has no such list.
const NO_LIST_TTL_MS: u64 = 60_000;

/// The items of an origin's list.
pub(super) struct Offered {
    pub(super) items: Vec<Item>,
    /// Milliseconds that the list may be kept: the least of its pages.
    pub(super) ttl_ms: u64,
    /// Bytes of the text of all pages.
    pub(super) bytes: usize,
}

/// Reads all pages. An origin that doesn't know the method has no items of the kind.
pub(super) async fn read<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) -> Result<Offered, Failure> {
    let mut offered = Offered { items: Vec::new(), ttl_ms: u64::MAX, bytes: 0 };
    let mut cursor: Option<RawJson> = None;
    for page in 1..=PAGES {
        let mut params = Members::default();
        if let Some(cursor) = cursor.take() {
            params.set("cursor", cursor);
        }
        let id = call.next_id();
        let meta = request::own_meta(call.trace);
        let question = Question { id: &id, method: kind.method(), name: None, params, meta, parameters: None };
        let asked = ask::ask(call, &question).await?;
        let result = match ask::read(call, asked, &id).await?.outcome {
            Outcome::Result(result) => result,
            Outcome::Error { code: METHOD_NOT_FOUND, .. } if page == 1 => {
                return Ok(Offered { ttl_ms: NO_LIST_TTL_MS, ..offered });
            }
            Outcome::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_list_error" }.into()),
        };
        let malformed = |error: ListError| Fault::OriginAnswer { reason: error.reason() };
        let list = List::parse(kind, &result).map_err(malformed)?;
        offered.items.extend(list.items);
        offered.ttl_ms = offered.ttl_ms.min(list.ttl_ms);
        offered.bytes += result.as_str().len();
        match list.next_cursor {
            Some(_) if offered.bytes > Limits::ANSWER_BYTES => break,
            Some(next) => cursor = Some(next),
            None => return Ok(offered),
        }
    }
    Err(Fault::OriginAnswer { reason: "origin_list_too_long" }.into())
}
