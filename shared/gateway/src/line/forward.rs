//! *forward*: to the origin, with the origin's own credential and never the client's.
//!
//! Weir itself answers `server/discover`, from its origins' capabilities. A list asks each origin of a visible item for
//! its definitions, and goes on without an origin that fails. A call, a read, a prompt or a completion goes to one
//! origin. Each origin is asked in its own era.

use std::cell::Cell;
use std::rc::Rc;

use http::header::HeaderValue;
use mcp::legacy;
use mcp::list::ListKind;
use mcp::meta::TraceParent;
use mcp::method::Method;

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::announce::Announced;
use crate::line::authorize::Permitted;
use crate::line::quarantine::Involved;
use crate::line::resolve::Resolved;
use crate::origin::{self, JoinedCapabilities, Listening, Offers, Outbound, Reply, ServerStreams};
use crate::outcome::{Defective, Unavailable};
use ports::Host;

/// An answer that has begun to arrive. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::forward::Forwarded;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::forward::Forwarded;
///
/// fn forge<H: ports::Host>() -> Forwarded<H> {
///     Forwarded { resolved: loop {}, answer: loop {}, involved: loop {} }
/// }
/// ```
pub struct Forwarded<H: Host> {
    resolved: Rc<Resolved>,
    answer: Answer<H>,
    involved: Involved,
}

/// The answer of the origins, before it is filtered.
pub(crate) enum Answer<H: Host> {
    /// The capabilities of the origins together, for `server/discover`.
    Discover(JoinedCapabilities),
    /// The same for `initialize`: the version that is agreed on, and the session id for a client that gets one.
    Initialize { version: &'static str, together: JoinedCapabilities, session: Option<HeaderValue> },
    /// An empty result of Weir's own.
    Empty,
    /// No answer: the message was a notification or a response.
    Nothing,
    /// The definitions of each origin; `visible` and `skip` as in [`Permitted::List`].
    List { kind: ListKind, visible: Vec<usize>, skip: usize, offers: Offers },
    /// The notifications of modern origins, for `subscriptions/listen`.
    Subscription(Listening<H>),
    /// The server-initiated streams of legacy origins.
    ServerStreams(ServerStreams<H>),
    /// One origin's answer.
    Reply(Reply<H>),
}

impl<H: Host> Forwarded<H> {
    /// The origins that are missing from an answer.
    pub(crate) fn unavailable(&self) -> &[Unavailable] {
        match &self.answer {
            Answer::List { offers, .. } => offers.unavailable(),
            Answer::Discover(together) | Answer::Initialize { together, .. } => &together.unavailable,
            Answer::Subscription(listening) => &listening.unavailable,
            Answer::ServerStreams(opened) => &opened.unavailable,
            Answer::Empty | Answer::Nothing | Answer::Reply(_) => &[],
        }
    }

    /// The origins with definitions that a list repairs or leaves out.
    pub(crate) fn defective(&self) -> Vec<Defective> {
        match &self.answer {
            Answer::List { kind, offers, .. } => offers.defective(self.resolved.server(), *kind),
            _ => Vec::new(),
        }
    }

    /// The answer of the one origin that was asked.
    pub(crate) const fn reply(&self) -> Option<&Reply<H>> {
        match &self.answer {
            Answer::Reply(reply) => Some(reply),
            _ => None,
        }
    }

    pub(crate) fn into_parts(self) -> (Rc<Resolved>, Answer<H>, Involved) {
        (self.resolved, self.answer, self.involved)
    }
}

/// Sends the message to its origins. `trace` is Weir's own span, which origins see as their parent.
pub(crate) async fn forward<H: Host>(
    gateway: &Gateway<H>,
    announced: Announced,
    trace: &TraceParent,
) -> Result<Forwarded<H>, Failure> {
    let (resolved, permitted) = announced.into_guarded().into_parts();
    let resolved = Rc::new(resolved);
    let involved = Involved::of(&resolved, &permitted);
    let outbound = Outbound { gateway, resolved: &resolved, trace, ids: &Cell::new(0) };
    let answer = match permitted {
        Permitted::Discover(visible) => Answer::Discover(origin::discover(&outbound, &visible).await?),
        Permitted::Initialize { visible, version } => {
            let (together, session) = origin::initialize(&outbound, (&visible, version)).await?;
            Answer::Initialize { version, together, session }
        }
        Permitted::Ping => Answer::Empty,
        Permitted::List { kind, visible, skip } => {
            let offers = origin::offers(&outbound, (kind, &visible)).await?;
            Answer::List { kind, visible, skip, offers }
        }
        Permitted::Call(at) => Answer::Reply(origin::call(&outbound, Method::ToolsCall, at).await?),
        Permitted::Read(at) => Answer::Reply(origin::call(&outbound, Method::ResourcesRead, at).await?),
        Permitted::Get(at) => Answer::Reply(origin::call(&outbound, Method::PromptsGet, at).await?),
        Permitted::Complete(at) => Answer::Reply(origin::call(&outbound, Method::CompletionComplete, at).await?),
        Permitted::Task { method, at } => Answer::Reply(origin::call(&outbound, method, at).await?),
        Permitted::Listen(filters) => Answer::Subscription(origin::listen(&outbound, filters).await),
        Permitted::Subscribe(at) => Answer::Reply(origin::subscribe(&outbound, legacy::SUBSCRIBE, at).await?),
        Permitted::Unsubscribe(at) => Answer::Reply(origin::subscribe(&outbound, legacy::UNSUBSCRIBE, at).await?),
        Permitted::SetLevel(visible) => {
            origin::set_level(&outbound, &visible).await;
            Answer::Empty
        }
        Permitted::Respond(visible) => {
            origin::respond(&outbound, &visible).await?;
            Answer::Nothing
        }
        Permitted::Cancel(visible) => {
            origin::cancel(&outbound, &visible).await;
            Answer::Nothing
        }
        Permitted::RootsChanged(visible) => {
            if resolved.session().is_some_and(|session| session.capabilities().notifies_roots_changes()) {
                origin::notify(&outbound, &visible).await;
            }
            Answer::Nothing
        }
        Permitted::OpenStream(visible) => Answer::ServerStreams(origin::server_streams(&outbound, &visible).await?),
    };
    Ok(Forwarded { resolved, answer, involved })
}
