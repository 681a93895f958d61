//! The era in which Weir speaks to an origin: set in the registry, or detected once (see [`probe`]) and remembered.
//!
//! A modern origin may speak the legacy era, too. A legacy client is then served in its own era, in which it gets
//! requests for input and log messages; one `initialize` shows if that works. Lists outside of a client's session are
//! the same in both eras: the modern one says how long they may be kept.
//!
//! An origin may change its era while an isolate lives. It then rejects requests before doing anything (see
//! [`Rejection`]). Weir detects the era once more, and repeats the request only if the era has changed.

use std::time::Duration;

use mcp::era::Era;
use mcp::json_rpc::RequestId;
use mcp::list::ListKind;
use mcp::method::Method;
use registry::snapshot::OriginEra;

use super::legacy_session;
use super::outbound::OriginCall;
use super::probe;
use super::protocol::{OriginProtocol, key};
use super::response::Rejection;
use crate::deadline::within;
use crate::error::Fault;
use crate::isolate::eras::{AlsoLegacy, KnownEra};
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Host};

/// The time in which a modern origin has to take `initialize`, where its own timeout isn't shorter. A legacy client can
/// be served in the modern era, too.
const INITIALIZE: Duration = Duration::from_secs(2);

/// The protocol for a request of this method.
pub(super) async fn protocol<H: Host>(call: &OriginCall<'_, H>, method: Method) -> Result<OriginProtocol, Fault> {
    if let Some(session) = legacy_session::of_client(call) {
        return Ok(OriginProtocol::Legacy(session));
    }
    let era = if ListKind::of(method).is_some() { main_era(call).await?.era } else { era(call).await? };
    match era {
        Era::Modern => Ok(OriginProtocol::Modern),
        Era::Legacy => legacy_protocol(call).await,
    }
}

/// The protocol for an origin that rejected a request in `protocol`; `None` when that was right, so the rejection
/// stands.
pub(super) async fn corrected<H: Host>(
    call: &OriginCall<'_, H>,
    protocol: &OriginProtocol,
    rejection: &Rejection,
    id: &RequestId,
) -> Result<Option<OriginProtocol>, Fault> {
    if !rejection.ran_nothing(id) {
        return Ok(None);
    }
    match protocol {
        // The origin's state for this client is lost, and only the client can open a new session.
        OriginProtocol::Legacy(session) if session.is_clients() && rejection.ends_session() => {
            Err(Fault::OriginSessionEnded)
        }
        OriginProtocol::Legacy(session) => {
            legacy_session::forget(call, session);
            if session.is_assigned() && rejection.is_not_found() {
                return legacy_protocol(call).await.map(Some);
            }
            // An origin of both eras that still takes `initialize` has rejected the request itself.
            let is_of_both = speaks_modern(call) && (session.is_clients() || known(call) == Some(Era::Legacy));
            if is_of_both && !rejection.is_modern_only() && (session.is_clients() || takes_initialize(call).await) {
                return Ok(None);
            }
            Ok(changed(call, Era::Legacy).await?.map(|_| OriginProtocol::Modern))
        }
        // A rejection that only a modern server sends is no sign of another era.
        OriginProtocol::Modern if rejection.is_modern() => Ok(None),
        OriginProtocol::Modern => match changed(call, Era::Modern).await? {
            Some(_) => legacy_protocol(call).await.map(Some),
            None => Ok(None),
        },
    }
}

async fn legacy_protocol<H: Host>(call: &OriginCall<'_, H>) -> Result<OriginProtocol, Fault> {
    match legacy_session::session(call).await {
        Ok(session) => Ok(OriginProtocol::Legacy(session)),
        Err(fault @ (Fault::OriginAnswer { .. } | Fault::OriginStatus(_))) => match changed(call, Era::Legacy).await? {
            Some(_) => Ok(OriginProtocol::Modern),
            None => Err(fault),
        },
        Err(fault) => Err(fault),
    }
}

/// The era in which the origin is spoken to for this client.
pub(super) async fn era<H: Host>(call: &OriginCall<'_, H>) -> Result<Era, Fault> {
    let main = main_era(call).await?;
    if !may_be_both(call, main) {
        return Ok(main.era);
    }
    let also_legacy = match main.legacy.known(call.gateway.host.clock().now()) {
        Some(known) => known,
        None => takes_initialize(call).await,
    };
    Ok(if also_legacy { Era::Legacy } else { Era::Modern })
}

/// The era in which the origin is spoken to for this client, if it is known without a request.
pub(super) fn known<H: Host>(call: &OriginCall<'_, H>) -> Option<Era> {
    let main = known_main_era(call)?;
    if !may_be_both(call, main) {
        return Some(main.era);
    }
    let also_legacy = main.legacy.known(call.gateway.host.clock().now())?;
    Some(if also_legacy { Era::Legacy } else { Era::Modern })
}

/// True if the origin may speak the client's era, too, which is not its main one. For a caller without a token no
/// session is held, so each of its requests would have to open one.
fn may_be_both<H: Host>(call: &OriginCall<'_, H>, main: KnownEra) -> bool {
    let message = call.message();
    let opens = matches!(message.operation(), Operation::Legacy(LegacyRequest::Initialize(_)));
    (message.era(), main.era) == (Era::Legacy, Era::Modern)
        && call.origin.era.is_auto()
        && (opens || !message.principal().is_anonymous())
}

fn speaks_modern<H: Host>(call: &OriginCall<'_, H>) -> bool {
    known_main_era(call).is_some_and(|known| known.era == Era::Modern)
}

/// Opens a session at a modern origin, which is held for the next request; true if that worked.
async fn takes_initialize<H: Host>(call: &OriginCall<'_, H>) -> bool {
    let (host, limit) = (&call.gateway.host, call.timeout().min(INITIALIZE));
    let opened = within(host, limit, legacy_session::session(call)).await;
    let takes = matches!(opened, Some(Ok(_)));
    let legacy = if takes { AlsoLegacy::Yes } else { AlsoLegacy::No(host.clock().now()) };
    call.gateway.isolate.eras.borrow_mut().note_legacy(&key(call), legacy);
    takes
}

/// The era that the origin speaks; the modern one if it speaks both.
async fn main_era<H: Host>(call: &OriginCall<'_, H>) -> Result<KnownEra, Fault> {
    match known_main_era(call) {
        Some(known) => Ok(known),
        None => {
            let known = probe::find_out(call).await?;
            hold(call, known);
            Ok(known)
        }
    }
}

fn known_main_era<H: Host>(call: &OriginCall<'_, H>) -> Option<KnownEra> {
    match call.origin.era {
        OriginEra::Modern => Some(KnownEra::shown(Era::Modern)),
        OriginEra::Legacy => Some(KnownEra::shown(Era::Legacy)),
        OriginEra::Auto => call.gateway.isolate.eras.borrow().find(&key(call), || call.gateway.host.clock().now()),
    }
}

fn hold<H: Host>(call: &OriginCall<'_, H>, known: KnownEra) {
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.eras.borrow_mut().insert(key(call), known, now);
}

/// The origin's era if it isn't `believed` any more.
async fn changed<H: Host>(call: &OriginCall<'_, H>, believed: Era) -> Result<Option<Era>, Fault> {
    if !call.origin.era.is_auto() {
        return Ok(None);
    }
    let now = call.gateway.host.clock().now();
    if call.gateway.isolate.eras.borrow().is_confirmed(&key(call), now) {
        return Ok(None);
    }
    let mut known = probe::find_out(call).await?;
    if known.era == believed {
        known.confirmed = Some(now);
    } else if known.era == Era::Modern {
        // The origin has just refused a legacy request.
        known.legacy = AlsoLegacy::No(now);
    }
    hold(call, known);
    Ok((known.era != believed).then_some(known.era))
}
