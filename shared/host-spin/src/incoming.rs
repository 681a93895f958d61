//! A request as Spin hands it over, read whole.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use spin_sdk::wasip3::http::types;
use spin_sdk::wasip3::wit_bindgen::StreamResult;
use spin_sdk::wasip3::wit_future;

use crate::head;
use crate::timer::within;

/// How long a client may take to send its body; Spin itself sets no limit.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// What is read at a time of a body whose length nobody has announced.
const CHUNK_BYTES: usize = 16 * 1024;

/// Why a request was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Its body takes longer than [`BODY_DEADLINE`].
    Late,
    /// Its body ended before its end.
    BrokeOff,
}

/// Reads a request. A body longer than `body_bytes` gets more than `body_bytes` bytes, cut off or, where its length was
/// announced, made up: whoever answers is the one to refuse it, by its length.
pub(crate) async fn read(request: types::Request, body_bytes: usize) -> Result<Request<Bytes>, Unread> {
    let headers = head::read(request.get_headers().copy_all());
    // Spin has parsed both; what `http` can't express is answered as an unknown path.
    let method = Method::try_from(request.get_method()).unwrap_or_default();
    let uri = request.get_path_with_query().and_then(|path| path.parse().ok()).unwrap_or_default();
    let body = match head::announced_length(&headers) {
        _ if method == Method::GET || method == Method::HEAD => Bytes::new(),
        Some(0) => Bytes::new(),
        Some(length) if length > body_bytes => vec![0; body_bytes + 1].into(),
        announced => within(BODY_DEADLINE, body(request, announced, body_bytes)).await.ok_or(Unread::Late)??,
    };
    let mut read = Request::new(body);
    *read.method_mut() = method;
    *read.uri_mut() = uri;
    *read.headers_mut() = headers;
    Ok(read)
}

/// Reads `announced` bytes, else all there is, but not much more than `body_bytes`.
async fn body(request: types::Request, announced: Option<usize>, body_bytes: usize) -> Result<Bytes, Unread> {
    let (verdict, told) = wit_future::new(|| Ok(()));
    let (mut chunks, end) = types::Request::consume_body(request, told);
    // What we think of the body is of no interest to Spin.
    drop(verdict);
    let enough = announced.unwrap_or(body_bytes + 1);
    let mut bytes = Vec::with_capacity(announced.unwrap_or(CHUNK_BYTES));
    while bytes.len() < enough {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(CHUNK_BYTES);
        }
        let (result, so_far) = chunks.read(bytes).await;
        bytes = so_far;
        if result == StreamResult::Dropped {
            let whole = announced.is_none() && end.await.is_ok();
            return if whole { Ok(bytes.into()) } else { Err(Unread::BrokeOff) };
        }
    }
    Ok(bytes.into())
}
