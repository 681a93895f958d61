//! *forward*: to the origin, with the origin's own credential and never the client's.
//!
//! `server/discover` is Weir's own to answer, after its origins have said what they can do. A list asks each origin of what is
//! visible for its definitions, and goes on without those that don't give them. A call, a read, a prompt or a completion goes
//! to one origin. Each origin is asked in its own era.

use std::rc::Rc;

use audit::trace::TraceParent;
use http::header::HeaderValue;
use mcp::list::ListKind;

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::announce::Announced;
use crate::line::authorize::Permitted;
use crate::line::parse::{Courtesy, Message};
use crate::origin::{self, Listening, Offers, Reply, Together, Voice};
use crate::outcome::Unavailable;
use crate::virtual_server::VirtualServer;
use ports::Host;

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
    Unasked(Vec<Voice<<H::Fetch as ports::Fetch>::Body>>),
    /// What of ours the caller may see, that of earlier pages left out, and what its origins offer.
    List { kind: ListKind, visible: Vec<usize>, skip: usize, offers: Offers },
    /// What modern origins tell from now on.
    Changes(Listening<<H::Fetch as ports::Fetch>::Body>),
    /// One origin's answer.
    Reply(Reply<<H::Fetch as ports::Fetch>::Body>),
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
    gateway: &Gateway<H>,
    announced: Announced,
    trace: &TraceParent,
) -> Result<Forwarded<H>, Failure> {
    let (message, server, permitted) = announced.into_guarded().into_parts();
    let answer = match permitted {
        Permitted::Discover(visible) => discover(gateway, &message, &server, &visible, trace).await?,
        Permitted::List { kind, visible, skip } => {
            let offers = origin::offers(gateway, &message, &server, (kind, &visible), trace).await;
            Answer::List { kind, visible, skip, offers }
        }
        Permitted::Listen(wishes) => Answer::Changes(origin::listen(gateway, &message, &server, wishes, trace).await),
        Permitted::Call(at)
        | Permitted::Read(at)
        | Permitted::Get(at)
        | Permitted::Complete(at)
        | Permitted::Task(at) => {
            let declaration = &server.exposed(at).declaration;
            let origin = server.origin(at).ok_or_else(|| origin::missing(&declaration.origin))?;
            if let Some(courtesy @ (Courtesy::Subscribe | Courtesy::Unsubscribe)) = message.courtesy() {
                let reply =
                    origin::subscribe(&origin::Leg { gateway, message: &message, origin, trace }, courtesy).await?;
                return Ok(Forwarded { answer: Answer::Reply(reply), message, server });
            }
            Answer::Reply(origin::call(gateway, (&message, &server), origin, &declaration.origin_name, trace).await?)
        }
    };
    Ok(Forwarded { message, server, answer })
}

/// What asks for the virtual server itself, and what a legacy client says to all of its origins.
async fn discover<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) -> Result<Answer<H>, Failure> {
    let mut opened = None;
    match message.courtesy() {
        Some(Courtesy::Initialize(version)) => {
            opened = origin::open_session(gateway, message, server, (visible, version), trace).await?;
        }
        Some(Courtesy::Answer) => {
            origin::answer(gateway, message, server, visible, trace).await?;
            return Ok(Answer::Nothing);
        }
        Some(Courtesy::Cancelled | Courtesy::RootsChanged) => {
            origin::tell(gateway, message, server, visible, trace).await;
            return Ok(Answer::Nothing);
        }
        Some(Courtesy::Listen) => {
            return Ok(Answer::Unasked(origin::server_stream(gateway, message, server, visible, trace).await?));
        }
        Some(Courtesy::SetLevel) => {
            origin::tell(gateway, message, server, visible, trace).await;
            return Ok(Answer::Own { together: Together::default(), session: None });
        }
        Some(Courtesy::Ping) => return Ok(Answer::Own { together: Together::default(), session: None }),
        None | Some(Courtesy::Subscribe | Courtesy::Unsubscribe) => {}
    }
    let hears = opened.is_some();
    let together = origin::together(gateway, message, server, (visible, hears), trace).await;
    Ok(Answer::Own { together, session: opened })
}
