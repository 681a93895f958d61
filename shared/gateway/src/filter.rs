//! *filter*: what of the answer the caller may have. Lists are trimmed to the visible tools; results pass as they came.

mod frames;
mod list;

use bytes::Bytes;
use mcp::json_rpc::{self, Outcome};
use mcp::meta::Implementation;
use mcp::tool;

use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::forward::{Answer, Forwarded, Media, whole};
use crate::ports::{Fetch, Host};
use crate::virtual_server::VirtualServer;

pub(crate) use frames::Frames;

/// How long a client may keep a list, milliseconds. Policy may change within the registry's own refresh.
const TTL_MS: u64 = 30_000;

/// What the caller may have. Only this module makes one.
pub struct Filtered<H: Host> {
    pub(crate) kind: Kind<H>,
}

/// The two forms of an answer.
pub(crate) enum Kind<H: Host> {
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

/// Filters what came.
pub(crate) async fn filter<H: Host>(host: &H, forwarded: Forwarded<H>) -> Result<Filtered<H>, Failure> {
    let (message, server, answer) = forwarded.into_parts();
    let whole_result = |result| {
        let body = json_rpc::result_response(message.id(), &result);
        Kind::Whole { body, summary: Summary::Result { is_error: false } }
    };
    let kind = match answer {
        Answer::Own => whole_result(list::discover(&server, &server_info(&server), TTL_MS)),
        Answer::Lists { visible, tools } => {
            whole_result(list::tools(&server, &visible, tools, &server_info(&server), TTL_MS))
        }
        Answer::Call { timeout, response, media: Media::Json } => {
            let read = within(host, timeout, whole(response, Media::Json, message.id())).await;
            let (body, outcome) = read.ok_or(Fault::OriginTooSlow)??;
            Kind::Whole { body, summary: Summary::of(&outcome) }
        }
        Answer::Call { response, media: Media::EventStream, .. } => {
            Kind::Frames(Frames::new(response.into_body(), message.id().clone()))
        }
    };
    Ok(Filtered { kind })
}

/// Weir speaks as the virtual server.
fn server_info(server: &VirtualServer) -> Implementation {
    Implementation { name: server.record().name.clone(), version: env!("CARGO_PKG_VERSION").to_owned() }
}
