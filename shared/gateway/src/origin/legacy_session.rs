//! Legacy origins: opened once per isolate, and per principal where they assign sessions.
//!
//! ```text
//! initialize  ─▶ 200, Mcp-Session-Id: …    held for this principal alone, sent with each of its requests
//!             ─▶ 200 without one           held for all: such an origin tells requests apart by their credential alone
//! notifications/initialized
//! ```
//!
//! Callers without a token are one principal and strangers to each other: of them no assigned session is held, each
//! request opens its own. A client with a session of its own (see `session`) has sessions of its own at the origins,
//! too, opened with what it can be asked and kept by it. For every other a session id is kept in the isolate's memory
//! and nowhere else. Two requests that find none at the same moment open two sessions; the later one is kept, the other
//! ends as its origin lets sessions end.

use http::StatusCode;
use json::Members;
use mcp::era::Era;
use mcp::json_rpc::{self, Outcome, RequestId};
use mcp::legacy::{self, ClientCapabilities, INITIALIZE, INITIALIZED};

use super::deprecated_transport;
use super::known_capabilities;
use super::outbound::OriginCall;
use super::protocol;
use super::request;
use super::response::{self, Verdict};
use crate::error::Fault;
use crate::isolate::sessions::{Holder, Session};
use crate::sealed::session::OriginSession;
use ports::{Clock, Host};

/// Most characters of a session id that a client keeps for its origin: none may take the room of the others.
const MAX_KEPT_BYTES: usize = 256;

/// The session of the call's origin that the client keeps, if it does.
pub(super) fn of_client<H: Host>(call: &OriginCall<'_, H>) -> Option<Session> {
    let (_, kept) = call.resolved.session()?.with(call.origin)?;
    let opened = call.gateway.host.clock().now();
    Some(Session { version: kept.version, id: Some(kept.id.clone()), opened, is_clients: true })
}

/// Opens the call's origin for a client that keeps the session, and can be asked this; `None` of an origin that assigns
/// none. To such an origin all users are one: what it asks and tells is meant for nobody alone, and what it is told
/// concerns all.
pub(super) async fn open_for_client<H: Host>(
    call: &OriginCall<'_, H>,
    version: &str,
    capabilities: ClientCapabilities,
) -> Result<Option<OriginSession>, Fault> {
    if held(call, false).is_some() {
        return Ok(None);
    }
    let opened = open(call, version, capabilities).await?;
    let Some(id) = opened.id else {
        // What one client can be asked was declared for all of them. This opening takes it back, and is held.
        session(call).await?;
        return Ok(None);
    };
    let fits = id.len() <= MAX_KEPT_BYTES;
    Ok(fits.then(|| OriginSession::new(call.origin, opened.version, id)))
}

/// The live session that is held for the caller, or for all where the origin assigns none.
fn held<H: Host>(call: &OriginCall<'_, H>, assigned: bool) -> Option<Session> {
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.sessions.borrow().find(&holder(call, assigned), now)
}

/// The session for the caller of this call: a held one, or a new one.
pub(super) async fn session<H: Host>(call: &OriginCall<'_, H>) -> Result<Session, Fault> {
    if let Some(held) = held(call, true).or_else(|| held(call, false)) {
        return Ok(held);
    }
    let session = open(call, legacy::VERSIONS[0], ClientCapabilities::default()).await?;
    if session.is_assigned() && call.message().principal().is_anonymous() {
        // What one stranger has left in it, the next one could read.
        return Ok(session);
    }
    let holder = holder(call, session.is_assigned());
    call.gateway.isolate.sessions.borrow_mut().insert(holder, session.clone());
    Ok(session)
}

/// Forgets a session that its origin didn't take, unless another request has opened a new one meanwhile.
pub(super) fn forget<H: Host>(call: &OriginCall<'_, H>, session: &Session) {
    call.gateway.isolate.sessions.borrow_mut().remove(&holder(call, session.is_assigned()), session);
}

fn holder<H: Host>(call: &OriginCall<'_, H>, assigned: bool) -> Holder {
    let principal = call.message().principal();
    let principal = assigned.then(|| (principal.key(), principal.claims().client_id.clone()));
    Holder { origin: protocol::key(call), principal }
}

/// `initialize`, then `notifications/initialized`. Whoever declares no capabilities is asked nothing.
async fn open<H: Host>(
    call: &OriginCall<'_, H>,
    version: &str,
    capabilities: ClientCapabilities,
) -> Result<Session, Fault> {
    let id = RequestId::from_integer(0);
    let params = legacy::initialize_params(version, capabilities, &request::weir());
    let body = json_rpc::request(&id, INITIALIZE, &params);
    let response = request::post(call, request::bare(call, body)?).await?;
    let Verdict::Answer(media) = response::check(&response)? else {
        let may_be_older = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        if may_be_older && deprecated_transport::is_spoken(call).await {
            return Err(Fault::OriginDeprecatedTransport);
        }
        return Err(Fault::OriginAnswer { reason: "origin_refused_initialize" });
    };
    let assigned = legacy::session_id(response.headers());
    let assigned = assigned.map_err(|_| Fault::OriginAnswer { reason: "origin_session_malformed" })?;
    let Outcome::Result(result) = request::in_time(call, response::whole(response, media, &id)).await?.1 else {
        return Err(Fault::OriginAnswer { reason: "origin_refused_initialize" });
    };
    let version =
        legacy::negotiated_version(&result).ok_or(Fault::OriginAnswer { reason: "origin_version_unsupported" })?;
    known_capabilities::note(call, Era::Legacy, &result);
    let session = Session { version, id: assigned, opened: call.gateway.host.clock().now(), is_clients: false };
    let mut initialized = request::bare(call, json_rpc::notification(INITIALIZED, &Members::new()))?;
    session.write(initialized.headers_mut());
    // Sent in order; what it is answered with tells nothing that the next request won't.
    drop(request::post(call, initialized).await?);
    Ok(session)
}
