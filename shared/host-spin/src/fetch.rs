//! `Fetch` on Spin: `wasi:http`'s client, which never follows a redirect.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::unfold;
use futures_util::{FutureExt, Stream};
use http::{Request, Response, StatusCode, Uri};
use ports::{Fetch, FetchError, FetchLimits};
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{self, ErrorCode, Scheme, Trailers};
use spin_sdk::wasip3::wit_bindgen::{FutureReader, StreamReader, StreamResult};
use spin_sdk::wasip3::{wit_future, wit_stream};

use crate::head;
use crate::timer::within;

/// What is read at a time of a body, or less where less is announced.
const CHUNK_BYTES: usize = 16 * 1024;

/// `wasi:http/client`. The manifest's `allowed_outbound_hosts` says where it may go; with tracing switched on, Spin adds a
/// `traceparent` header.
#[derive(Debug, Clone, Copy)]
pub struct SpinFetch;

impl Fetch for SpinFetch {
    type Body = SpinBody;

    async fn send(&self, request: Request<Bytes>, limits: FetchLimits) -> Result<Response<SpinBody>, FetchError> {
        let answer = within(limits.deadline, exchange(request)).await.ok_or(FetchError::Deadline)??;
        let status = StatusCode::from_u16(answer.get_status_code());
        let status = status.map_err(|_| FetchError::BrokeOff("an answer without a status".to_owned()))?;
        let headers = head::read(answer.get_headers().copy_all());
        let announced = head::announced_length(&headers);
        let mut response = Response::new(SpinBody::new(answer, announced, limits));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Sends `request` and waits for the answer's head. Dropped in the middle, it takes the request back.
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
    let (sent, _) = types::Request::new(fields, contents, no_trailers, None);
    // Dropped, it tells its default.
    drop(trailers);
    sent.set_method(&parts.method.into()).map_err(|()| refused("the method"))?;
    address(&sent, &parts.uri).ok_or_else(|| refused("the address"))?;

    // The answer may come before all of the body has been read; nobody wants the rest of it then.
    let mut answer = pin!(client::send(sent));
    let mut writing = pin!(
        async move {
            if let Some(mut writer) = writer.take() {
                let _ = writer.write_all(body.into()).await;
            }
        }
        .fuse()
    );
    poll_fn(|context| {
        let answered = answer.as_mut().poll(context);
        if answered.is_pending() {
            let _ = writing.as_mut().poll(context);
        }
        answered
    })
    .await
    .map_err(before_headers)
}

fn address(request: &types::Request, uri: &Uri) -> Option<()> {
    let scheme = match uri.scheme_str()? {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => return None,
    };
    request.set_scheme(Some(&scheme)).ok()?;
    request.set_authority(Some(uri.authority()?.as_str())).ok()?;
    request.set_path_with_query(Some(uri.path_and_query()?.as_str())).ok()
}

/// What failed before there were headers: refused where nothing can have been sent, else broken off.
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

/// What failed once the request may have run.
fn under_way(error: ErrorCode) -> FetchError {
    match error {
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => FetchError::Deadline,
        other => FetchError::BrokeOff(other.to_string()),
    }
}

/// The body of an answer, chunk by chunk. Dropping it closes the connection or stream.
pub struct SpinBody(Pin<Box<dyn Stream<Item = Result<Bytes, FetchError>>>>);

impl Stream for SpinBody {
    type Item = Result<Bytes, FetchError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl SpinBody {
    fn new(answer: types::Response, announced: Option<usize>, limits: FetchLimits) -> Self {
        let (verdict, told) = wit_future::new(|| Ok(()));
        let (chunks, end) = types::Response::consume_body(answer, told);
        // What we think of the answer is of no interest to Spin.
        drop(verdict);
        let open = (announced != Some(0)).then_some(Open { chunks, end, announced, read: 0, limits });
        Self(Box::pin(unfold(open, |open| async {
            match open?.next().await {
                Ok((chunk, open)) => chunk.map(|chunk| (Ok(chunk), open)),
                Err(error) => Some((Err(error), None)),
            }
        })))
    }
}

/// A body that has not come to its end.
struct Open {
    chunks: StreamReader<u8>,
    end: FutureReader<Result<Option<Trailers>, ErrorCode>>,
    // Of the answer to a HEAD request too, which has no body.
    announced: Option<usize>,
    read: usize,
    limits: FetchLimits,
}

impl Open {
    /// The next chunk, and the rest where there is more.
    async fn next(mut self) -> Result<(Option<Bytes>, Option<Self>), FetchError> {
        // One byte more than may come shows what is too long. A body that is announced needs no second look for its end.
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
    fn what_was_never_sent_is_refused_and_the_rest_broke_off() {
        for never_sent in [ErrorCode::ConnectionRefused, ErrorCode::HttpRequestDenied, ErrorCode::DnsTimeout] {
            let error = before_headers(never_sent.clone());
            assert!(matches!(error, FetchError::Refused(_)), "{never_sent:?} should be refused, not {error:?}");
        }
        for unclear in [ErrorCode::ConnectionTerminated, ErrorCode::InternalError(None), ErrorCode::HttpProtocolError] {
            let error = before_headers(unclear.clone());
            assert!(matches!(error, FetchError::BrokeOff(_)), "{unclear:?} may have run, but is {error:?}");
        }
    }

    #[test]
    fn a_host_that_gives_up_waiting_is_a_deadline() {
        assert_eq!(before_headers(ErrorCode::HttpResponseTimeout), FetchError::Deadline);
        assert_eq!(under_way(ErrorCode::ConnectionReadTimeout), FetchError::Deadline);
    }
}
