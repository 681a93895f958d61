//! A call on its way to its origins: the facts that every request to one of them needs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use mcp::json_rpc::RequestId;
use mcp::meta::TraceParent;
use ports::Host;
use registry::snapshot::Origin;

use crate::error::{Fault, Refusal};
use crate::gateway::Gateway;
use crate::line::parse::Message;
use crate::line::resolve::Resolved;
use crate::requests_per_minute;
use crate::sealed::session::OriginSession;

/// Streams that one client request opens to origins: as many connections as a request has on Workers.
pub(super) const MOST_STREAMS: usize = 6;

/// A call on its way to its origins.
pub(crate) struct Outbound<'a, H: Host> {
    pub(crate) gateway: &'a Gateway<H>,
    pub(crate) resolved: &'a Rc<Resolved>,
    /// Weir's own span, which origins see as their parent (W3C Trace Context).
    pub(crate) trace: &'a TraceParent,
    /// The number of ids of [`OriginCall::next_id`] so far.
    pub(crate) ids: &'a Cell<u32>,
}

/// A call on its way to one origin.
pub(crate) struct OriginCall<'a, H: Host> {
    pub(crate) gateway: &'a Gateway<H>,
    pub(crate) resolved: &'a Rc<Resolved>,
    pub(crate) trace: &'a TraceParent,
    pub(super) ids: &'a Cell<u32>,
    pub(crate) origin: &'a Origin,
    /// False for a request outside of the client's own session at the origin.
    in_client_session: bool,
}

impl<'a, H: Host> Outbound<'a, H> {
    /// The call to this origin.
    pub(super) fn to(&self, origin: &'a Origin) -> OriginCall<'a, H> {
        OriginCall {
            gateway: self.gateway,
            resolved: self.resolved,
            trace: self.trace,
            ids: self.ids,
            origin,
            in_client_session: true,
        }
    }

    /// The call to the origin of this name. `weir registry check` makes sure that a virtual server's record has all of
    /// its origins, so a record without one comes from another build.
    pub(super) fn to_named(&self, name: &str) -> Result<OriginCall<'a, H>, Fault> {
        let missing = || Fault::Registry { record: format!("origin `{name}`"), reason: "origin_missing" };
        self.resolved.server().record().origins.get(name).map(|origin| self.to(origin)).ok_or_else(missing)
    }
}

impl<H: Host> Outbound<'_, H> {
    /// Counts requests to origins that a message causes beside a call, or refuses it.
    pub(super) fn take(&self, requests: usize) -> Result<(), Refusal> {
        let message = self.resolved.message();
        match requests {
            0 => Ok(()),
            some => requests_per_minute::take(
                self.gateway,
                message.live(),
                message.authenticated().caller(),
                some.try_into().unwrap_or(u64::MAX),
            ),
        }
    }

    /// Counts requests to origins that are made even if the limit is used up.
    pub(super) fn charge(&self, requests: usize) {
        let caller = self.resolved.message().authenticated().caller();
        requests_per_minute::charge(self.gateway, caller, requests.try_into().unwrap_or(u64::MAX));
    }
}

impl<'a, H: Host> OriginCall<'a, H> {
    pub(super) fn message(&self) -> &'a Message {
        self.resolved.message()
    }

    /// The session at the origin that the client keeps, and its place among the client's sessions.
    pub(super) fn client_session(&self) -> Option<(u8, &'a OriginSession)> {
        self.resolved.session().filter(|_| self.in_client_session)?.with(self.origin)
    }

    /// The same call, but not in the client's own session.
    pub(super) const fn outside_client_session(&self) -> Self {
        Self { in_client_session: false, ..*self }
    }

    /// Returns a new id for a request of Weir: its span, 64 random bits, and a number. It is unique across isolates.
    pub(super) fn next_id(&self) -> RequestId {
        let number = self.ids.get();
        self.ids.set(number + 1);
        RequestId::from_text(&format!("{}-{number}", self.trace.span_id()))
    }

    /// The time that one call may take. For a stream: the time until its first message, and between two messages. An
    /// event that has begun has this time once more.
    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.origin.timeout_ms)
    }
}
