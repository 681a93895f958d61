//! *forward*: to the origin, with the origin's own credential and never the client's.
//!
//! `server/discover` is Weir's own to answer, after its origins have said what they can do. A list asks each origin of what is
//! visible for its definitions, and goes on without those that don't give them. A call, a read, a prompt or a completion goes
//! to one origin. Each origin is asked in its own era.

mod answer;
mod call;
mod capabilities;
mod circuit;
mod credential;
mod era;
mod legacy;
mod list;
mod listen;
mod long;
mod send;
mod session;
mod unasked;

use std::rc::Rc;
use std::time::Duration;

use audit::trace::TraceParent;
use bytes::Bytes;
use http::header::HeaderValue;
use mcp::json_rpc::Outcome;
use mcp::legacy::Bridge;
use mcp::list::ListKind;
use registry::snapshot::Origin;

use crate::audit::Announced;
use crate::authorize::Permitted;
use crate::error::{Failure, Fault};
use crate::parse::{Courtesy, Message};
use crate::ports::Host;
use crate::session::Asker;
use crate::virtual_server::VirtualServer;

pub(crate) use answer::{Said, messages, said};
pub(crate) use capabilities::{HeldCapabilities, Together};
pub(crate) use circuit::HeldCircuits;
pub(crate) use era::HeldEras;
pub(crate) use legacy::HeldSessions;
pub(crate) use list::{Offers, Unavailable, known};
pub(crate) use listen::{LIFETIME, Listening, Source};
pub(crate) use long::Long;
use send::Leg;
pub(crate) use unasked::Voice;

/// An answer that has begun to arrive. Only this module makes one.
pub struct Forwarded<H: Host> {
    message: Message,
    server: Rc<VirtualServer>,
    answer: Answer<H>,
}

/// What came.
pub(crate) enum Answer<H: Host> {
    /// Nothing but what the origins can do; with the session id of a legacy client that has just opened.
    Own { together: Together, session: Option<HeaderValue> },
    /// Nothing: nobody waits for it.
    Nothing,
    /// What origins say unasked.
    Unasked(Vec<Voice<<H::Fetch as crate::ports::Fetch>::Body>>),
    /// What of ours the caller may see, that of earlier pages left out, and what its origins offer.
    List { kind: ListKind, visible: Vec<usize>, skip: usize, offers: Offers },
    /// What modern origins tell from now on.
    Changes(Listening<<H::Fetch as crate::ports::Fetch>::Body>),
    /// One origin's answer.
    Reply(Reply<<H::Fetch as crate::ports::Fetch>::Body>),
}

/// One origin's answer; the response in it still has to cross the bridge.
pub(crate) enum Reply<B> {
    /// One message.
    Whole { body: Bytes, outcome: Outcome, bridge: Bridge },
    /// One message that is too long to be held, of one modern side to the other: it crosses no bridge.
    Long { body: Long<B>, bridge: Bridge },
    /// An event stream that has begun, and whoever passes on what the origin asks on it.
    Stream { body: B, bridge: Bridge, asker: Option<Asker> },
}

impl<H: Host> Forwarded<H> {
    /// The origins that an answer goes without.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        match &self.answer {
            Answer::List { offers, .. } => offers.unavailable(),
            Answer::Own { together, .. } => &together.unavailable,
            Answer::Changes(listening) => &listening.unavailable,
            Answer::Nothing | Answer::Unasked(_) | Answer::Reply(_) => &[],
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
        Permitted::Discover(visible) => discover(host, &message, &server, &visible, trace).await?,
        Permitted::List { kind, visible, skip } => {
            let offers = list::offers(host, &message, &server, (kind, &visible), trace).await;
            Answer::List { kind, visible, skip, offers }
        }
        Permitted::Listen(wishes) => Answer::Changes(listen::listen(host, &message, &server, wishes, trace).await),
        Permitted::Call(at)
        | Permitted::Read(at)
        | Permitted::Get(at)
        | Permitted::Complete(at)
        | Permitted::Task(at) => {
            let declaration = &server.exposed(at).declaration;
            let origin = server.origin(at).ok_or_else(|| missing_origin(&declaration.origin))?;
            if let Some(courtesy @ (Courtesy::Subscribe | Courtesy::Unsubscribe)) = message.courtesy() {
                let reply = session::subscribe(&Leg { host, message: &message, origin, trace }, courtesy).await?;
                return Ok(Forwarded { answer: Answer::Reply(reply), message, server });
            }
            call::call(host, (&message, &server), origin, &declaration.origin_name, trace).await?
        }
    };
    Ok(Forwarded { message, server, answer })
}

/// What asks for the virtual server itself, and what a legacy client says to all of its origins.
async fn discover<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) -> Result<Answer<H>, Failure> {
    let mut opened = None;
    match message.courtesy() {
        Some(Courtesy::Initialize(version)) => {
            opened = session::open(host, message, server, (visible, version), trace).await?;
        }
        Some(Courtesy::Answer) => {
            session::answer(host, message, server, visible, trace).await?;
            return Ok(Answer::Nothing);
        }
        Some(Courtesy::Cancelled | Courtesy::RootsChanged) => {
            session::tell(host, message, server, visible, trace).await;
            return Ok(Answer::Nothing);
        }
        Some(Courtesy::Listen) => {
            return Ok(Answer::Unasked(unasked::listen(host, message, server, visible, trace).await?));
        }
        Some(Courtesy::SetLevel) => {
            session::tell(host, message, server, visible, trace).await;
            return Ok(Answer::Own { together: Together::default(), session: None });
        }
        Some(Courtesy::Ping) => return Ok(Answer::Own { together: Together::default(), session: None }),
        None | Some(Courtesy::Subscribe | Courtesy::Unsubscribe) => {}
    }
    let hears = opened.is_some();
    let together = capabilities::together(host, message, server, (visible, hears), trace).await;
    Ok(Answer::Own { together, session: opened })
}

/// How long one call may take; of a call that is answered with a stream, until its first event, and between two.
pub(crate) fn origin_timeout(origin: &Origin) -> Duration {
    Duration::from_millis(origin.timeout_ms)
}

/// `check` makes sure that each tool's origin is in the record, so this is a record of another build.
fn missing_origin(name: &str) -> Fault {
    Fault::Registry { record: format!("origin `{name}`"), reason: "origin_missing" }
}
