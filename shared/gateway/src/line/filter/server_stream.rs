//! The server-initiated streams of legacy origins as one: the notifications that the caller may receive, and the
//! requests that its client can answer.
//!
//! It ends without a message once no origin is left, or after [`LIFETIME`], because policy decided when it began. The
//! client may open it again.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use json::{Members, RawJson};
use mcp::event_stream;
use mcp::json_rpc::{self, Incoming, Notification};
use mcp::legacy::{self, PROGRESS};
use mcp::subscription::Change;

use super::stream::{Flow, Out, Rules};
use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::line::authorize;
use crate::line::resolve::Resolved;
use crate::line::respond;
use crate::origin::{ServerStream, ServerStreams, messages};
use crate::outcome::End;
use ports::{Clock, Host, Timestamp};

/// The longest life of a stream; a client that opens it again is decided on again.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The most events of one stream.
const MOST_EVENTS: usize = 4096;

/// The messages of all origins on their way to the client.
struct ServerMessages<H: Host> {
    gateway: Gateway<H>,
    resolved: Rc<Resolved>,
    /// The id of its audit event.
    event_id: String,
    streams: Vec<ServerStream<H>>,
    until: Timestamp,
    heard: usize,
}

/// The answer to the client's GET.
pub(super) fn flow<H: Host>(
    gateway: &Gateway<H>,
    (resolved, event_id): (Rc<Resolved>, &str),
    opened: ServerStreams<H>,
) -> Flow<H> {
    let until = gateway.host.clock().now().after(LIFETIME);
    let (gateway, event_id) = (gateway.clone(), event_id.to_owned());
    let rules =
        ServerMessages { gateway: gateway.clone(), resolved, event_id, streams: opened.streams, until, heard: 0 };
    Flow::events(&gateway, opened.bodies, rules, Out::default())
}

impl<H: Host> Rules for ServerMessages<H> {
    fn take(&mut self, at: usize, bytes: &Bytes, now: Timestamp, out: &mut Out) -> Result<bool, Fault> {
        let decoded: Vec<_> = messages(&mut self.streams[at].decoder, bytes).collect();
        for message in decoded {
            let Some(message) = self.message(at, message?, now)? else { continue };
            out.event(&message);
            self.heard += 1;
            if self.heard >= MOST_EVENTS {
                return Err(Fault::OriginAnswer { reason: "origin_says_too_much" });
            }
        }
        Ok(true)
    }

    fn end(&mut self, _at: usize, _out: &mut Out) -> Result<bool, Fault> {
        Ok(false)
    }

    /// A stream that ends or breaks doesn't end those of other origins.
    fn close(&mut self, at: usize, fault: Option<Fault>, out: &mut Out) {
        drop(self.streams.swap_remove(at));
        if self.streams.is_empty() {
            self.finish(fault, out);
        }
    }

    /// Ends the stream with a log message: no request is open whose response could carry the error.
    fn fail(&mut self, failure: Failure, out: &mut Out) {
        let mut params = Members::new();
        params.set("level", RawJson::from_string("error"));
        params.set("logger", RawJson::from_string("weir"));
        if let Some(note) = respond::note(&failure, &self.event_id) {
            params.set("data", note);
        }
        out.event(&json_rpc::notification(legacy::LOG_MESSAGE, &params));
        out.finish(End::Failure(failure));
    }

    fn deadline(&self) -> Option<Timestamp> {
        Some(self.until)
    }

    fn expire(&mut self, out: &mut Out) {
        self.finish(None, out);
    }
}

impl<H: Host> ServerMessages<H> {
    fn finish(&self, fault: Option<Fault>, out: &mut Out) {
        // No request is open, so the stream ends with a comment, not with an event.
        out.piece(event_stream::keep_alive());
        out.finish_with(fault);
    }

    /// A message of one origin as the client may have it.
    fn message(&mut self, at: usize, message: Bytes, now: Timestamp) -> Result<Option<Bytes>, Fault> {
        match json_rpc::parse_incoming(message.clone()) {
            Ok(Incoming::Notification(notification)) if notification.method == PROGRESS => {
                Ok(self.streams[at].requests.progress(&notification, &message))
            }
            Ok(Incoming::Notification(notification)) if self.may_receive(at, &notification, now) => {
                Ok(self.streams[at].requests.tell(&notification, message))
            }
            Ok(Incoming::Notification(_)) => Ok(None),
            Ok(Incoming::Request(request)) => self.streams[at].requests.take(&request, message),
            Ok(Incoming::Response { .. }) => Err(Fault::OriginAnswer { reason: "origin_wrong_id" }),
            Err(_) => Err(Fault::OriginAnswer { reason: "origin_not_json_rpc" }),
        }
    }

    /// True for a notification that the caller may receive. If it names a resource, the caller must be permitted to
    /// read that resource at this origin; an unknown resource is never permitted.
    fn may_receive(&self, at: usize, notification: &Notification, now: Timestamp) -> bool {
        let uri = match Change::of(notification) {
            Some(Change::Resource(uri)) => uri,
            Some(Change::Tools | Change::Prompts | Change::Resources) => return true,
            Some(Change::Task(_)) => return false,
            None => return legacy::SERVER_NOTIFICATIONS.contains(&notification.method.as_str()),
        };
        let Some(read) = authorize::readable(&self.resolved, now, &uri) else { return false };
        let declaration = &self.resolved.server().exposed(read).declaration;
        let records = self.gateway.isolate.records.borrow();
        let frozen = records.quarantine.as_ref().and_then(|held| held.value.frozen(declaration, Some(&uri)));
        declaration.origin == self.streams[at].origin && frozen.is_none()
    }
}
