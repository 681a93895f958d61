//! *filter*: what of the answer the caller may have. Lists are trimmed to the visible tools; results pass as they came.

mod frames;
mod list;
mod own;

use bytes::Bytes;
use mcp::json_rpc::{self, Outcome};
use mcp::meta::Implementation;
use mcp::raw_json::{Members, RawJson};
use mcp::tool::{self, CacheScope, Page};

use crate::cursor;
use crate::error::Failure;
use crate::forward::{Answer, Forwarded, Offers, Reply};
use crate::parse::Message;
use crate::ports::{Fetch, Host};
use crate::virtual_server::VirtualServer;

pub(crate) use frames::Frames;

/// How long a client may keep a list, milliseconds. Policy may change within the registry's own refresh.
const TTL_MS: u64 = 30_000;
/// The same for a list that an origin's tools are missing from: it may be back soon.
const INCOMPLETE_TTL_MS: u64 = 5_000;
/// In `_meta` of a list: the names of the origins whose tools the caller may see and that gave none this time.
const UNAVAILABLE: &str = "dev.weir/unavailable";

/// What the caller may have. Only this module makes one.
pub struct Filtered<H: Host> {
    pub(crate) kind: Kind<H>,
}

/// The forms of an answer.
pub(crate) enum Kind<H: Host> {
    /// None: nobody waits for one.
    Nothing,
    /// All of it.
    Whole { body: Bytes, summary: Summary },
    /// A stream that goes on.
    Frames(Frames<<H::Fetch as Fetch>::Body>),
}

/// What the audit event may know of an answer: never its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summary {
    /// A result; `is_error` when a tool says that it failed.
    Result { is_error: bool },
    /// The origin's JSON-RPC error.
    Error { code: i64 },
}

impl Summary {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Result(result) => {
                // What can't be summed up passes as it came: whether it is a good result is the client's to say.
                Self::Result { is_error: tool::call_summary(result).is_ok_and(|summary| summary.is_error) }
            }
            Outcome::Error { code, .. } => Self::Error { code: *code },
        }
    }
}

/// The answer to a notification.
pub(crate) fn nothing<H: Host>() -> Filtered<H> {
    Filtered { kind: Kind::Nothing }
}

/// Filters what came.
pub(crate) async fn filter<H: Host>(host: &H, forwarded: Forwarded<H>) -> Result<Filtered<H>, Failure> {
    let (message, server, answer) = forwarded.into_parts();
    let whole_result = |result| {
        let body = json_rpc::result_response(message.id(), &result);
        Kind::Whole { body, summary: Summary::Result { is_error: false } }
    };
    let kind = match answer {
        Answer::Own => whole_result(own::result(message.courtesy(), &server, &server_info(&server), TTL_MS)),
        Answer::List { visible, offers } => whole_result(page(host, &message, &server, &visible, offers).await?),
        Answer::Call(Reply::Whole { body, outcome }) => Kind::Whole { body, summary: Summary::of(&outcome) },
        Answer::Call(Reply::Stream { body, bridge }) => Kind::Frames(Frames::new(body, message.id().clone(), bridge)),
    };
    Ok(Filtered { kind })
}

/// The result of `tools/list`: one page, with the cursor of the next and the names of the origins that are missing.
async fn page<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    mut offers: Offers,
) -> Result<RawJson, Failure> {
    let missing = offers.missing()?;
    let (tools, next) = list::page(server, visible, &offers);
    let next_cursor = match next {
        Some(from) => Some(cursor::seal(host, server, message.principal(), from).await?),
        None => None,
    };
    let mut notes = Members::new();
    if let (false, Ok(names)) = (missing.is_empty(), RawJson::from_serialize(&missing)) {
        notes.set(UNAVAILABLE, names);
    }
    Ok(tool::tools_list_result(&Page {
        tools: &tools,
        next_cursor: next_cursor.as_deref(),
        ttl_ms: if missing.is_empty() { TTL_MS } else { INCOMPLETE_TTL_MS },
        cache_scope: CacheScope::Private,
        server_info: &server_info(server),
        notes: Some(&notes),
    }))
}

/// Weir speaks as the virtual server.
fn server_info(server: &VirtualServer) -> Implementation {
    Implementation { name: server.record().name.clone(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
