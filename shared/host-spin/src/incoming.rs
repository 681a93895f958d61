//! Reads an incoming request and its whole body.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use spin_sdk::wasip3::http::types;
use spin_sdk::wasip3::wit_bindgen::StreamResult;
use spin_sdk::wasip3::wit_future;

use crate::head;
use crate::timer::within;

/// The deadline for a client to send its body; Spin sets none.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// Bytes per read of a body without `Content-Length`.
const CHUNK_BYTES: usize = 16 * 1024;

/// The reason why a request was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The body took longer than [`BODY_DEADLINE`].
    Late,
    /// The body ended early.
    ConnectionLost,
}

/// The part of a body beyond the limit that is read and dropped, as a multiple of `body_bytes`. Without it a client
/// that keeps the connection would find it reset.
const DRAINED: usize = 8;

/// Reads a request. A body longer than `body_bytes` is truncated to slightly more than `body_bytes` bytes or, if its
/// `Content-Length` is far too large, replaced by zeros; the caller must refuse it by its length.
pub(crate) async fn read(request: types::Request, body_bytes: usize) -> Result<Request<Bytes>, Unread> {
    let headers = head::read(request.get_headers().copy_all());
    // Spin has parsed both; a value that `http` refuses becomes `GET` or `/`.
    let method = Method::try_from(request.get_method()).unwrap_or_default();
    let uri = request.get_path_with_query().and_then(|path| path.parse().ok()).unwrap_or_default();
    let body = match head::announced_length(&headers) {
        _ if method == Method::GET || method == Method::HEAD => Bytes::new(),
        Some(0) => Bytes::new(),
        Some(length) if length > body_bytes * DRAINED => vec![0; body_bytes + 1].into(),
        announced => within(BODY_DEADLINE, body(request, announced, body_bytes)).await.ok_or(Unread::Late)??,
    };
    let mut read = Request::new(body);
    *read.method_mut() = method;
    *read.uri_mut() = uri;
    *read.headers_mut() = headers;
    Ok(read)
}

/// Reads `announced` bytes; without a length, the whole body. Of a long one, not much more than `body_bytes` are kept.
async fn body(request: types::Request, announced: Option<usize>, body_bytes: usize) -> Result<Bytes, Unread> {
    let (result, reader) = wit_future::new(|| Ok(()));
    let (mut chunks, end) = types::Request::consume_body(request, reader);
    // Spin ignores the result of processing; dropping the writer sends its default.
    drop(result);
    let enough = announced.unwrap_or(body_bytes + 1).min(body_bytes + 1);
    let mut bytes = Vec::with_capacity(announced.map_or(CHUNK_BYTES, |announced| announced.min(enough)));
    while bytes.len() < enough {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(CHUNK_BYTES);
        }
        let (result, so_far) = chunks.read(bytes).await;
        bytes = so_far;
        if result == StreamResult::Dropped {
            let whole = announced.is_none() && end.await.is_ok();
            return if whole { Ok(bytes.into()) } else { Err(Unread::ConnectionLost) };
        }
    }
    let (mut read, mut dropped) = (bytes.len(), Vec::with_capacity(CHUNK_BYTES));
    while read > body_bytes && read < announced.unwrap_or(usize::MAX).min(body_bytes * DRAINED) {
        dropped.clear();
        let (result, so_far) = chunks.read(dropped).await;
        dropped = so_far;
        read += dropped.len();
        if result == StreamResult::Dropped {
            break;
        }
    }
    Ok(bytes.into())
}
