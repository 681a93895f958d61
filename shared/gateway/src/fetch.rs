//! Requests to origins and issuers. Responses with a content coding are refused: 300 kB of gzip can become 256 MiB, and
//! a host decodes before limits count.

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::{ACCEPT_ENCODING, HeaderValue};
use http::{Request, Response};
use mcp::streamable_http::{ResponseFormat, has_content_coding};

use crate::error::Fault;
use ports::{Fetch, FetchError, FetchLimits, Host};

/// The failure of a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExchangeError {
    /// The host's error.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The response has a content coding, although only `identity` was accepted (RFC 9110 §12.5.3).
    #[error("the response has a content coding that was not accepted")]
    Coded,
}

impl From<ExchangeError> for Fault {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Fetch(error) => error.into(),
            ExchangeError::Coded => Self::OriginAnswer { reason: "origin_answer_compressed" },
        }
    }
}

/// Sends a request, and refuses a response with a content coding before any of its body is read. Error pages pass,
/// because only their status is used.
pub(crate) async fn send<H: Host>(
    host: &H,
    mut request: Request<Bytes>,
    limits: FetchLimits,
) -> Result<Response<<H::Fetch as Fetch>::Body>, ExchangeError> {
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let response = host.fetch().send(request, limits).await?;
    let is_read = response.status().is_success() || ResponseFormat::of(response.headers()) != ResponseFormat::Other;
    if is_read && has_content_coding(response.headers()) { Err(ExchangeError::Coded) } else { Ok(response) }
}

/// Reads a body to its end. Its length is bounded by the limits of its request.
pub(crate) async fn whole(
    mut body: impl Stream<Item = Result<Bytes, FetchError>> + Unpin,
) -> Result<Vec<u8>, FetchError> {
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        whole.extend_from_slice(&chunk?);
    }
    Ok(whole)
}
