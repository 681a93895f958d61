//! The line: the order in which a request meets the stages.
//!
//! From here on a call runs as a background task that hands its answer over by channel. When a client resets its
//! connection, workerd neither polls nor drops the request's own future again; a background task lives on, cancels the
//! request to the origin, and writes the event. Whether before or after the answer's end, the host decides (see `deliver`).

use bytes::Bytes;
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use futures_util::pin_mut;
use http::{Method, Request, Response};

use crate::audit::{self, Record};
use crate::endpoint::{Endpoint, Resource};
use crate::error::{Failure, Refusal};
use crate::filter::{self, Filtered};
use crate::ports::{Background, ClientGone, Clock, Host};
use crate::{
    Body, authenticate, authorize, batch, deliver, discovery, forward, guard, parse, receive, records, resolve,
    respond, token_endpoint,
};

/// Answers one request.
pub async fn serve<H: Host>(host: H, request: Request<Bytes>) -> Response<Body> {
    audit::flush(&host).await;
    let (answer, answered) = oneshot::channel();
    match Endpoint::at(request.uri().path()) {
        Some(Endpoint::Mcp(resource)) if batch::is_batch(&request) => {
            host.background().spawn(batch::answer(host.clone(), resource, request, answer));
        }
        Some(Endpoint::Mcp(resource)) if request.method() != Method::OPTIONS => {
            host.background().spawn(call(host.clone(), resource, request, answer));
        }
        Some(Endpoint::Token) if request.method() != Method::OPTIONS => {
            host.background().spawn(token_endpoint::redeem(host.clone(), request, answer));
        }
        endpoint => return discovery::answer(&host, endpoint, &request).await,
    }
    answered.await.unwrap_or_else(|_| respond::abandoned())
}

/// One MCP call, from the request to its event.
pub(crate) async fn call<H: Host>(
    host: H,
    resource: Resource,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&host, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::failure(&fault.into(), None, None, None))),
    };
    record.resource(&resource);
    let outcome = {
        let (walk, gone) = (line(&host, resource, request, &mut record), host.client_gone().gone());
        pin_mut!(walk, gone);
        match select(walk, gone).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(Refusal::ClientGone.into()),
        }
    };
    match outcome {
        Ok(filtered) => deliver::answer(&host, filtered, record, answer).await,
        Err(failure) => deliver::failure(&host, &failure, record, answer).await,
    }
}

/// The ten stages but the last two, which every outcome meets.
async fn line<H: Host>(
    host: &H,
    resource: Resource,
    request: Request<Bytes>,
    record: &mut Record,
) -> Result<Filtered<H>, Failure> {
    let live = records::live(host).await?;
    record.live(&live);
    let inbound = receive::receive(host, live, resource, request)?;
    // Before the body is read and any record of the caller's choice is fetched: nobody unknown spends anything of ours.
    let authenticated = authenticate::authenticate(host, inbound).await?;
    record.authenticated(&authenticated);
    let Some(message) = parse::parse(authenticated, &mut record.sighting)? else {
        return Ok(filter::nothing());
    };
    let trace = record.parsed(host, &message)?;
    let resolved = resolve::resolve(host, message).await?;
    record.resolved(&resolved);
    let authorized = authorize::authorize(resolved, host.clock().now())?;
    record.authorized(&authorized);
    let guarded = guard::guard(host, authorized).await?;
    let announced = record.announce(host, guarded).await?;
    record.origin_began(host.clock().now());
    let forwarded = forward::forward(host, announced, &trace).await?;
    record.unavailable(forwarded.unavailable());
    let filtered = filter::filter(host, forwarded).await?;
    record.origin_ended(host.clock().now());
    Ok(filtered)
}
