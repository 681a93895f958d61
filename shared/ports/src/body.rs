//! The body of a response: empty, whole, or a stream.

use bytes::Bytes;
use futures::channel::mpsc;

/// The body of a response, in the form that costs its host least.
#[derive(Debug)]
pub enum Body {
    /// No body.
    Empty,
    /// A whole body.
    Full(Bytes),
    /// Chunks as they come; the sender ends the body by dropping its side.
    Stream(mpsc::Receiver<Bytes>),
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Full(bytes)
    }
}
