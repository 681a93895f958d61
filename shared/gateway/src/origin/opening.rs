//! The responses to `server/discover` and `initialize`, made of the capabilities of the origins.
//!
//! A modern origin is asked (`server/discover`), a legacy one declares it when its session is opened. Both are
//! remembered; for one caller alone if the origin's credential names the caller. For `initialize`, sessions at legacy
//! origins are also opened for the client itself, with the client's capabilities.

use std::rc::Rc;
use std::time::Duration;

use http::header::HeaderValue;
use json::Members;
use mcp::era::Era;
use mcp::json_rpc::ResponseContent;
use mcp::legacy::ClientCapabilities;
use mcp::method::Method;
use mcp::task;

use super::ask;
use super::capabilities::{JoinedCapabilities, Kinds, kinds};
use super::era;
use super::fan_out::fan_out;
use super::known_capabilities::{known, note};
use super::legacy_session;
use super::outbound::{OriginCall, Outbound};
use super::request::{self, Mirrored, OriginRequest};
use crate::error::{Failure, Fault};
use crate::isolate::capabilities::OriginCapabilities;
use crate::keys;
use crate::sealed::session::{self, OriginSession};
use ports::Host;

/// The time for `server/discover`, for all origins together. An origin that is late costs the client hints only.
const DISCOVER: Duration = Duration::from_secs(3);
/// The time for `initialize`, for all origins together, with the opening of their sessions.
const INITIALIZE: Duration = Duration::from_secs(5);

/// The `initialize` of a client that is given a session.
struct Opening {
    version: &'static str,
    capabilities: ClientCapabilities,
}

/// An origin's capabilities, and the session that it has assigned to the client.
type Opened = (OriginCapabilities, Option<OriginSession>);

/// The capabilities of the origins of `visible`; origins are asked unless the isolate remembers.
pub(crate) async fn discover<H: Host>(
    outbound: &Outbound<'_, H>,
    visible: &[usize],
) -> Result<JoinedCapabilities, Failure> {
    let kinds = kinds(outbound.resolved.server(), visible);
    let answers = ask_all(outbound, &kinds, (DISCOVER, None)).await?;
    let answers = answers.into_iter().map(|(name, answer)| (name, answer.map(|(declared, _)| declared))).collect();
    let mut together = JoinedCapabilities::of((&kinds, answers), (outbound.resolved.message().era(), false));
    let extensions = &mut together.capabilities.extensions;
    // A client's task ids are sealed, so there are no tasks without sealing keys.
    if extensions.get(task::EXTENSION).is_some() && !matches!(keys::sealing(outbound.gateway).await, Ok(Some(_))) {
        extensions.remove(task::EXTENSION);
    }
    Ok(together)
}

/// The capabilities for `initialize`, and the session id of a client that gets one. An origin whose session doesn't
/// open is left out; it is opened when it is needed, without the client's capabilities.
pub(crate) async fn initialize<H: Host>(
    outbound: &Outbound<'_, H>,
    (visible, version): (&[usize], &'static str),
) -> Result<(JoinedCapabilities, Option<HeaderValue>), Failure> {
    let (gateway, message, server) = (outbound.gateway, outbound.resolved.message(), outbound.resolved.server());
    let capabilities = ClientCapabilities::from_initialize(Some(message.params()));
    let seals = keys::sealing(gateway).await?.is_some();
    let opening = seals.then_some(Opening { version, capabilities });
    let kinds = kinds(server, visible);
    let (mut answers, mut sessions) = (Vec::new(), Vec::new());
    for (name, answer) in ask_all(outbound, &kinds, (INITIALIZE, opening.as_ref())).await? {
        answers.push((
            name,
            answer.map(|(declared, session)| {
                sessions.extend(session);
                declared
            }),
        ));
    }
    let session = match seals {
        true => session::seal(gateway, server, message.principal(), capabilities, &sessions).await?,
        false => None,
    };
    let is_notified = session.is_some() && !sessions.is_empty();
    Ok((JoinedCapabilities::of((&kinds, answers), (message.era(), is_notified)), session))
}

/// The answer of each origin, by name.
async fn ask_all<'a, H: Host>(
    outbound: &Outbound<'_, H>,
    kinds: &Kinds<'a>,
    (deadline, opening): (Duration, Option<&Opening>),
) -> Result<Vec<(&'a str, Result<Opened, Failure>)>, Failure> {
    let (mut answers, mut names, mut asks) = (Vec::new(), Vec::new(), Vec::new());
    for &name in kinds.keys() {
        match outbound.to_named(name) {
            Ok(call) => match without_asking(&call, opening) {
                Some(known) => answers.push((name, Ok((known, None)))),
                None => {
                    names.push(name);
                    asks.push((call.timeout(), async move { ask(&call, opening).await }));
                }
            },
            Err(fault) => answers.push((name, Err(fault.into()))),
        }
    }
    outbound.take(asks.len())?;
    let results = fan_out(&outbound.gateway.host, deadline, asks).await;
    let results = results.into_iter().map(|answer| answer.unwrap_or_else(|| Err(Fault::OriginTooSlow.into())));
    answers.extend(names.into_iter().zip(results));
    answers.sort_by_key(|(name, _)| *name);
    Ok(answers)
}

/// The remembered capabilities of an origin at which no session has to be opened.
fn without_asking<H: Host>(call: &OriginCall<'_, H>, opening: Option<&Opening>) -> Option<OriginCapabilities> {
    let era = era::known(call).filter(|era| opening.is_none() || *era == Era::Modern)?;
    known(call, era)
}

async fn ask<H: Host>(call: &OriginCall<'_, H>, opening: Option<&Opening>) -> Result<Opened, Failure> {
    let mut session = None;
    if let Some(opening) = opening
        && era::era(call).await? == Era::Legacy
    {
        let capabilities = opening.capabilities.restricted(&call.origin.may_ask);
        session = legacy_session::open_for_client(call, opening.version, capabilities).await?;
    }
    // Detecting the era, or opening a session, makes the origin declare its capabilities.
    let protocol = match era::known(call).and_then(|era| known(call, era)) {
        Some(declared) => return Ok((declared, session)),
        None => era::protocol(call, Method::ServerDiscover).await?,
    };
    let nothing = || OriginCapabilities { era: protocol.era(), capabilities: Rc::default() };
    if protocol.era() == Era::Legacy || known(call, Era::Modern).is_some() {
        return Ok((known(call, protocol.era()).unwrap_or_else(nothing), session));
    }
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
    let response = ask::ask(call, &request).await?;
    let era = response.0.era();
    match ask::read(call, response, &id).await?.outcome {
        ResponseContent::Result(result) => note(call, era, &result),
        ResponseContent::Error { .. } => return Err(Fault::OriginAnswer { reason: "origin_discover_error" }.into()),
    }
    Ok((known(call, era).unwrap_or_else(nothing), session))
}
