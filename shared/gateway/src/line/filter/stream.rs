//! A response that reaches the client piece by piece.

use bytes::Bytes;
use http::Response;

use super::event_stream::Frames;
use super::long_response::LongAnswer;
use super::server_stream::ServerStreams;
use super::subscription::Subscription;
use crate::line::respond;
use crate::outcome::End;
use ports::Body;
use ports::{Fetch, Host};

/// A response that is sent piece by piece.
pub(crate) enum Flow<H: Host> {
    /// An origin's event stream.
    Frames(Box<Frames<<H::Fetch as Fetch>::Body>>),
    /// An origin's long JSON answer.
    Long(Box<LongAnswer<<H::Fetch as Fetch>::Body>>),
    /// The notifications of `subscriptions/listen`.
    Subscription(Box<Subscription<H>>),
    /// The server-initiated streams of legacy origins.
    ServerStream(Box<ServerStreams<H>>),
}

impl<H: Host> Flow<H> {
    /// The next piece for the client; `None` after the last. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        match self {
            Self::Frames(frames) => frames.next().await,
            Self::Long(answer) => answer.next().await,
            Self::Subscription(subscription) => subscription.next().await,
            Self::ServerStream(streams) => streams.next().await,
        }
    }

    /// True if the piece that [`Flow::next`] returned last is the final one.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::Frames(frames) => frames.is_over(),
            Self::Long(answer) => answer.is_over(),
            Self::Subscription(subscription) => subscription.is_over(),
            Self::ServerStream(streams) => streams.is_over(),
        }
    }

    /// The end of the response; `None` while it goes on.
    pub(crate) fn into_end(self) -> Option<End> {
        match self {
            Self::Frames(frames) => frames.into_end(),
            Self::Long(answer) => answer.into_end(),
            Self::Subscription(subscription) => subscription.into_end(),
            Self::ServerStream(streams) => streams.into_end(),
        }
    }

    /// True for an event stream, which may contain comments.
    pub(crate) const fn is_event_stream(&self) -> bool {
        !matches!(self, Self::Long(_))
    }

    /// The head of the response, with `pieces` as its body.
    pub(crate) fn response(&self, pieces: futures::channel::mpsc::Receiver<Bytes>) -> Response<Body> {
        if self.is_event_stream() { respond::event_stream(pieces) } else { respond::json_stream(pieces) }
    }
}
