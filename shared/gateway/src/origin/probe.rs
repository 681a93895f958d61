//! The two requests that detect an origin's era. Neither changes anything at the origin.
//!
//! ```text
//! server/discover ─▶ a result that names 2026-07-28                 modern
//!                    an error that only the modern era has          modern
//!                    400, 404, 405 and other 4xx, another answer    legacy
//!                    401, 403, 429, 5xx, a broken connection ──┐
//!                    silence: beside it, after a moment ───────┤
//!                                                              └▶ initialize ─▶ a session         legacy, for a while
//!                                                                               a modern error    modern
//!                                                                               anything else     not known
//! ```

use std::time::Duration;

use futures::future::{Either, select};
use futures::pin_mut;
use json::{Members, RawJson};
use mcp::era::{Era, SUPPORTED_VERSIONS};
use mcp::error_code;
use mcp::json_rpc::ResponseContent;
use mcp::method::Method;

use super::known_capabilities;
use super::legacy_session::{self, MODERN_ONLY};
use super::outbound::OriginCall;
use super::protocol::OriginProtocol;
use super::request::{self, Mirrored, OriginRequest};
use super::response::{self, Rejection, Verdict};
use crate::deadline::within;
use crate::error::Fault;
use crate::isolate::eras::KnownEra;
use ports::{Clock, Host};

/// The silence after which `initialize` is sent beside `server/discover`: some servers never answer unknown methods.
const SILENCE: Duration = Duration::from_millis(1500);

/// Detects the era within the origin's timeout.
pub(super) async fn find_out<H: Host>(call: &OriginCall<'_, H>) -> Result<KnownEra, Fault> {
    let host = &call.gateway.host;
    let began = host.clock().now();
    let silence = SILENCE.min(call.timeout() / 2);
    let discovering = discover(call);
    pin_mut!(discovering);
    let discovered = within(host, silence, discovering.as_mut()).await;
    let left = call.timeout().saturating_sub(host.clock().now().since(began));
    match discovered {
        Some(Ok(era)) => Ok(KnownEra::shown(era)),
        Some(Err(fault)) if !is_of_method(&fault) => Err(fault),
        Some(Err(fault)) => {
            let opened = within(host, left, open(call)).await.unwrap_or(Err(Fault::OriginTooSlow));
            opened.map_err(|other| unknown(call, &fault, other))
        }
        None => within(host, left, race(call, discovering)).await.unwrap_or(Err(Fault::OriginTooSlow)),
    }
}

/// True if the fault may be due to the method; false if any method would have failed.
fn is_of_method(fault: &Fault) -> bool {
    match fault {
        Fault::OriginAnswer { .. } => true,
        Fault::OriginStatus(_) => fault.reason() != "origin_redirected",
        Fault::OriginUnreachable { refused, .. } => !refused,
        Fault::OriginTooSlow => true,
        _ => false,
    }
}

/// `initialize` beside a `server/discover` that is still open: the first valid response counts.
async fn race<H: Host>(
    call: &OriginCall<'_, H>,
    discovering: impl Future<Output = Result<Era, Fault>>,
) -> Result<KnownEra, Fault> {
    let opening = open(call);
    pin_mut!(opening, discovering);
    match select(discovering, opening).await {
        Either::Left((Ok(era), _)) => Ok(KnownEra::shown(era)),
        Either::Left((Err(fault), opening)) => opening.await.map_err(|other| unknown(call, &fault, other)),
        Either::Right((Ok(known), _)) => Ok(known),
        Either::Right((Err(other), discovering)) => match discovering.await {
            Ok(era) => Ok(KnownEra::shown(era)),
            Err(fault) => Err(unknown(call, &fault, other)),
        },
    }
}

/// `initialize`; its session is held for the next request.
async fn open<H: Host>(call: &OriginCall<'_, H>) -> Result<KnownEra, Fault> {
    match legacy_session::session(call).await {
        Ok(_) => Ok(KnownEra::guessed()),
        Err(Fault::OriginAnswer { reason: MODERN_ONLY, .. }) => Ok(KnownEra::shown(Era::Modern)),
        Err(fault) => Err(fault),
    }
}

/// The fault of an origin that answered neither request. An origin that is down, or refuses Weir's credential, fails in
/// the same way for both.
fn unknown<H: Host>(call: &OriginCall<'_, H>, discover: &Fault, initialize: Fault) -> Fault {
    let (first, second) = (discover.reason(), initialize.reason());
    match initialize {
        Fault::OriginTooSlow | Fault::OriginUnreachable { .. } if first == second => initialize,
        Fault::OriginStatus(_)
            if first == second && matches!(second, "origin_refused_credential" | "origin_refused_gateway") =>
        {
            initialize
        }
        Fault::OriginCircuitOpen | Fault::OriginToken(_) | Fault::GrantNeeded(_) => initialize,
        _ => Fault::OriginEraUnknown {
            detail: format!(
                "`server/discover`: {first}, `initialize`: {second}; set `era` in origins/{}.toml",
                call.origin.name
            ),
        },
    }
}

/// `server/discover`.
async fn discover<H: Host>(call: &OriginCall<'_, H>) -> Result<Era, Fault> {
    let id = call.next_id();
    let (method, params) = (Method::ServerDiscover, Members::new());
    let request = OriginRequest {
        id: &id,
        method,
        name: None,
        params,
        meta: request::own_meta(call.trace),
        mirrored: Mirrored::Nothing,
    };
    let response = request::put(call, &request, &OriginProtocol::Modern).await?;
    let media = match response::check(&response) {
        Ok(Verdict::Answer(media)) => media,
        Ok(Verdict::Rejected) => {
            let rejection = request::in_time(call, Rejection::read(response)).await?;
            return Ok(if rejection.is_modern_only() { Era::Modern } else { Era::Legacy });
        }
        // Other statuses of the 4xx class, and 200 without an MCP message.
        Err(Fault::OriginAnswer { reason: "origin_media_type", .. }) => return Ok(Era::Legacy),
        Err(_) if matches!(response.status().as_u16(), 402 | 406 | 407 | 409..=428 | 430..=499) => {
            return Ok(Era::Legacy);
        }
        Err(fault) => return Err(fault),
    };
    let read = response::whole(call, &OriginProtocol::Modern, response, media, &id);
    match request::in_time(call, read).await.map(|response| response.outcome) {
        Ok(ResponseContent::Result(result)) if names_modern(&result) => {
            known_capabilities::note(call, Era::Modern, &result);
            Ok(Era::Modern)
        }
        Ok(ResponseContent::Result(_)) => Ok(Era::Legacy),
        Ok(ResponseContent::Error { code, .. }) => {
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
