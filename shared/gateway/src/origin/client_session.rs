//! The messages of a legacy client's session to its origins beside calls: responses to origins' requests, and
//! notifications to all origins. Each is bounded to a few seconds, and a failing origin doesn't affect the others.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use json::Members;
use mcp::era::Era;
use mcp::input_request::InputRequest;
use mcp::json_rpc;
use mcp::legacy::{self as legacy_era, Bridge};
use mcp::method::Method;
use registry::snapshot::Origin;

use super::fan_out::fan_out;
use super::input_rule::InputRule;
use super::outbound::{OriginCall, Outbound};
use super::protocol::OriginProtocol;
use super::reply::{Content, Reply};
use super::request;
use super::request_ids::RequestIds;
use super::response::{self, Rejection, Verdict};
use super::{legacy_session, log_level};
use crate::deadline::within;
use crate::error::{Failure, Fault, OriginStatus, Refusal};
use crate::line::parse::Message;
use crate::sealed::question::RequestSealer;
use crate::virtual_server::VirtualServer;
use ports::Host;

/// The time for one origin, unless its own timeout is shorter, and for all origins of one notification.
const DEADLINE: Duration = Duration::from_secs(5);

/// The asker of the origin's requests on the stream of the call; `None` if the client can't be sent any, or not on this
/// stream.
pub(super) async fn asker<H: Host>(call: &OriginCall<'_, H>) -> Result<Option<RequestSealer>, Failure> {
    if call.message().authenticated().inbound().is_batched() {
        return Ok(None);
    }
    let Some(session) = call.resolved.session() else { return Ok(None) };
    let Some((at, _)) = session.with(call.origin) else { return Ok(None) };
    RequestSealer::new(call.gateway, session.clone(), at).await
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

/// Hands the client's response to the origin that asked, if the caller still sees something of it.
pub(crate) async fn respond<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) -> Result<(), Failure> {
    let answered = outbound.resolved.answered().ok_or(Refusal::UnknownRequest)?;
    let visible_origins = origins(outbound.resolved.server(), visible);
    let origin = *visible_origins.get(answered.origin.as_str()).ok_or(Refusal::UnknownRequest)?;
    let body = outbound.resolved.message().authenticated().inbound().body().clone();
    let body = legacy_era::with_id(body, &answered.id).map_err(|_| Refusal::UnknownRequest)?;
    let call = outbound.to(origin);
    Ok(in_time(&call, deliver(&call, body)).await?)
}

/// Passes the client's notification that its roots have changed on to the session's origins that may ask for them.
pub(crate) async fn notify<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) {
    let body = outbound.resolved.message().authenticated().inbound().body().clone();
    deliver_to(outbound, visible, body, |origin| origin.may_ask.contains(&InputRequest::Roots)).await;
}

/// Passes the client's cancellation on to all origins of the session, since the request may run at any. Each gets the
/// id that the request has there.
pub(crate) async fn cancel<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) {
    let message = outbound.resolved.message();
    let cancelled = legacy_era::cancelled_id(Some(message.params()));
    let (Some(session), Some(cancelled)) = (outbound.resolved.session(), cancelled) else { return };
    let body = message.authenticated().inbound().body().clone();
    if let Ok(body) = legacy_era::with_request_id(body, &session.request_id(&cancelled)) {
        deliver_to(outbound, visible, body, |_| true).await;
    }
}

/// Requests log messages of the client's level from all origins of the session.
pub(crate) async fn set_level<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) {
    let message = outbound.resolved.message();
    log_level::hold(outbound.gateway, outbound.resolved);
    let Some(session) = outbound.resolved.session() else { return };
    let body = json_rpc::request(&session.request_id(message.id()), legacy_era::SET_LEVEL, &level(message));
    deliver_to(outbound, visible, body, |_| true).await;
}

/// Best effort: an origin that can't be reached in time keeps its state.
async fn deliver_to<H: Host>(
    outbound: &Outbound<'_, H>,
    visible: &[usize],
    body: Bytes,
    concerns: fn(&Origin) -> bool,
) {
    let server = outbound.resolved.server();
    let Some(session) = outbound.resolved.session() else { return };
    let visible_origins = origins(server, visible);
    let origins = session.origins(server);
    let origins = origins.filter(|origin| visible_origins.contains_key(origin.name.as_str()) && concerns(origin));
    let deliveries = origins.map(|origin| {
        let (call, body) = (outbound.to(origin), body.clone());
        (call.timeout(), async move { deliver(&call, body).await })
    });
    let deliveries: Vec<_> = deliveries.collect();
    outbound.charge(deliveries.len());
    drop(fan_out(&outbound.gateway.host, DEADLINE, deliveries).await);
}

fn level(message: &Message) -> Members {
    let mut params = Members::new();
    if let Some(level) = message.params().get("level") {
        params.set("level", level.clone());
    }
    params
}

/// Subscribes to the resource at `at`, or ends the subscription, by `method`; returns the origin's answer. Only an
/// origin with a session for this client can notify it.
pub(crate) async fn subscribe<H: Host>(
    outbound: &Outbound<'_, H>,
    method: &str,
    at: usize,
) -> Result<Reply<H>, Failure> {
    let call = &outbound.to_named(&outbound.resolved.server().exposed(at).declaration.origin)?;
    let session = legacy_session::of_client(call).ok_or(Refusal::UnknownMethod(Era::Legacy))?;
    let mut params = Members::new();
    if let Some(uri) = call.message().params().get("uri") {
        params.set("uri", uri.clone());
    }
    let ids = RequestIds::new(call, None, &mut Members::new());
    let mut request = request::bare(call, json_rpc::request(&ids.ours, method, &params))?;
    let protocol = OriginProtocol::Legacy(session);
    protocol.write(request.headers_mut());
    let response = request::post(call, request).await?;
    let status = response.status();
    let response = match response::check(&response) {
        Ok(Verdict::Answer(media)) => {
            request::in_time(call, response::whole(call, &protocol, response, media, &ids.ours)).await?
        }
        Ok(Verdict::Rejected) if status == StatusCode::NOT_FOUND => return Err(Fault::OriginSessionEnded.into()),
        Err(fault) if !response::is_json(&response) => return Err(fault.into()),
        Ok(Verdict::Rejected) | Err(_) => {
            request::in_time(call, Rejection::read(response)).await?.answer_to(&ids.ours)?
        }
    };
    let bridge = Bridge::new((Era::Legacy, Era::Legacy), Method::ResourcesRead, call.message().meta());
    Ok(Reply { ids, bridge, rule: InputRule::of(call), content: Content::Whole(response), status })
}

/// Sends a message; only the status of the response is read.
async fn deliver<H: Host>(call: &OriginCall<'_, H>, body: Bytes) -> Result<(), Fault> {
    let session = legacy_session::of_client(call).ok_or(Fault::OriginSessionEnded)?;
    let mut request = request::bare(call, body)?;
    session.write(request.headers_mut());
    let response = request::post(call, request).await?;
    match response.status() {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND => Err(Fault::OriginSessionEnded),
        _ => Err(Fault::OriginStatus(OriginStatus::of(&response))),
    }
}
