//! *forward*: to the origin, with the origin's own credential and never the client's.
//!
//! `server/discover` is Weir's own to answer. `tools/list` asks each origin of the visible tools for its definitions.
//! `tools/call` goes to one origin: the tool's name becomes the origin's, trace context becomes Weir's, and everything
//! else in `params` travels as the client wrote it.

mod answer;
mod credential;
mod send;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use audit::trace::TraceParent;
use futures_util::future::try_join_all;
use mcp::tool::Tool;
use registry::snapshot::Origin;

use crate::authorize::Permitted;
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::guard::Guarded;
use crate::parse::Message;
use crate::ports::Host;
use crate::virtual_server::VirtualServer;

pub(crate) use answer::{Media, response_to, whole};

/// An answer that has begun to arrive. Only this module makes one.
pub struct Forwarded<H: Host> {
    message: Message,
    server: Rc<VirtualServer>,
    answer: Answer<H>,
}

/// What came.
pub(crate) enum Answer<H: Host> {
    /// Nothing was asked of an origin.
    Own,
    /// The definitions of each origin's tools, by the origin's name, and which of our tools the caller may see.
    Lists { visible: Vec<usize>, tools: Vec<(String, Vec<Tool>)> },
    /// The origin's answer to a call, and how long the rest of it may take where it isn't a stream.
    Call { timeout: Duration, response: http::Response<<H::Fetch as crate::ports::Fetch>::Body>, media: Media },
}

impl<H: Host> Forwarded<H> {
    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Answer<H>) {
        (self.message, self.server, self.answer)
    }
}

/// Sends what was guarded. `trace` is Weir's own span, which origins see as their parent.
pub(crate) async fn forward<H: Host>(host: &H, guarded: Guarded, trace: &TraceParent) -> Result<Forwarded<H>, Failure> {
    let (message, server, permitted) = guarded.into_parts();
    let answer = match permitted {
        Permitted::Discover => Answer::Own,
        Permitted::List(visible) => {
            let names: BTreeSet<&str> = visible.iter().map(|&at| server.tool(at).declaration.origin.as_str()).collect();
            let lists = names.into_iter().map(|name| {
                let origin = server.record().origins.get(name);
                let (message, trace) = (&message, trace);
                async move {
                    let origin = origin.ok_or_else(|| missing_origin(name))?;
                    // A page that comes byte by byte meets every deadline between two chunks, but not this one.
                    let list = within(host, origin_timeout(origin), send::list_tools(host, message, origin, trace));
                    Ok::<_, Failure>((name.to_owned(), list.await.ok_or(Fault::OriginTooSlow)??))
                }
            });
            let tools = try_join_all(lists).await?;
            Answer::Lists { visible, tools }
        }
        Permitted::Call(at) => {
            let origin = server.origin(at).ok_or_else(|| missing_origin(&server.tool(at).declaration.origin))?;
            let name = &server.tool(at).declaration.origin_tool;
            let (response, media) = send::call_tool(host, &message, origin, name, trace).await?;
            Answer::Call { timeout: origin_timeout(origin), response, media }
        }
    };
    Ok(Forwarded { message, server, answer })
}

/// How long one call may take; of a call that is answered with a stream, until its first event, and between two.
pub(crate) fn origin_timeout(origin: &Origin) -> Duration {
    Duration::from_millis(origin.timeout_ms)
}

/// `check` makes sure that each tool's origin is in the record, so this is a record of another build.
fn missing_origin(name: &str) -> Fault {
    Fault::Registry { record: format!("origin `{name}`"), reason: "origin_missing" }
}
