//! Which era an origin speaks: as the registry says, or found out once and remembered.
//!
//! ```text
//! server/discover ─▶ a result that names 2026-07-28                   modern
//!                    an error that only the modern era has            modern
//!                    401, 403, 408, 429, 3xx, 5xx, silence           nothing learnt: the call fails, nothing is remembered
//!                    any other answer                                 legacy
//! ```
//!
//! An origin may change its era while an isolate lives. It then refuses what it is asked, before it does anything (see
//! [`Rejection`]); Weir asks for the era once more, and repeats the request only if the era has turned out another one.

use json::{Members, RawJson};
use mcp::era::{Era, SUPPORTED_VERSIONS};
use mcp::error_code;
use mcp::json_rpc::{Outcome, RequestId};
use mcp::list::ListKind;
use mcp::method::Method;
use registry::snapshot::OriginEra;

use super::capabilities;
use super::legacy_session;
use super::request::{self, Leg, Question};
use super::response::{self, Rejection, Verdict};
use crate::error::Fault;
use crate::isolate::eras::KnownEra;
use crate::isolate::sessions::Session;
use ports::{Clock, Host};

/// How an origin is spoken to.
pub(super) enum Manner {
    /// Every request stands alone.
    Modern,
    /// After an opening, whose session goes with every request.
    Legacy(Session),
}

impl Manner {
    /// Its era.
    pub(super) const fn era(&self) -> Era {
        match self {
            Self::Modern => Era::Modern,
            Self::Legacy(_) => Era::Legacy,
        }
    }
}

/// How to ask the origin this.
pub(super) async fn manner<H: Host>(leg: &Leg<'_, H>, method: Method) -> Result<Manner, Fault> {
    // Lists are the same for whoever asks, and often kept: they need no client's session.
    if ListKind::of(method).is_none()
        && let Some(session) = legacy_session::of_client(leg)
    {
        return Ok(Manner::Legacy(session));
    }
    match era(leg).await? {
        Era::Modern => Ok(Manner::Modern),
        Era::Legacy => legacy_manner(leg).await,
    }
}

/// How to speak to an origin that rejected a request in `manner`; `None` when that was right, so the rejection stands.
pub(super) async fn corrected<H: Host>(
    leg: &Leg<'_, H>,
    manner: &Manner,
    rejection: &Rejection,
    id: &RequestId,
) -> Result<Option<Manner>, Fault> {
    if !rejection.ran_nothing(id) {
        return Ok(None);
    }
    match manner {
        // What the origin knew of this client is lost, and only the client can begin anew.
        Manner::Legacy(session) if session.is_clients() && rejection.ends_session() => Err(Fault::OriginSessionEnded),
        Manner::Legacy(session) => {
            legacy_session::forget(leg, session);
            if session.is_assigned() && rejection.is_not_found() {
                return legacy_manner(leg).await.map(Some);
            }
            Ok(changed(leg, Era::Legacy).await?.map(|_| Manner::Modern))
        }
        // What a modern server says is no sign of another era.
        Manner::Modern if rejection.is_modern() => Ok(None),
        Manner::Modern => match changed(leg, Era::Modern).await? {
            Some(_) => legacy_manner(leg).await.map(Some),
            None => Ok(None),
        },
    }
}

async fn legacy_manner<H: Host>(leg: &Leg<'_, H>) -> Result<Manner, Fault> {
    match legacy_session::session(leg).await {
        Ok(session) => Ok(Manner::Legacy(session)),
        Err(fault @ Fault::OriginAnswer { .. }) => match changed(leg, Era::Legacy).await? {
            Some(_) => Ok(Manner::Modern),
            None => Err(fault),
        },
        Err(fault) => Err(fault),
    }
}

/// The origin's era.
pub(super) async fn era<H: Host>(leg: &Leg<'_, H>) -> Result<Era, Fault> {
    match leg.origin.era {
        OriginEra::Modern => return Ok(Era::Modern),
        OriginEra::Legacy => return Ok(Era::Legacy),
        OriginEra::Auto => {}
    }
    let known = leg.gateway.isolate.eras.borrow().find(&key(leg));
    match known {
        Some(era) => Ok(era),
        None => {
            let era = discover(leg).await?;
            leg.gateway.isolate.eras.borrow_mut().insert(key(leg), KnownEra { era, confirmed: None });
            Ok(era)
        }
    }
}

/// The origin's era if it isn't `believed` any more.
async fn changed<H: Host>(leg: &Leg<'_, H>, believed: Era) -> Result<Option<Era>, Fault> {
    if !leg.origin.era.is_auto() {
        return Ok(None);
    }
    let now = leg.gateway.host.clock().now();
    if leg.gateway.isolate.eras.borrow().is_confirmed(&key(leg), now) {
        return Ok(None);
    }
    let era = discover(leg).await?;
    let confirmed = (era == believed).then_some(now);
    leg.gateway.isolate.eras.borrow_mut().insert(key(leg), KnownEra { era, confirmed });
    Ok((era != believed).then_some(era))
}

/// Another address under the same name is another origin.
pub(super) fn key<H: Host>(leg: &Leg<'_, H>) -> String {
    format!("{} {}", leg.origin.name, leg.origin.url)
}

/// Asks the origin what it speaks.
async fn discover<H: Host>(leg: &Leg<'_, H>) -> Result<Era, Fault> {
    let id = RequestId::from_integer(0);
    let (method, params) = (Method::ServerDiscover, Members::new());
    let question =
        Question { id: &id, method, name: None, params, meta: request::own_meta(leg.trace), parameters: None };
    let response = request::put(leg, &question, &Manner::Modern).await?;
    let media = match response::check(&response) {
        Ok(Verdict::Answer(media)) => media,
        Ok(Verdict::Rejected) => {
            let rejection = request::in_time(leg, Rejection::read(response)).await?;
            return Ok(if rejection.is_modern_only() { Era::Modern } else { Era::Legacy });
        }
        // Other statuses of the 4xx class, and 200 with what is no MCP.
        Err(Fault::OriginAnswer { reason: "origin_media_type" }) => return Ok(Era::Legacy),
        Err(_) if matches!(response.status().as_u16(), 402 | 406 | 407 | 409..=428 | 430..=499) => {
            return Ok(Era::Legacy);
        }
        Err(fault) => return Err(fault),
    };
    match request::in_time(leg, response::whole(response, media, &id)).await {
        Ok((_, Outcome::Result(result))) if names_modern(&result) => {
            capabilities::note(leg, Era::Modern, &result);
            Ok(Era::Modern)
        }
        Ok((_, Outcome::Result(_))) => Ok(Era::Legacy),
        Ok((_, Outcome::Error { code, .. })) => {
            Ok(if error_code::is_modern_only(code) { Era::Modern } else { Era::Legacy })
        }
        Err(Fault::OriginAnswer { .. }) => Ok(Era::Legacy),
        Err(fault) => Err(fault),
    }
}

fn names_modern(result: &RawJson) -> bool {
    let versions = result.members().ok().and_then(|members| members.get("supportedVersions")?.elements().ok());
    let spoken = |version: &RawJson| version.string().is_some_and(|version| SUPPORTED_VERSIONS.contains(&&*version));
    versions.is_some_and(|versions| versions.iter().any(spoken))
}
