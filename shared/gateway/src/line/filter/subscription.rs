//! The streams of `subscriptions/listen` as one: acknowledged once, with no notification that wasn't requested and
//! permitted.
//!
//! It ends with a result as soon as one of its origins ends or fails: otherwise the client would miss that origin's
//! notifications. The client may subscribe again, to the remaining origins.

use bytes::Bytes;
use json::RawJson;
use mcp::json_rpc::{self, Incoming, Notification, RequestId};
use mcp::list::ListKind;
use mcp::meta::META;
use mcp::subscription::{self, Change, Filter};

use super::stream::{Flow, Out, Rules};
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::line::authorize::SubscriptionFilter;
use crate::line::respond::{self, REFUSAL};
use crate::origin::{Listening, SUBSCRIPTION_LIFETIME, Source, messages};
use crate::outcome::End;
use ports::{Clock, Host, Timestamp};

/// The notifications of all origins on their way to the client.
struct Subscription<H: Host> {
    gateway: Gateway<H>,
    id: RequestId,
    /// The id of its audit event.
    event_id: String,
    sources: Vec<Source<H>>,
    until: Timestamp,
}

/// The response to the request `id`: an acknowledgement, then notifications.
pub(super) fn flow<H: Host>(
    gateway: &Gateway<H>,
    (id, event_id): (&RequestId, &str),
    listening: Listening<H>,
) -> Flow<H> {
    let mut out = Out::default();
    out.event(&subscription::acknowledgement(id, &honoured(&listening.sources)));
    let until = gateway.host.clock().now().after(SUBSCRIPTION_LIFETIME);
    let (id, event_id) = (id.clone(), event_id.to_owned());
    let mut rules = Subscription { gateway: gateway.clone(), id, event_id, sources: listening.sources, until };
    // Without a source no notification will ever come, so the stream ends at once.
    if rules.sources.is_empty() {
        rules.close(0, None, &mut out);
    }
    for at in 0..rules.sources.len() {
        for message in std::mem::take(&mut rules.sources[at].early) {
            if out.has_end() {
                break;
            }
            let taken = rules.message(at, message, &mut out);
            if !matches!(taken, Ok(true)) {
                rules.close(at, taken.err(), &mut out);
            }
        }
    }
    Flow::events(gateway, listening.bodies, rules, out)
}

impl<H: Host> Rules for Subscription<H> {
    fn take(&mut self, at: usize, bytes: &Bytes, _now: Timestamp, out: &mut Out) -> Result<bool, Fault> {
        let decoded: Vec<_> = messages(&mut self.sources[at].decoder, bytes).collect();
        for message in decoded {
            if !self.message(at, message?, out)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Ends the whole subscription. The client doesn't learn the reason; the audit event has it.
    fn close(&mut self, _at: usize, fault: Option<Fault>, out: &mut Out) {
        out.event(&json_rpc::result_response(&self.id, &subscription::final_result(&self.id)));
        out.finish_with(fault);
    }

    /// Ends the subscription with a result, upon which clients listen again; the reason is in its `_meta`.
    fn fail(&mut self, failure: Failure, out: &mut Out) {
        let result = subscription::final_result(&self.id);
        let note = respond::note(&failure, &self.event_id);
        let noted = note.and_then(|note| result.with(&[META, REFUSAL], &note).ok());
        out.event(&json_rpc::result_response(&self.id, &noted.unwrap_or(result)));
        out.finish(End::Failure(failure));
    }

    fn deadline(&self) -> Option<Timestamp> {
        Some(self.until)
    }

    fn expire(&mut self, out: &mut Out) {
        self.close(0, None, out);
    }
}

impl<H: Host> Subscription<H> {
    /// Handles a message of one source; false if it is the source's last.
    fn message(&mut self, at: usize, message: Bytes, out: &mut Out) -> Result<bool, Fault> {
        let notification = match json_rpc::parse_incoming(message.clone()) {
            Ok(Incoming::Notification(notification)) => notification,
            Ok(Incoming::Response { .. }) => return Ok(false),
            Ok(Incoming::Request(request)) => {
                return self.sources[at].requests.take(&request, message).map(|_| true);
            }
            Err(_) => return Err(Fault::OriginAnswer { reason: "origin_not_json_rpc" }),
        };
        let filter = &self.sources[at].filter;
        let Some(change) = Change::of(&notification).filter(|change| filter.asked.wants(change)) else {
            return Ok(true);
        };
        // The client will request the list again, and must not get the remembered one.
        let outdated: &[ListKind] = match change {
            Change::Tools => &[ListKind::Tools],
            Change::Prompts => &[ListKind::Prompts],
            Change::Resources => &[ListKind::Resources, ListKind::ResourceTemplates],
            Change::Resource(_) | Change::Task(_) => &[],
        };
        if !outdated.is_empty() {
            self.gateway.isolate.catalogue.borrow_mut().forget(&filter.origin, outdated);
        }
        let mut notification = named(filter, &change, notification);
        if let (Change::Task(_), Some(task)) = (&change, &mut notification.params) {
            self.sources[at].requests.trim(task);
        }
        let malformed = |_| Fault::OriginAnswer { reason: "origin_meta_malformed" };
        let message = subscription::with_subscription_id(&self.id, &notification).map_err(malformed)?;
        out.event(&message);
        Ok(true)
    }
}

/// The filter of the acknowledgement: the notifications that will be sent, with the client's own ids.
fn honoured<H: Host>(sources: &[Source<H>]) -> Filter {
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
