//! `Fetch` on Spin: the client of `wasi:http`, which never follows a redirect.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::stream::unfold;
use futures::{FutureExt, Stream};
use http::{Request, Response, StatusCode, Uri};
use ports::{Fetch, FetchError, FetchLimits};
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{self, ErrorCode, Scheme, Trailers};
use spin_sdk::wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult};
use spin_sdk::wasip3::{wit_future, wit_stream};

use crate::head;
use crate::timer::within;

/// Bytes per read of a body; fewer if `Content-Length` is smaller.
const CHUNK_BYTES: usize = 16 * 1024;

/// `wasi:http/client`. The manifest's `allowed_outbound_hosts` limits the hosts; with tracing enabled, Spin adds a
/// `traceparent` header.
#[derive(Debug, Clone, Copy)]
pub struct SpinFetch;

impl Fetch for SpinFetch {
    type Body = SpinBody;

    async fn send(&self, request: Request<Bytes>, limits: FetchLimits) -> Result<Response<SpinBody>, FetchError> {
        let response = within(limits.deadline, exchange(request)).await.ok_or(FetchError::Deadline)??;
        let status = StatusCode::from_u16(response.get_status_code());
        let status = status.map_err(|_| FetchError::ConnectionLost("the response has no status".to_owned()))?;
        let headers = head::read(response.get_headers().copy_all());
        let announced = head::announced_length(&headers);
        let mut response = Response::new(SpinBody::new(response, announced, limits));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Sends `request` and waits for the response's head. Dropping the future cancels the request.
async fn exchange(request: Request<Bytes>) -> Result<types::Response, FetchError> {
    let (parts, body) = request.into_parts();
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    let (mut writer, contents) = if body.is_empty() {
        (None, None)
    } else {
        let (writer, reader) = wit_stream::new();
        (Some(writer), Some(reader))
    };
    let refused = |what: &str| FetchError::Refused(format!("{what} can't be sent"));
    let fields = types::Fields::from_list(&head::write(&parts.headers, contents.is_some().then_some(body.len())));
    let fields = fields.map_err(|error| FetchError::Refused(error.to_string()))?;
    let (outgoing, _) = types::Request::new(fields, contents, no_trailers, None);
    // Dropping the writer sends its default: no trailers.
    drop(trailers);
    outgoing.set_method(&parts.method.into()).map_err(|()| refused("the method"))?;
    set_address(&outgoing, &parts.uri).ok_or_else(|| refused("the address"))?;

    // The response may arrive before the whole body is sent; the rest is then dropped.
    let mut response = pin!(client::send(outgoing));
    let mut writing = pin!(
        async move {
            if let Some(mut writer) = writer.take() {
                let _ = writer.write_all(body.into()).await;
            }
        }
        .fuse()
    );
    poll_fn(|context| {
        let poll = response.as_mut().poll(context);
        if poll.is_pending() {
            let _ = writing.as_mut().poll(context);
        }
        poll
    })
    .await
    .map_err(before_headers)
}

/// Sets scheme, authority and path of `request`; `None` if one is missing or refused.
fn set_address(request: &types::Request, uri: &Uri) -> Option<()> {
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    request.set_scheme(Some(&scheme)).ok()?;
    request.set_authority(Some(uri.authority()?.as_str())).ok()?;
    request.set_path_with_query(Some(uri.path_and_query()?.as_str())).ok()
}

/// The error of a failure before the response's headers: `Refused` if the request can't have been sent, else
/// `BrokeOff`.
fn before_headers(error: ErrorCode) -> FetchError {
    match error {
        ErrorCode::DnsTimeout
        | ErrorCode::DnsError(_)
        | ErrorCode::DestinationNotFound
        | ErrorCode::DestinationUnavailable
        | ErrorCode::DestinationIpProhibited
        | ErrorCode::DestinationIpUnroutable
        | ErrorCode::ConnectionRefused
        | ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionLimitReached
        | ErrorCode::TlsProtocolError
        | ErrorCode::TlsCertificateError
        | ErrorCode::TlsAlertReceived(_)
        | ErrorCode::HttpRequestDenied
        | ErrorCode::HttpRequestMethodInvalid
        | ErrorCode::HttpRequestUriInvalid
        | ErrorCode::HttpRequestUriTooLong
        | ErrorCode::LoopDetected
        | ErrorCode::ConfigurationError => FetchError::Refused(error.to_string()),
        other => under_way(other),
    }
}

/// The error of a failure after which the request may have run.
fn under_way(error: ErrorCode) -> FetchError {
    match error {
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => FetchError::Deadline,
        other => FetchError::ConnectionLost(other.to_string()),
    }
}

/// The body of a response, chunk by chunk. Dropping it closes the connection or stream.
pub struct SpinBody(Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>>>>);

impl Stream for SpinBody {
    type Item = Result<Bytes, FetchError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl SpinBody {
    fn new(response: types::Response, announced: Option<usize>, limits: FetchLimits) -> Self {
        let (result, reader) = wit_future::new(|| Ok(()));
        let (chunks, end) = types::Response::consume_body(response, reader);
        // Spin ignores the result of processing; dropping the writer sends its default.
        drop(result);
        let open = (announced != Some(0)).then_some(OpenBody { chunks, end, announced, read: 0, limits });
        Self(Box::pin(unfold(open, |open| async {
            match open?.next().await {
                Ok((chunk, open)) => chunk.map(|chunk| (Ok(chunk), open)),
                Err(error) => Some((Err(error), None)),
            }
        })))
    }
}

/// A body before its end.
struct OpenBody {
    chunks: StreamReader<u8>,
    end: FutureReader<Result<Option<Trailers>, ErrorCode>>,
    /// `Content-Length`; also present on a response to HEAD, which has no body.
    announced: Option<usize>,
    read: usize,
    limits: FetchLimits,
}

impl OpenBody {
    /// The next chunk, and the rest of the body if there is more.
    async fn next(mut self) -> Result<(Option<Bytes>, Option<Self>), FetchError> {
        // One byte beyond the limit reveals a body that is too long. With a `Content-Length` no read is needed for the
        // end.
        let most = self.limits.body_bytes.saturating_add(1).min(self.announced.unwrap_or(usize::MAX));
        let room = most.saturating_sub(self.read).clamp(1, CHUNK_BYTES);
        let read = within(self.limits.deadline, self.chunks.read(Vec::with_capacity(room)));
        let (result, chunk) = read.await.ok_or(FetchError::Deadline)?;
        if result == StreamResult::Dropped && chunk.is_empty() {
            let end = within(self.limits.deadline, self.end.into_future()).await.ok_or(FetchError::Deadline)?;
            return end.map(|_| (None, None)).map_err(under_way);
        }
        self.read += chunk.len();
        if self.read > self.limits.body_bytes {
            return Err(FetchError::TooLarge(self.limits.body_bytes));
        }
        let whole = self.announced.is_some_and(|announced| self.read >= announced);
        Ok((Some(chunk.into()), (!whole).then_some(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsent_request_is_refused_and_any_other_broke_off() {
        for never_sent in [ErrorCode::ConnectionRefused, ErrorCode::HttpRequestDenied, ErrorCode::DnsTimeout] {
            let error = before_headers(never_sent.clone());
            assert!(matches!(error, FetchError::Refused(_)), "{never_sent:?} should be refused, not {error:?}");
        }
        for unclear in [ErrorCode::ConnectionTerminated, ErrorCode::InternalError(None), ErrorCode::HttpProtocolError] {
            let error = before_headers(unclear.clone());
            assert!(matches!(error, FetchError::ConnectionLost(_)), "{unclear:?} may have run, but is {error:?}");
        }
    }

    #[test]
    fn timeout_of_host_is_deadline() {
        assert_eq!(before_headers(ErrorCode::HttpResponseTimeout), FetchError::Deadline);
        assert_eq!(under_way(ErrorCode::ConnectionReadTimeout), FetchError::Deadline);
    }
}
