//! The server-initiated streams of legacy origins as one: the notifications that the caller may receive, and the
//! requests that its client can answer.
//!
//! It ends without a message once no origin is left, or after [`LIFETIME`], because policy was asked when it began. The
//! client may open it again.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use mcp::event_stream;
use mcp::json_rpc::{self, Incoming, Notification};
use mcp::legacy;
use mcp::subscription::Change;

use crate::deadline::within;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::line::authorize;
use crate::line::resolve::Resolved;
use crate::origin::ServerStream;
use crate::outcome::{End, Summary};
use ports::{Clock, Fetch, FetchError, Host, Timestamp};

/// The longest life of a stream; a client that opens it again is decided on again.
const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The most events of one stream.
const MOST_EVENTS: usize = 4096;

type Chunk = Option<Result<Bytes, FetchError>>;

/// The origins' messages on their way to the client.
pub(crate) struct ServerStreams<H: Host> {
    gateway: Gateway<H>,
    resolved: Resolved,
    streams: Vec<ServerStream<<H::Fetch as Fetch>::Body>>,
    until: Timestamp,
    heard: usize,
    ready: VecDeque<Bytes>,
    end: Option<End>,
}

impl<H: Host> ServerStreams<H> {
    pub(super) fn new(
        gateway: Gateway<H>,
        resolved: Resolved,
        streams: Vec<ServerStream<<H::Fetch as Fetch>::Body>>,
    ) -> Self {
        let until = gateway.host.clock().now().after(LIFETIME);
        Self { gateway, resolved, streams, until, heard: 0, ready: VecDeque::new(), end: None }
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
            match within(&self.gateway.host, left, next_chunk(&mut self.streams)).await {
                Some((at, chunk)) => self.chunk(at, chunk),
                None => self.finish(End::Response(Summary::Result { is_error: false })),
            }
        }
    }

    /// True if the event that [`ServerStreams::next`] returned last is the final one.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && self.ready.is_empty()
    }

    /// The end of the stream; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        self.end
    }

    fn finish(&mut self, end: End) {
        // A GET has no response that could come last, so the last frame is a comment.
        self.ready.push_back(event_stream::keep_alive());
        self.end = Some(end);
    }

    /// Takes a chunk of one origin. An origin that ends or breaks off doesn't end the others.
    fn chunk(&mut self, at: usize, chunk: Chunk) {
        let end = match self.take(at, chunk) {
            Ok(true) => return,
            Ok(false) => End::Response(Summary::Result { is_error: false }),
            Err(fault) => End::Failure(fault.into()),
        };
        self.streams.swap_remove(at);
        if self.streams.is_empty() {
            self.finish(end);
        }
    }

    /// True if the origin's stream goes on.
    fn take(&mut self, at: usize, chunk: Chunk) -> Result<bool, Fault> {
        let Some(chunk) = chunk.transpose()? else { return Ok(false) };
        let said: Vec<_> = self.streams[at].decoder.push(&chunk).collect();
        for event in said {
            let message = event.map_err(|_| Fault::OriginAnswer { reason: "origin_event_too_large" })?.data;
            // Servers of 2025-11-25 begin with an event without data (SEP-1699): that is no message.
            if message.is_empty() {
                continue;
            }
            let data = match json_rpc::parse_incoming(message.clone()) {
                Ok(Incoming::Notification(notification)) if !self.may_hear(at, &notification) => continue,
                Ok(Incoming::Notification(notification)) => match &self.streams[at].asker {
                    Some(asker) => asker.tell(&notification, message),
                    None => message,
                },
                Ok(Incoming::Request(request)) => match &mut self.streams[at].asker {
                    Some(asker) => asker.ask(&request, message)?,
                    None => return Err(Fault::OriginAnswer { reason: "origin_sent_request" }),
                },
                Ok(Incoming::Response { .. }) => return Err(Fault::OriginAnswer { reason: "origin_wrong_id" }),
                Err(_) => return Err(Fault::OriginAnswer { reason: "origin_not_json_rpc" }),
            };
            self.ready.push_back(event_stream::encode(&data));
            self.heard += 1;
            if self.heard >= MOST_EVENTS {
                return Err(Fault::OriginAnswer { reason: "origin_says_too_much" });
            }
        }
        Ok(true)
    }

    /// True if the client may receive this. An update of a resource needs permission to read it, and must come from its
    /// own origin. An unknown notification never passes.
    fn may_hear(&self, at: usize, notification: &Notification) -> bool {
        let uri = match Change::of(notification) {
            Some(Change::Resource(uri)) => uri,
            Some(Change::Tools | Change::Prompts | Change::Resources) => return true,
            Some(Change::Task(_)) => return false,
            None => return legacy::SERVER_NOTIFICATIONS.contains(&notification.method.as_str()),
        };
        let now = self.gateway.host.clock().now();
        authorize::readable(&self.resolved, now, &uri)
            .is_some_and(|read| self.resolved.server().exposed(read).declaration.origin == self.streams[at].origin)
    }
}

/// The next chunk of any stream, and the stream's index.
async fn next_chunk<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(
    streams: &mut [ServerStream<B>],
) -> (usize, Chunk) {
    poll_fn(|context| {
        for (at, stream) in streams.iter_mut().enumerate() {
            if let Poll::Ready(chunk) = stream.body.poll_next_unpin(context) {
                return Poll::Ready((at, chunk));
            }
        }
        Poll::Pending
    })
    .await
}
