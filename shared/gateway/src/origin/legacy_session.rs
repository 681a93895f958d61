//! Sessions at legacy origins: one per isolate, or one per principal if the origin assigns session ids.
//!
//! ```text
//! initialize  ─▶ 200, Mcp-Session-Id: …    held for this principal alone, sent with each of its requests
//!             ─▶ 200 without one           held for all: such an origin tells requests apart by their credential alone
//! notifications/initialized
//! ```
//!
//! Anonymous callers are one principal but strangers to each other, so each of their requests opens its own assigned
//! session. A client with a session (see `sealed::session`) has its own sessions at the origins, opened with its
//! capabilities and kept by the client. For all others, a session id is kept in the isolate's memory and nowhere else.
//! Two requests that find none at the same time open two sessions; the later one is kept, the other ends when its
//! origin ends it.

use http::StatusCode;
use json::Members;
use mcp::era::Era;
use mcp::error_code;
use mcp::json_rpc::{self, ResponseContent};
use mcp::legacy::{self, ClientCapabilities, INITIALIZE, INITIALIZED};

use super::deprecated_transport;
use super::known_capabilities;
use super::outbound::OriginCall;
use super::protocol::{self, OriginProtocol};
use super::request;
use super::response::{self, Rejection, Verdict};
use crate::error::Fault;
use crate::isolate::sessions::{Holder, Session};
use crate::sealed::session::OriginSession;
use ports::{Clock, Host};

/// The reason of a fault at an origin whose refusal of `initialize` shows that it speaks no legacy version.
pub(super) const MODERN_ONLY: &str = "origin_speaks_no_legacy";

/// Most bytes of an origin's session id that a client keeps, so that each origin's id fits into the client's.
const MAX_KEPT_BYTES: usize = 256;

/// The session at the call's origin that the client keeps, if any.
pub(super) fn of_client<H: Host>(call: &OriginCall<'_, H>) -> Option<Session> {
    let (_, kept) = call.client_session()?;
    let opened = call.gateway.host.clock().now();
    Some(Session { version: kept.version, id: Some(kept.id.clone()), opened, is_clients: true })
}

/// Opens a session at the call's origin that the client keeps, with the client's capabilities; `None` if the origin
/// assigns no session id. Such an origin can't tell users apart, so it can send requests to no single client.
pub(super) async fn open_for_client<H: Host>(
    call: &OriginCall<'_, H>,
    version: &'static str,
    capabilities: ClientCapabilities,
) -> Result<Option<OriginSession>, Fault> {
    if held(call, false).is_some() {
        return Ok(None);
    }
    let opened = open(call, version, capabilities).await?;
    let Some(id) = opened.id else {
        // That `initialize` declared one client's capabilities. The session that is held for all callers declares none.
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
        // A held session would show the next anonymous caller the state that this one leaves in it.
        return Ok(session);
    }
    let holder = holder(call, session.is_assigned());
    call.gateway.isolate.sessions.borrow_mut().insert(holder, session.clone());
    Ok(session)
}

/// Forgets a session that its origin rejected, unless another request has opened a new one meanwhile.
pub(super) fn forget<H: Host>(call: &OriginCall<'_, H>, session: &Session) {
    call.gateway.isolate.sessions.borrow_mut().remove(&holder(call, session.is_assigned()), session);
}

fn holder<H: Host>(call: &OriginCall<'_, H>, assigned: bool) -> Holder {
    let principal = call.message().principal();
    let principal = assigned.then(|| (principal.key(), principal.claims().client_id.clone()));
    Holder { origin: protocol::key(call), principal }
}

/// Sends `initialize`, then `notifications/initialized`. A client without declared capabilities gets no requests.
async fn open<H: Host>(
    call: &OriginCall<'_, H>,
    version: &'static str,
    capabilities: ClientCapabilities,
) -> Result<Session, Fault> {
    let id = call.next_id();
    let params = legacy::initialize_params(version, capabilities, &request::weir());
    let body = json_rpc::request(&id, INITIALIZE, &params);
    let response = request::post(call, request::bare(call, body)?).await?;
    let Verdict::Answer(media) = response::check(&response)? else {
        let may_be_older = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
        if may_be_older && deprecated_transport::is_spoken(call).await {
            return Err(Fault::OriginDeprecatedTransport);
        }
        let rejection = request::in_time(call, Rejection::read(response)).await?;
        return Err(refused(rejection.is_modern_only()));
    };
    let assigned = legacy::session_id(response.headers());
    let assigned = assigned.map_err(|_| Fault::OriginAnswer { reason: "origin_session_malformed" })?;
    let opened = call.gateway.host.clock().now();
    let opening = Session { version, id: assigned, opened, is_clients: false };
    let protocol = OriginProtocol::Legacy(opening.clone());
    let read = response::whole(call, &protocol, response, media, &id);
    let result = match request::in_time(call, read).await?.outcome {
        ResponseContent::Result(result) => result,
        ResponseContent::Error { code, .. } => return Err(refused(error_code::is_modern_only(code))),
    };
    let version =
        legacy::negotiated_version(&result).ok_or(Fault::OriginAnswer { reason: "origin_version_unsupported" })?;
    known_capabilities::note(call, Era::Legacy, &result);
    let session = Session { version, opened: call.gateway.host.clock().now(), ..opening };
    let mut initialized = request::bare(call, json_rpc::notification(INITIALIZED, &Members::new()))?;
    session.write(initialized.headers_mut());
    // Awaited to keep the order; a failure would show in the next request, too.
    drop(request::post(call, initialized).await?);
    Ok(session)
}

const fn refused(is_modern_only: bool) -> Fault {
    Fault::OriginAnswer { reason: if is_modern_only { MODERN_ONLY } else { "origin_refused_initialize" } }
}
