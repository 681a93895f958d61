//! The line: the order in which an MCP request passes the stages.
//!
//! ```text
//! receive ─▶ authenticate ─▶ parse ─▶ admit ─▶ resolve ─▶ authorize ─▶ guard ─▶ announce ─▶ forward ─▶ filter
//!    └────────────┴────────────┴────────┴────────┴─ any failure ┴─────────┴─────────┴──────────┴─────────┴──▶ respond
//!                                                                              audit: one event, in any case
//! ```
//!
//! A stage takes the proof of the one before by value and hands on its own, which only its module can make.

pub mod admit;
pub mod announce;
pub(crate) mod audit;
pub mod authenticate;
pub mod authorize;
pub(crate) mod deliver;
pub mod filter;
pub mod forward;
pub mod guard;
pub mod parse;
pub(crate) mod quarantine;
pub mod receive;
pub mod resolve;
pub(crate) mod respond;

use std::pin::pin;

use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{Either, select};
use futures::pin_mut;
use http::{Request, Response};
use ports::{Body, ClientGone, Clock, Host};

use crate::endpoints::Resource;
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::records;
use admit::CallerLimits;
use audit::Record;
use filter::Filtered;

/// One MCP call, from the request to its event.
pub(crate) async fn call<H: Host>(
    gateway: Gateway<H>,
    resource: Resource,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&gateway, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::unrecorded(&fault.into(), request.body()))),
    };
    record.resource(&resource);
    let body = request.body().clone();
    let outcome = {
        let (walk, gone) = (walk(&gateway, resource, request, &mut record), gateway.host.client_gone().gone());
        pin_mut!(walk, gone);
        match select(walk, gone).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(Refusal::ClientGone.into()),
        }
    };
    match outcome {
        Ok(filtered) => deliver::answer(&gateway, filtered, record, answer).await,
        Err(failure) => {
            record.sighting.peek(&body);
            deliver::failure(&gateway, &failure, record, answer).await;
        }
    }
}

/// Runs the stages up to *filter*; `audit` and `respond` see every outcome.
async fn walk<H: Host>(
    gateway: &Gateway<H>,
    resource: Resource,
    request: Request<Bytes>,
    record: &mut Record,
) -> Result<Filtered<H>, Failure> {
    let live = records::live(gateway).await?;
    record.live(&live);
    let inbound = receive::receive(gateway, live, resource, request)?;
    // Before the body is read and any record of the caller's choice is fetched: an anonymous caller costs nothing.
    let authenticated = authenticate::authenticate(gateway, inbound).await?;
    record.authenticated(&authenticated);
    let limits = CallerLimits::of(&authenticated);
    let parsed = parse::parse(authenticated, &mut record.sighting);
    let message = parsed.as_ref().ok().and_then(Option::as_ref);
    let trace = message.map(|message| record.parsed(gateway, message)).transpose()?;
    let (Some(admitted), Some(trace)) = (admit::admit(gateway, &limits, parsed).await?, trace) else {
        return Ok(filter::nothing());
    };
    let resolved = resolve::resolve(gateway, admitted).await?;
    record.resolved(&resolved);
    let authorized = authorize::authorize(resolved, gateway.host.clock().now())?;
    record.authorized(&authorized);
    let guarded = guard::guard(gateway, authorized).await?;
    let announced = announce::announce(gateway, guarded, record).await?;
    record.origin_began(gateway.host.clock().now());
    let id = record.event_id().to_owned();
    let forwarded =
        audit::expected_events::beside(gateway, &id, pin!(forward::forward(gateway, announced, &trace))).await?;
    record.unavailable(forwarded.unavailable());
    record.defective(forwarded.defective());
    if let Some(reply) = forwarded.reply() {
        record.origin_answered(reply.unusual_status(), reply.ran_nothing());
    }
    let filtered = audit::expected_events::beside(gateway, &id, pin!(filter::filter(gateway, forwarded, &id))).await?;
    record.origin_ended(gateway.host.clock().now());
    Ok(filtered)
}
