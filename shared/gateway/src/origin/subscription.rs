//! `subscriptions/listen`: one stream of each origin that supports a requested notification.
//!
//! ```text
//! client ◀─ acknowledged: union of all ◀─┬─ origin 1: acknowledged ◀─ listen: the part for origin 1
//!                                        └─ origin 2: acknowledged ◀─ listen: …
//!        ◀─ changes, as they come      ◀─┬─ …
//! ```
//!
//! The acknowledgement to the client leaves out an origin that can't notify, speaks the legacy era or doesn't
//! acknowledge in time. Weir keeps no state: a client whose stream has ended subscribes again.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use json::{Members, RawJson};
use mcp::era::Era;
use mcp::event_stream::Decoder;
use mcp::input_request;
use mcp::json_rpc::{self, Incoming, ResponseContent};
use mcp::meta::{BAGGAGE, CLIENT_CAPABILITIES, PROGRESS_TOKEN, TRACEPARENT};
use mcp::method::Method;
use mcp::subscription::{ACKNOWLEDGED, Filter};

use super::ask::{self, OriginResponse};
use super::era;
use super::outbound::{MOST_STREAMS, OriginCall, Outbound};
use super::request::{Mirrored, OriginRequest};
use super::response::{Media, messages};
use super::server_requests::ServerRequests;
use crate::deadline::within;
use crate::error::{Failure, Fault};
use crate::line::authorize::SubscriptionFilter;
use crate::outcome::Unavailable;
use ports::{Fetch, Host};

/// The time that an origin may take to acknowledge, unless its own timeout is shorter.
const DEADLINE: Duration = Duration::from_secs(5);
/// The most bytes of one notification; those of tasks carry results.
const NOTIFICATION_BYTES: usize = 1024 * 1024;

/// The open streams of a subscription.
pub(crate) struct Listening<H: Host> {
    pub(crate) sources: Vec<Source<H>>,
    /// The stream of each source, in the same order.
    pub(crate) bodies: Vec<<H::Fetch as Fetch>::Body>,
    /// The origins that failed to acknowledge.
    pub(crate) unavailable: Vec<Unavailable>,
}

/// One origin's stream after its acknowledgement.
pub(crate) struct Source<H: Host> {
    pub(crate) decoder: Decoder,
    pub(crate) requests: ServerRequests<H>,
    /// The messages that arrived before or with the acknowledgement.
    pub(crate) early: Vec<Bytes>,
    /// The notifications that the origin has acknowledged.
    pub(crate) filter: SubscriptionFilter,
}

type Acknowledged<H> = (Source<H>, <<H as Host>::Fetch as Fetch>::Body);

/// Opens all streams at once; ready when each has acknowledged or failed.
pub(crate) async fn listen<H: Host>(outbound: &Outbound<'_, H>, filters: Vec<SubscriptionFilter>) -> Listening<H> {
    let mut listening = Listening { sources: Vec::new(), bodies: Vec::new(), unavailable: Vec::new() };
    let mut filters = filters.into_iter();
    let opening: Vec<SubscriptionFilter> = filters.by_ref().take(MOST_STREAMS).collect();
    outbound.charge(opening.len());
    listening.unavailable.extend(filters.map(|filter| Unavailable {
        origin: filter.origin,
        failure: Fault::StreamLimit { limit: MOST_STREAMS }.into(),
    }));
    let mut opened = stream::iter(opening)
        .map(|filter| async move {
            let name = filter.origin.clone();
            let opened = match outbound.to_named(&name) {
                Ok(call) => open_in_time(&call, filter).await,
                Err(fault) => Err(fault),
            };
            (name, opened)
        })
        .buffered(MOST_STREAMS);
    while let Some((origin, opened)) = opened.next().await {
        match opened {
            Ok(Some((source, body))) => {
                listening.sources.push(source);
                listening.bodies.push(body);
            }
            Ok(None) => {}
            Err(fault) => listening.unavailable.push(Unavailable { origin, failure: Failure::from(fault) }),
        }
    }
    drop(opened);
    listening
}

async fn open_in_time<H: Host>(
    call: &OriginCall<'_, H>,
    filter: SubscriptionFilter,
) -> Result<Option<Acknowledged<H>>, Fault> {
    let deadline = call.timeout().min(DEADLINE);
    within(&call.gateway.host, deadline, open(call, filter)).await.unwrap_or(Err(Fault::OriginTooSlow))
}

/// Subscribes at one origin; `None` if the origin will send none of the requested notifications.
async fn open<H: Host>(call: &OriginCall<'_, H>, filter: SubscriptionFilter) -> Result<Option<Acknowledged<H>>, Fault> {
    if era::era(call).await? == Era::Legacy {
        return Ok(None);
    }
    let mut params = Members::new();
    params.set("notifications", filter.asked.to_raw());
    let mut meta = call.message().meta().to_members();
    meta.set(TRACEPARENT, RawJson::from_string(&call.trace.to_string()));
    meta.remove(BAGGAGE);
    let capabilities = input_request::restricted(&call.message().meta().client_capabilities, &call.origin.may_ask);
    meta.set(CLIENT_CAPABILITIES, capabilities);
    // This stream has no notifications of progress.
    meta.remove(PROGRESS_TOKEN);
    let id = call.next_id();
    let method = Method::SubscriptionsListen;
    let request = OriginRequest { id: &id, method, name: None, params, mirrored: Mirrored::Nothing, meta };
    match ask::ask(call, &request).await? {
        (protocol, OriginResponse::Begun(response, Media::EventStream)) => {
            let requests = ServerRequests::new(call, &protocol, None);
            acknowledged(response.into_body(), requests, filter).await
        }
        asked => match ask::read(call, asked, &id).await?.outcome {
            // The origin doesn't support subscriptions.
            ResponseContent::Error { .. } => Ok(None),
            ResponseContent::Result(_) => Err(Fault::OriginAnswer { reason: "origin_not_a_subscription" }),
        },
    }
}

/// Reads until the origin's acknowledgement. Only notifications count that were both requested and acknowledged.
async fn acknowledged<H: Host>(
    mut body: <H::Fetch as Fetch>::Body,
    mut requests: ServerRequests<H>,
    mut filter: SubscriptionFilter,
) -> Result<Option<Acknowledged<H>>, Fault> {
    let mut decoder = Decoder::new(NOTIFICATION_BYTES);
    let mut early = Vec::new();
    let mut acknowledged = None;
    loop {
        let chunk = body.next().await.ok_or(Fault::OriginAnswer { reason: "origin_stream_ended_early" })??;
        for message in messages(&mut decoder, &chunk) {
            let message = message?;
            match json_rpc::parse_incoming(message.clone()) {
                Ok(Incoming::Notification(notification))
                    if acknowledged.is_none() && notification.method == ACKNOWLEDGED =>
                {
                    let malformed = |_| Fault::OriginAnswer { reason: "origin_acknowledgement_malformed" };
                    acknowledged = Some(Filter::parse(notification.params.as_ref()).map_err(malformed)?);
                }
                Ok(Incoming::Response { outcome: ResponseContent::Error { .. }, .. }) if acknowledged.is_none() => {
                    return Ok(None);
                }
                Ok(Incoming::Request(request)) => drop(requests.take(&request, message)?),
                Ok(_) => early.push(message),
                Err(_) => return Err(Fault::OriginAnswer { reason: "origin_not_json_rpc" }),
            }
        }
        if let Some(acknowledged) = acknowledged {
            keep(&mut filter, &acknowledged);
            let tells = !filter.asked.is_empty();
            return Ok(tells.then_some((Source { decoder, requests, early, filter }, body)));
        }
    }
}

/// Removes from a filter the notifications that the origin has not acknowledged.
fn keep(filter: &mut SubscriptionFilter, acknowledged: &Filter) {
    let asked = &mut filter.asked;
    asked.tools_list_changed &= acknowledged.tools_list_changed;
    asked.prompts_list_changed &= acknowledged.prompts_list_changed;
    asked.resources_list_changed &= acknowledged.resources_list_changed;
    asked.resource_subscriptions.retain(|uri| acknowledged.resource_subscriptions.contains(uri));
    asked.task_ids.retain(|id| acknowledged.task_ids.contains(id));
    filter.tasks.retain(|task| acknowledged.task_ids.contains(&task.id));
}
