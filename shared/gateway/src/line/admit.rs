//! *admit*: every message counts against a limit before anything is decided, even one that can't be parsed.
//!
//! A message counts against `requests_per_minute`; *guard* gives a permitted call back. Messages without a token also
//! count against the `calls_per_minute` of their virtual server, so that a refused call isn't free.

pub(crate) mod calls_per_minute;

use std::net::IpAddr;
use std::rc::Rc;

use crate::error::Failure;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::line::authenticate::Authenticated;
use crate::line::parse::Message;
use crate::principal::{CallerKey, Principal};
use crate::{records, requests_per_minute};
use ports::Host;

/// A message that has been counted. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::admit::Admitted;
/// ```
///
/// ```compile_fail,E0423
/// use gateway::line::admit::Admitted;
///
/// fn forge() -> Admitted {
///     Admitted(loop {})
/// }
/// ```
pub struct Admitted(Message);

impl Admitted {
    pub(crate) fn into_message(self) -> Message {
        self.0
    }
}

/// The caller against whose limits a message counts, known before the message is parsed.
pub(crate) struct CallerLimits {
    live: Live,
    caller: CallerKey,
    principal: Rc<Principal>,
    address: Option<IpAddr>,
    /// The name of the virtual server, if the path names one.
    server: Option<String>,
}

impl CallerLimits {
    pub(crate) fn of(authenticated: &Authenticated) -> Self {
        let inbound = authenticated.inbound();
        Self {
            live: inbound.live().clone(),
            caller: authenticated.caller(),
            principal: authenticated.principal_shared(),
            address: inbound.address(),
            server: inbound.resource().name().map(str::to_owned),
        }
    }

    /// Counts one message, or refuses it because a limit is used up.
    pub(crate) async fn take<H: Host>(&self, gateway: &Gateway<H>) -> Result<(), Failure> {
        requests_per_minute::take(gateway, &self.live, self.caller, 1)?;
        let Some(name) = self.server.as_deref().filter(|_| self.principal.is_anonymous()) else { return Ok(()) };
        // Only a public virtual server lets an anonymous caller get here, so such callers can't make the store read
        // arbitrary records.
        match records::virtual_server(gateway, &self.live, name).await?.found {
            Some(server) => calls_per_minute::take(gateway, &server, (&self.principal, self.address)).await,
            None => Ok(()),
        }
    }
}

/// Counts the message that was `parsed`, even one that needs no response or can't be parsed.
pub(crate) async fn admit<H: Host>(
    gateway: &Gateway<H>,
    limits: &CallerLimits,
    parsed: Result<Option<Message>, Failure>,
) -> Result<Option<Admitted>, Failure> {
    limits.take(gateway).await?;
    Ok(parsed?.map(Admitted))
}
