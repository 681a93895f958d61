//! *filter*: what of the answer the caller may have. Lists are trimmed to what is visible; results pass as they came.

mod event_stream;
mod list_page;
mod long_response;
mod own_result;
mod response;
mod server_stream;
mod stream;
mod subscription;

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderValue;
use json::{Members, RawJson};
use mcp::era::Era;
use mcp::json_rpc;
use mcp::list::{ListKind, Page, list_result};
use mcp::meta::Implementation;
use mcp::result::CacheScope;

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::forward::{Answer, Forwarded};
use crate::line::parse::Message;
use crate::line::respond;
use crate::origin::{Offers, Reply};
use crate::outcome::Summary;
use crate::sealed::cursor;
use crate::sealed::task::{self, Exchange};
use crate::virtual_server::VirtualServer;
use event_stream::Frames;
use long_response::LongAnswer;
use ports::Host;
use response::Finish;
use server_stream::Unasked;
use subscription::Changes;

pub(crate) use stream::Flow;

/// How long a client may keep a list, milliseconds. Policy may change within the registry's own refresh.
const TTL_MS: u64 = 30_000;
/// The same for an answer that an origin is missing from: it may be back soon.
const INCOMPLETE_TTL_MS: u64 = 5_000;
/// In `_meta` of a list: the names of the origins of which the caller may see something and that gave nothing this time.
const UNAVAILABLE: &str = "dev.weir/unavailable";

/// What the caller may have. Only this module makes one.
pub struct Filtered<H: Host> {
    pub(crate) kind: Kind<H>,
    /// The session id of a legacy client that has just opened.
    pub(crate) session: Option<HeaderValue>,
}

/// The forms of an answer.
pub(crate) enum Kind<H: Host> {
    /// None: nobody waits for one.
    Nothing,
    /// All of it.
    Whole { status: StatusCode, body: Bytes, summary: Summary },
    /// What goes on.
    Flow(Flow<H>),
}

/// The answer to a notification.
pub(crate) fn nothing<H: Host>() -> Filtered<H> {
    Filtered { kind: Kind::Nothing, session: None }
}

/// Filters what came.
pub(crate) async fn filter<H: Host>(gateway: &Gateway<H>, forwarded: Forwarded<H>) -> Result<Filtered<H>, Failure> {
    let (message, server, answer) = forwarded.into_parts();
    let whole_result = |result| {
        let body = json_rpc::result_response(message.id(), &result);
        Kind::Whole { status: StatusCode::OK, body, summary: Summary::Result { is_error: false } }
    };
    let mut opened = None;
    let kind = match answer {
        Answer::Nothing => Kind::Nothing,
        Answer::Unasked(voices) => {
            Kind::Flow(Flow::Unasked(Box::new(Unasked::new(gateway.clone(), message, server, voices))))
        }
        Answer::Changes(listening) => {
            let id = message.id().clone();
            Kind::Flow(Flow::Changes(Box::new(Changes::new(gateway.clone(), id, listening))))
        }
        Answer::Own { together, session } => {
            opened = session;
            let ttl_ms = ttl_ms(together.unavailable.is_empty());
            let said = (&server_info(&server), &together.capabilities);
            whole_result(own_result::result(message.courtesy(), &server, said, ttl_ms))
        }
        Answer::List { kind, visible, skip, offers } => {
            whole_result(page(gateway, &message, &server, (kind, &visible, skip), offers).await?)
        }
        Answer::Reply(Reply::Whole { body, outcome, bridge }) => {
            let tasks = task::exchange(gateway, &message, &server).await?;
            let (body, outcome) = Finish::new(&message, &server, bridge, tasks).response(body, outcome)?;
            let summary = Summary::of(&outcome);
            Kind::Whole { status: status(message.era(), summary), body, summary }
        }
        Answer::Reply(Reply::Long { body, bridge }) => {
            let message = Finish::new(&message, &server, bridge, Exchange::None).passing();
            Kind::Flow(Flow::Long(Box::new(LongAnswer::new(body, message)?)))
        }
        Answer::Reply(Reply::Stream { body, bridge, asker }) => {
            let tasks = task::exchange(gateway, &message, &server).await?;
            let frames = Frames::new(body, Finish::new(&message, &server, bridge, tasks), asker);
            Kind::Flow(Flow::Frames(Box::new(frames)))
        }
    };
    Ok(Filtered { kind, session: opened })
}

/// An origin's error keeps the status that its code has in the client's era.
fn status(client: Era, summary: Summary) -> StatusCode {
    match (client, summary) {
        (Era::Modern, Summary::Error { code }) => respond::modern_status(code),
        _ => StatusCode::OK,
    }
}

/// The result of a list: one page, with the cursor of the next and the names of the origins that are missing.
async fn page<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    (kind, visible, skip): (ListKind, &[usize], usize),
    mut offers: Offers,
) -> Result<RawJson, Failure> {
    let missing = offers.missing()?;
    let quarantine = message.authenticated().quarantine();
    let (items, next) = list_page::page(server, (kind, visible, skip), (&offers, quarantine));
    let next_cursor = match next {
        Some(position) => Some(cursor::seal(gateway, server, message.principal(), kind, position).await?),
        None => None,
    };
    let mut notes = Members::new();
    if let (false, Ok(names)) = (missing.is_empty(), RawJson::from_serialize(&missing)) {
        notes.set(UNAVAILABLE, names);
    }
    Ok(list_result(&Page {
        kind,
        items: &items,
        next_cursor: next_cursor.as_deref(),
        ttl_ms: ttl_ms(missing.is_empty()),
        cache_scope: CacheScope::Private,
        server_info: &server_info(server),
        notes: Some(&notes),
    }))
}

/// How long an answer may be kept.
const fn ttl_ms(complete: bool) -> u64 {
    if complete { TTL_MS } else { INCOMPLETE_TTL_MS }
}

/// Weir speaks as the virtual server.
fn server_info(server: &VirtualServer) -> Implementation {
    Implementation { name: server.record().name.clone(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
