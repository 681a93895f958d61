//! The requests to origins in a legacy client's session beside calls: responses to their requests, and notifications to
//! all of them. Each origin has a few seconds, and one that fails doesn't affect the others.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use json::Members;
use mcp::era::Era;
use mcp::json_rpc;
use mcp::legacy::{self as legacy_era, Bridge};
use mcp::method::Method;
use registry::snapshot::Origin;

use super::fan_out::fan_out;
use super::outbound::{OriginCall, Outbound};
use super::reply::Reply;
use super::request;
use super::response::{self, Verdict};
use super::{legacy_session, log_level};
use crate::deadline::within;
use crate::error::{Failure, Fault, Refusal};
use crate::line::parse::Message;
use crate::sealed::question::Asker;
use crate::virtual_server::VirtualServer;
use ports::Host;

/// The time that one origin may take, unless its own timeout is shorter. A notification to all origins has it once.
const DEADLINE: Duration = Duration::from_secs(5);

/// Passes on the requests that the call's origin sends on the stream of the call; `None` if the client can't be asked,
/// or not on this stream.
pub(super) async fn asker<H: Host>(call: &OriginCall<'_, H>) -> Result<Option<Asker>, Failure> {
    if call.message().authenticated().inbound().is_batched() {
        return Ok(None);
    }
    let Some(session) = call.resolved.session() else { return Ok(None) };
    let Some((at, _)) = session.with(call.origin) else { return Ok(None) };
    Asker::new(call.gateway, session.clone(), at).await
}

/// The origins of the items that the caller sees, by name.
pub(super) fn origins<'a>(server: &'a VirtualServer, visible: &[usize]) -> BTreeMap<&'a str, &'a Origin> {
    visible.iter().filter_map(|&at| server.origin(at)).map(|origin| (origin.name.as_str(), origin)).collect()
}

pub(super) async fn in_time<H: Host, T>(
    call: &OriginCall<'_, H>,
    asked: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    within(&call.gateway.host, call.timeout().min(DEADLINE), asked).await.unwrap_or(Err(Fault::OriginTooSlow))
}

/// Passes the client's response on to the origin that sent the request, if the caller still sees an item of it.
pub(crate) async fn respond<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) -> Result<(), Failure> {
    let answered = outbound.resolved.answered().ok_or(Refusal::UnknownRequest)?;
    let seen = origins(outbound.resolved.server(), visible);
    let origin = *seen.get(answered.origin.as_str()).ok_or(Refusal::UnknownRequest)?;
    let body = outbound.resolved.message().authenticated().inbound().body().clone();
    let body = legacy_era::with_id(body, &answered.id).map_err(|_| Refusal::UnknownRequest)?;
    let call = outbound.to(origin);
    Ok(in_time(&call, deliver(&call, body)).await?)
}

/// Passes the client's notification on to all origins of the session: Weir doesn't know which of them runs the request.
pub(crate) async fn notify<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) {
    let body = outbound.resolved.message().authenticated().inbound().body().clone();
    deliver_to_all(outbound, visible, body).await;
}

/// Asks all origins of the session for log messages of the level that the client wants. Modern origins are asked with
/// each call.
pub(crate) async fn set_level<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) {
    let message = outbound.resolved.message();
    log_level::hold(outbound.gateway, outbound.resolved);
    let body = json_rpc::request(message.id(), legacy_era::SET_LEVEL, &level(message));
    deliver_to_all(outbound, visible, body).await;
}

/// Best effort: an origin that can't be reached in time keeps its state.
async fn deliver_to_all<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize], body: Bytes) {
    let server = outbound.resolved.server();
    let Some(session) = outbound.resolved.session() else { return };
    let seen = origins(server, visible);
    let origins = session.origins(server).filter(|origin| seen.contains_key(origin.name.as_str()));
    let deliveries = origins.map(|origin| {
        let (call, body) = (outbound.to(origin), body.clone());
        (call.timeout(), async move { deliver(&call, body).await })
    });
    drop(fan_out(&outbound.gateway.host, DEADLINE, deliveries.collect()).await);
}

fn level(message: &Message) -> Members {
    let mut params = Members::new();
    if let Some(level) = message.params().get("level") {
        params.set("level", level.clone());
    }
    params
}

/// Subscribes to the resource at `at`, or unsubscribes from it, by `method`, and returns the origin's response. Only an
/// origin in the client's session can send it updates.
pub(crate) async fn subscribe<H: Host, B>(
    outbound: &Outbound<'_, H>,
    method: &str,
    at: usize,
) -> Result<Reply<B>, Failure> {
    let call = &outbound.to_named(&outbound.resolved.server().exposed(at).declaration.origin)?;
    let session = legacy_session::of_client(call).ok_or(Refusal::UnknownMethod(Era::Legacy))?;
    let mut params = Members::new();
    if let Some(uri) = call.message().params().get("uri") {
        params.set("uri", uri.clone());
    }
    let id = call.message().id();
    let mut request = request::bare(call, json_rpc::request(id, method, &params))?;
    session.write(request.headers_mut());
    let response = request::post(call, request).await?;
    let (body, outcome) = match response::check(&response)? {
        Verdict::Answer(media) => request::in_time(call, response::whole(response, media, id)).await?,
        Verdict::Rejected if response.status() == StatusCode::NOT_FOUND => {
            return Err(Fault::OriginSessionEnded.into());
        }
        Verdict::Rejected => return Err(Fault::OriginAnswer { reason: "origin_status" }.into()),
    };
    let bridge = Bridge::new((Era::Legacy, Era::Legacy), Method::ResourcesRead, call.message().meta());
    Ok(Reply::Whole { body, outcome, bridge })
}

/// Sends a message; only the status of the response is read.
async fn deliver<H: Host>(call: &OriginCall<'_, H>, body: Bytes) -> Result<(), Fault> {
    let session = legacy_session::of_client(call).ok_or(Fault::OriginSessionEnded)?;
    let mut request = request::bare(call, body)?;
    session.write(request.headers_mut());
    match request::post(call, request).await?.status() {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND => Err(Fault::OriginSessionEnded),
        _ => Err(Fault::OriginAnswer { reason: "origin_status" }),
    }
}
