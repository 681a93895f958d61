//! *forward*: to the origin, with the origin's own credential and never the client's.
//!
//! `server/discover` is Weir's own to answer. `tools/list` asks each origin of the visible tools for its definitions, and
//! goes on without those that don't give them.
//! `tools/call` goes to one origin: the tool's name becomes the origin's, trace context becomes Weir's, and everything
//! else in `params` travels as the client wrote it. Each origin is asked in its own era.

mod answer;
mod circuit;
mod credential;
mod era;
mod legacy;
mod list;
mod send;

use std::rc::Rc;
use std::time::Duration;

use audit::trace::TraceParent;
use registry::snapshot::Origin;

use crate::audit::Announced;
use crate::authorize::Permitted;
use crate::error::{Failure, Fault};
use crate::parse::Message;
use crate::ports::Host;
use crate::virtual_server::VirtualServer;

pub(crate) use answer::{messages, response_to};
pub(crate) use circuit::HeldCircuits;
pub(crate) use era::HeldEras;
pub(crate) use legacy::HeldSessions;
pub(crate) use list::{Offers, Unavailable};
pub(crate) use send::Reply;

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
    /// Which of our tools the caller may see, those of earlier pages left out, and what their origins offer.
    List { visible: Vec<usize>, offers: Offers },
    /// The origin's answer to a call.
    Call(Reply<<H::Fetch as crate::ports::Fetch>::Body>),
}

impl<H: Host> Forwarded<H> {
    /// The origins that a list goes without.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        match &self.answer {
            Answer::List { offers, .. } => offers.unavailable(),
            Answer::Own | Answer::Call(_) => &[],
        }
    }

    pub(crate) fn into_parts(self) -> (Message, Rc<VirtualServer>, Answer<H>) {
        (self.message, self.server, self.answer)
    }
}

/// Sends what was guarded, and announced where it has to be. `trace` is Weir's own span, which origins see as their parent.
pub(crate) async fn forward<H: Host>(
    host: &H,
    announced: Announced,
    trace: &TraceParent,
) -> Result<Forwarded<H>, Failure> {
    let (message, server, permitted) = announced.into_guarded().into_parts();
    let answer = match permitted {
        Permitted::Discover => Answer::Own,
        Permitted::List(visible) => {
            let offers = list::offers(host, &message, &server, &visible, trace).await;
            Answer::List { visible, offers }
        }
        Permitted::Call(at) => {
            let origin = server.origin(at).ok_or_else(|| missing_origin(&server.tool(at).declaration.origin))?;
            let name = &server.tool(at).declaration.origin_name;
            Answer::Call(send::call_tool(host, &message, origin, name, trace).await?)
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
