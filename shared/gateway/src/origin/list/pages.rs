//! All pages of one origin's list, one after the other.

use json::{Members, RawJson};
use mcp::error_code::METHOD_NOT_FOUND;
use mcp::json_rpc::{Outcome, RequestId};
use mcp::list::{Item, LeftOut, List, ListError, ListKind};

use super::super::ask;
use super::super::outbound::OriginCall;
use super::super::request::{self, Question};
use crate::Limits;
use crate::error::{Failure, Fault};
use ports::Host;

/// Pages of one origin's list that are read; a hundred items on each are common.
const PAGES: usize = 16;

/// How long it may be kept that an origin has no such list, milliseconds.
const NO_LIST_TTL_MS: u64 = 60_000;

/// What an origin offers.
pub(super) struct Offered {
    pub(super) items: Vec<Item>,
    /// The definitions that clients can't read.
    pub(super) left_out: Vec<LeftOut>,
    /// How long that may be kept, milliseconds: the least of its pages.
    pub(super) ttl_ms: u64,
    /// How long the text of all pages is.
    pub(super) bytes: usize,
}

/// Reads them all. An origin that doesn't know the method has nothing of the kind.
pub(super) async fn read<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) -> Result<Offered, Failure> {
    let mut offered = Offered { items: Vec::new(), left_out: Vec::new(), ttl_ms: u64::MAX, bytes: 0 };
    let mut cursor: Option<RawJson> = None;
    for page in 1..=PAGES {
        let mut params = Members::default();
        if let Some(cursor) = cursor.take() {
            params.set("cursor", cursor);
        }
        let id = RequestId::from_integer(page as i64);
        let meta = request::own_meta(call.trace);
        let question = Question { id: &id, method: kind.method(), name: None, params, meta, parameters: None };
        let (era, response) = ask::ask(call, &question).await?;
        let result = match ask::read(call, response, &id).await?.1 {
            Outcome::Result(result) => result,
            Outcome::Error { code: METHOD_NOT_FOUND, .. } if page == 1 => {
                return Ok(Offered { ttl_ms: NO_LIST_TTL_MS, ..offered });
            }
            Outcome::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_list_error" }.into()),
        };
        let malformed = |error: ListError| Fault::OriginAnswer { reason: error.reason() };
        let list = List::parse(kind, era, &result).map_err(malformed)?;
        offered.items.extend(list.items);
        offered.left_out.extend(list.left_out);
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
