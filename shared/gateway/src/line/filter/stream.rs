//! An answer that reaches the client piece by piece, made of the streams of one or more origins.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use futures::StreamExt;
use http::Response;
use mcp::event_stream;

use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::line::respond;
use crate::outcome::{End, Summary};
use ports::{Body, Clock, Fetch, FetchError, Host, Timestamp};

/// The bytes of one origin's stream.
pub(super) type Source<H> = <<H as Host>::Fetch as Fetch>::Body;

/// An answer that goes on.
pub(crate) struct Flow<H: Host> {
    gateway: Gateway<H>,
    sources: Vec<Source<H>>,
    rules: Box<dyn Rules>,
    out: Out,
    is_event_stream: bool,
}

/// The rules by which one kind of response is made of the origins' streams. A source is named by its index.
pub(super) trait Rules {
    /// Handles the next bytes of the source at `at`; false if it will have no more messages.
    fn take(&mut self, at: usize, bytes: &Bytes, now: Timestamp, out: &mut Out) -> Result<bool, Fault>;

    /// Handles the end of the source at `at`; false if the source may end here.
    fn end(&mut self, _at: usize, _out: &mut Out) -> Result<bool, Fault> {
        Err(Fault::OriginAnswer { reason: "origin_stream_ended_early" })
    }

    /// Removes the source at `at`, which failed or has ended. Unless `out` has an end then, the others go on, and the
    /// last source gets the index `at`.
    fn close(&mut self, at: usize, fault: Option<Fault>, out: &mut Out);

    /// Ends the response because of a failure that is not its origins', with the reason if the form has a place for it.
    fn fail(&mut self, failure: Failure, out: &mut Out);

    /// The moment at which the answer ends by itself; `None` for never.
    fn deadline(&self) -> Option<Timestamp> {
        None
    }

    /// Ends the answer at its deadline.
    fn expire(&mut self, _out: &mut Out) {}

    /// The client has taken all pieces; the wait for the origin begins again.
    fn taken(&mut self, _now: Timestamp) {}
}

/// The pieces for the client.
#[derive(Default)]
pub(super) struct Out {
    ready: VecDeque<Bytes>,
    end: Option<End>,
}

impl Out {
    /// Adds an event with this message.
    pub(super) fn event(&mut self, message: &[u8]) {
        self.piece(event_stream::encode(message));
    }

    /// Adds bytes.
    pub(super) fn piece(&mut self, piece: Bytes) {
        self.ready.push_back(piece);
    }

    /// Drops the pieces that were not handed over yet.
    pub(super) fn clear(&mut self) {
        self.ready.clear();
    }

    /// Ends the answer; pieces that are ready are still handed over.
    pub(super) fn finish(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    /// Ends the answer with a result, or because of a fault.
    pub(super) fn finish_with(&mut self, fault: Option<Fault>) {
        let result = End::Response(Summary::Result { is_error: false });
        self.finish(fault.map_or(result, |fault| End::Failure(fault.into())));
    }

    /// True once the answer has ended.
    pub(super) const fn has_end(&self) -> bool {
        self.end.is_some()
    }
}

impl<H: Host> Flow<H> {
    /// An event stream that begins with the pieces in `out`.
    pub(super) fn events(gateway: &Gateway<H>, sources: Vec<Source<H>>, rules: impl Rules + 'static, out: Out) -> Self {
        Self { gateway: gateway.clone(), sources, rules: Box::new(rules), out, is_event_stream: true }
    }

    /// A JSON text that begins with the pieces in `out`.
    pub(super) fn json(gateway: &Gateway<H>, source: Source<H>, rules: impl Rules + 'static, out: Out) -> Self {
        Self { is_event_stream: false, ..Self::events(gateway, vec![source], rules, out) }
    }

    /// The next piece for the client; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.out.ready.pop_front() {
                return Some(piece);
            }
            if self.out.has_end() {
                return None;
            }
            let (at, piece) = next_of(&mut self.sources).await;
            let taken = match piece {
                Some(Ok(bytes)) => self.rules.take(at, &bytes, self.gateway.host.clock().now(), &mut self.out),
                Some(Err(error)) => Err(error.into()),
                None => self.rules.end(at, &mut self.out),
            };
            if !matches!(taken, Ok(true)) {
                self.rules.close(at, taken.err(), &mut self.out);
                drop(self.sources.swap_remove(at));
            }
        }
    }

    /// True if the piece that [`Flow::next`] gave last is the last that there is.
    pub(crate) fn is_over(&self) -> bool {
        self.out.has_end() && self.out.ready.is_empty()
    }

    /// The end of the response; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        self.out.end
    }

    /// The moment at which [`Flow::expire`] ends it; `None` for never.
    pub(crate) fn deadline(&self) -> Option<Timestamp> {
        self.rules.deadline()
    }

    /// True while it has no end.
    pub(crate) const fn goes_on(&self) -> bool {
        !self.out.has_end()
    }

    /// True if it goes on although its deadline has come.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        !self.out.has_end() && self.rules.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Ends it, at its deadline.
    pub(crate) fn expire(&mut self) {
        self.rules.expire(&mut self.out);
    }

    /// Ends the answer, unless it has ended; pieces that are ready are still handed over.
    pub(crate) fn fail(&mut self, failure: Failure) {
        if !self.out.has_end() {
            self.rules.fail(failure, &mut self.out);
        }
    }

    /// The client has taken a piece: while it read, no origin was waited for.
    pub(crate) fn taken(&mut self, now: Timestamp) {
        self.rules.taken(now);
    }

    /// True for an event stream, in which comments may stand.
    pub(crate) const fn is_event_stream(&self) -> bool {
        self.is_event_stream
    }

    /// Its head, with these pieces as the body.
    pub(crate) fn response(&self, pieces: futures::channel::mpsc::Receiver<Bytes>) -> Response<Body> {
        if self.is_event_stream { respond::event_stream(pieces) } else { respond::json_stream(pieces) }
    }
}

/// The next bytes of any source, and the source's index.
async fn next_of<B>(sources: &mut [B]) -> (usize, Option<Result<Bytes, FetchError>>)
where
    B: futures::Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    poll_fn(|context| {
        for (at, source) in sources.iter_mut().enumerate() {
            if let Poll::Ready(piece) = source.poll_next_unpin(context) {
                return Poll::Ready((at, piece));
            }
        }
        Poll::Pending
    })
    .await
}
