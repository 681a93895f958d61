//! The streams of `subscriptions/listen` as one: acknowledged once, with no notification that wasn't requested and
//! permitted.
//!
//! It ends with a result as soon as one of its origins ends or breaks off: a client that went on would miss that
//! origin's notifications. It may listen again, to the origins that remain.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use futures::StreamExt;
use json::RawJson;
use mcp::event_stream;
use mcp::json_rpc::{self, Incoming, Notification, RequestId};
use mcp::list::ListKind;
use mcp::subscription::{self, Change, Filter};

use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::line::authorize::SubscriptionFilter;
use crate::origin::{Listening, SUBSCRIPTION_LIFETIME, Source, messages};
use crate::outcome::{End, Summary};
use ports::{Clock, Fetch, FetchError, Host, Timestamp};

type Chunk = Option<Result<Bytes, FetchError>>;

/// The origins' notifications on their way to the client.
pub(crate) struct Subscription<H: Host> {
    gateway: Gateway<H>,
    id: RequestId,
    sources: Vec<Source<<H::Fetch as Fetch>::Body>>,
    until: Timestamp,
    ready: VecDeque<Bytes>,
    end: Option<End>,
}

impl<H: Host> Subscription<H> {
    pub(super) fn new(gateway: Gateway<H>, id: RequestId, listening: Listening<<H::Fetch as Fetch>::Body>) -> Self {
        let acknowledgement = subscription::acknowledgement(&id, &honoured(&listening.sources));
        let until = gateway.host.clock().now().after(SUBSCRIPTION_LIFETIME);
        let ready = VecDeque::from([event_stream::encode(&acknowledgement)]);
        let mut subscription = Self { gateway, id, sources: listening.sources, until, ready, end: None };
        // Without a source, the subscription ends at once.
        subscription.settle(Ok(subscription.sources.is_empty()));
        for at in 0..subscription.sources.len() {
            let early = std::mem::take(&mut subscription.sources[at].early);
            for message in early {
                let taken = subscription.take(at, message);
                subscription.settle(taken);
            }
        }
        subscription
    }

    /// The next event for the client; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.end.is_some() {
                return None;
            }
            let left = self.until.since(self.gateway.host.clock().now());
            let (gateway, sources) = (&self.gateway, &mut self.sources);
            let taken = match within(&gateway.host, left, next_chunk(sources)).await {
                Some((at, chunk)) => self.chunk(at, chunk),
                None => Ok(true),
            };
            self.settle(taken);
        }
    }

    /// True if the event that [`Subscription::next`] returned last is the final one.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && self.ready.is_empty()
    }

    /// The end of the subscription; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        self.end
    }

    /// Ends the subscription, if `taken` is an end or a fault.
    fn settle(&mut self, taken: Result<bool, Fault>) {
        let end = match taken {
            _ if self.end.is_some() => return,
            Ok(false) => return,
            Ok(true) => End::Response(Summary::Result { is_error: false }),
            // The client isn't told the reason; the audit event has it.
            Err(fault) => End::Failure(fault.into()),
        };
        let result = json_rpc::result_response(&self.id, &subscription::final_result(&self.id));
        self.ready.push_back(event_stream::encode(&result));
        self.end = Some(end);
    }

    /// Takes a chunk of one source; true if it ends the stream.
    fn chunk(&mut self, at: usize, chunk: Chunk) -> Result<bool, Fault> {
        let chunk = chunk.ok_or(Fault::OriginAnswer { reason: "origin_stream_ended_early" })??;
        let taken: Vec<_> = messages(&mut self.sources[at].decoder, &chunk).collect();
        for message in taken {
            if self.take(at, message?)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a message of one source; true if it ends the stream.
    fn take(&mut self, at: usize, message: Bytes) -> Result<bool, Fault> {
        let notification = match json_rpc::parse_incoming(message) {
            Ok(Incoming::Notification(notification)) => notification,
            // The origin ends its subscription.
            Ok(Incoming::Response { .. }) => return Ok(true),
            Ok(Incoming::Request { .. }) => return Err(Fault::OriginAnswer { reason: "origin_sent_request" }),
            Err(_) => return Err(Fault::OriginAnswer { reason: "origin_not_json_rpc" }),
        };
        let filter = &self.sources[at].filter;
        let Some(change) = Change::of(&notification).filter(|change| filter.asked.wants(change)) else {
            return Ok(false);
        };
        // The client will request the list again, and must not get the one that is kept here.
        let outdated: &[ListKind] = match change {
            Change::Tools => &[ListKind::Tools],
            Change::Prompts => &[ListKind::Prompts],
            Change::Resources => &[ListKind::Resources, ListKind::ResourceTemplates],
            Change::Resource(_) | Change::Task(_) => &[],
        };
        if !outdated.is_empty() {
            self.gateway.isolate.catalogue.borrow_mut().forget(&filter.origin, outdated);
        }
        let notification = named(filter, &change, notification);
        let malformed = |_| Fault::OriginAnswer { reason: "origin_meta_malformed" };
        let told = subscription::with_subscription_id(&self.id, &notification).map_err(malformed)?;
        self.ready.push_back(event_stream::encode(&told));
        Ok(false)
    }
}

/// The acknowledged filter, with the client's task ids.
fn honoured<B>(sources: &[Source<B>]) -> Filter {
    let mut all = Filter::default();
    for Source { filter, .. } in sources {
        all.tools_list_changed |= filter.asked.tools_list_changed;
        all.prompts_list_changed |= filter.asked.prompts_list_changed;
        all.resources_list_changed |= filter.asked.resources_list_changed;
        all.resource_subscriptions.extend(filter.asked.resource_subscriptions.iter().cloned());
        all.task_ids.extend(filter.tasks.iter().map(|task| task.text.clone()));
    }
    all
}

/// The notification with the client's id of the task.
fn named(filter: &SubscriptionFilter, change: &Change, mut notification: Notification) -> Notification {
    let Change::Task(id) = change else { return notification };
    if let Some(task) = filter.tasks.iter().find(|task| task.id == *id) {
        let mut params = notification.params.unwrap_or_default();
        params.set("taskId", RawJson::from_string(&task.text));
        notification.params = Some(params);
    }
    notification
}

/// The next chunk of any source, and the source's index.
async fn next_chunk<B>(sources: &mut [Source<B>]) -> (usize, Chunk)
where
    B: futures::Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    poll_fn(|context| {
        for (at, source) in sources.iter_mut().enumerate() {
            if let Poll::Ready(chunk) = source.body.poll_next_unpin(context) {
                return Poll::Ready((at, chunk));
            }
        }
        Poll::Pending
    })
    .await
}
