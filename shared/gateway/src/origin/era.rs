//! The era that an origin speaks: as the registry says, or found out once and remembered.
//!
//! ```text
//! server/discover ─▶ a result that names 2026-07-28                   modern
//!                    an error that only the modern era has            modern
//!                    401, 403, 408, 429, 3xx, 5xx, silence           nothing learnt: the call fails, nothing is remembered
//!                    any other answer                                 legacy
//! ```
//!
//! An origin may change its era while an isolate lives. It then rejects requests before doing anything (see
//! [`Rejection`]). Weir asks for the era once more, and repeats the request only if the era has changed.

use json::{Members, RawJson};
use mcp::era::{Era, SUPPORTED_VERSIONS};
use mcp::error_code;
use mcp::json_rpc::{Outcome, RequestId};
use mcp::list::ListKind;
use mcp::method::Method;
use registry::snapshot::OriginEra;

use super::known_capabilities;
use super::legacy_session;
use super::outbound::OriginCall;
use super::protocol::{OriginProtocol, key};
use super::request::{self, Question};
use super::response::{self, Rejection, Verdict};
use crate::error::Fault;
use crate::isolate::eras::KnownEra;
use ports::{Clock, Host};

/// The protocol for a request of this method to the origin.
pub(super) async fn protocol<H: Host>(call: &OriginCall<'_, H>, method: Method) -> Result<OriginProtocol, Fault> {
    // A list is the same in every session, and often kept: it needs no client's session.
    if ListKind::of(method).is_none()
        && let Some(session) = legacy_session::of_client(call)
    {
        return Ok(OriginProtocol::Legacy(session));
    }
    match era(call).await? {
        Era::Modern => Ok(OriginProtocol::Modern),
        Era::Legacy => legacy_protocol(call).await,
    }
}

/// The protocol to repeat a rejected request in; `None` if `protocol` was right, so that the rejection stands.
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
        Err(fault @ Fault::OriginAnswer { .. }) => match changed(call, Era::Legacy).await? {
            Some(_) => Ok(OriginProtocol::Modern),
            None => Err(fault),
        },
        Err(fault) => Err(fault),
    }
}

/// The origin's era.
pub(super) async fn era<H: Host>(call: &OriginCall<'_, H>) -> Result<Era, Fault> {
    match call.origin.era {
        OriginEra::Modern => return Ok(Era::Modern),
        OriginEra::Legacy => return Ok(Era::Legacy),
        OriginEra::Auto => {}
    }
    let known = call.gateway.isolate.eras.borrow().find(&key(call));
    match known {
        Some(era) => Ok(era),
        None => {
            let era = discover(call).await?;
            call.gateway.isolate.eras.borrow_mut().insert(key(call), KnownEra { era, confirmed: None });
            Ok(era)
        }
    }
}

/// The origin's era, if it is no longer `believed`.
async fn changed<H: Host>(call: &OriginCall<'_, H>, believed: Era) -> Result<Option<Era>, Fault> {
    if !call.origin.era.is_auto() {
        return Ok(None);
    }
    let now = call.gateway.host.clock().now();
    if call.gateway.isolate.eras.borrow().is_confirmed(&key(call), now) {
        return Ok(None);
    }
    let era = discover(call).await?;
    let confirmed = (era == believed).then_some(now);
    call.gateway.isolate.eras.borrow_mut().insert(key(call), KnownEra { era, confirmed });
    Ok((era != believed).then_some(era))
}

/// Finds out the origin's era by `server/discover`.
async fn discover<H: Host>(call: &OriginCall<'_, H>) -> Result<Era, Fault> {
    let id = call.next_id();
    let (method, params) = (Method::ServerDiscover, Members::new());
    let question =
        Question { id: &id, method, name: None, params, meta: request::own_meta(call.trace), parameters: None };
    let response = request::put(call, &question, &OriginProtocol::Modern).await?;
    let media = match response::check(&response) {
        Ok(Verdict::Answer(media)) => media,
        Ok(Verdict::Rejected) => {
            let rejection = request::in_time(call, Rejection::read(response)).await?;
            return Ok(if rejection.is_modern_only() { Era::Modern } else { Era::Legacy });
        }
        // Other 4xx statuses, and a 200 without a media type of MCP.
        Err(Fault::OriginAnswer { reason: "origin_media_type" }) => return Ok(Era::Legacy),
        Err(_) if matches!(response.status().as_u16(), 402 | 406 | 407 | 409..=428 | 430..=499) => {
            return Ok(Era::Legacy);
        }
        Err(fault) => return Err(fault),
    };
    let read = response::whole(call, &OriginProtocol::Modern, response, media, &id);
    match request::in_time(call, read).await.map(|response| response.outcome) {
        Ok(Outcome::Result(result)) if names_modern(&result) => {
            known_capabilities::note(call, Era::Modern, &result);
            Ok(Era::Modern)
        }
        Ok(Outcome::Result(_)) => Ok(Era::Legacy),
        Ok(Outcome::Error { code, .. }) => Ok(if error_code::is_modern_only(code) { Era::Modern } else { Era::Legacy }),
        Err(Fault::OriginAnswer { .. }) => Ok(Era::Legacy),
        Err(fault) => Err(fault),
    }
}

fn names_modern(result: &RawJson) -> bool {
    let versions = result.members().ok().and_then(|members| members.get("supportedVersions")?.elements().ok());
    let spoken = |version: &RawJson| version.string().is_some_and(|version| SUPPORTED_VERSIONS.contains(&&*version));
    versions.is_some_and(|versions| versions.iter().any(spoken))
}
