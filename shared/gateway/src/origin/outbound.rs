//! A call on its way to its origins: the facts that every request to one of them needs.

use std::time::Duration;

use mcp::meta::TraceParent;
use ports::Host;
use registry::snapshot::Origin;

use crate::error::Fault;
use crate::gateway::Gateway;
use crate::line::parse::Message;
use crate::line::resolve::Resolved;
use crate::sealed::session::OriginSession;

/// Streams that one client request opens to origins: as many connections as a request has on Workers.
pub(super) const MOST_STREAMS: usize = 6;

/// A call on its way to its origins.
pub(crate) struct Outbound<'a, H: Host> {
    pub(crate) gateway: &'a Gateway<H>,
    pub(crate) resolved: &'a Resolved,
    /// Weir's own span, which origins see as their parent (W3C Trace Context).
    pub(crate) trace: &'a TraceParent,
}

/// A call on its way to one origin.
pub(crate) struct OriginCall<'a, H: Host> {
    pub(crate) gateway: &'a Gateway<H>,
    pub(crate) resolved: &'a Resolved,
    pub(crate) trace: &'a TraceParent,
    pub(crate) origin: &'a Origin,
    /// False to leave the client's own session at the origin aside.
    in_client_session: bool,
}

impl<'a, H: Host> Outbound<'a, H> {
    /// The call to this origin.
    pub(super) fn to(&self, origin: &'a Origin) -> OriginCall<'a, H> {
        OriginCall {
            gateway: self.gateway,
            resolved: self.resolved,
            trace: self.trace,
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

    /// The time that one call may take. For a stream, the time until its first event and between two events.
    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.origin.timeout_ms)
    }
}
