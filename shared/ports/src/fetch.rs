//! The `Fetch` port: one HTTP request to an origin or an issuer.

use std::time::Duration;

use bytes::Bytes;
use futures::Stream;

/// The failure of a request, before or while its response arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No complete response within [`FetchLimits::deadline`].
    #[error("no answer within the deadline")]
    Deadline,
    /// No server listens there, the name does not resolve, or the host forbids the address: nothing was sent.
    #[error("the connection was refused: {0}")]
    Refused(String),
    /// The connection broke after it was made; the request may have run.
    #[error("the connection broke off: {0}")]
    ConnectionLost(String),
    /// The body is longer than [`FetchLimits::body_bytes`].
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
}

/// The bounds of one request.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// The time until the response's headers have arrived, and again between two chunks of its body. The headers and a
    /// short body may share one deadline.
    pub deadline: Duration,
    /// The most bytes of the response's body, summed over its chunks.
    pub body_bytes: usize,
}

/// One HTTP request.
///
/// *Contract*
/// - Redirects are never followed: a 3xx response is returned unchanged.
/// - Only the headers given are sent, besides what HTTP itself needs (`Host`, `Content-Length`, `Connection`, …).
/// - The response's body is a stream, delivered as it arrives; its limits end it with an error.
/// - Dropping the future or the body cancels the request: the other side sees its connection or stream close.
/// - Any status is a response, not an error.
pub trait Fetch {
    /// The response's body.
    type Body: Stream<Item = Result<Bytes, FetchError>> + Unpin + 'static;

    /// Sends `request` and waits for the response's headers.
    fn send(
        &self,
        request: http::Request<Bytes>,
        limits: FetchLimits,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, FetchError>>;
}
