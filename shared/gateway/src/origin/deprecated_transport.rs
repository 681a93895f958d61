//! HTTP+SSE, the transport of MCP 2024-11-05, which Weir doesn't speak: recognised, so that the error can name it.
//!
//! ```text
//! POST  ─▶ 404 or 405
//! GET   ─▶ 200, text/event-stream: "event: endpoint\ndata: /messages?sessionId=…"
//! ```

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::Method;
use http::header::{self, HeaderValue};
use mcp::streamable_http::EVENT_STREAM;

use super::outbound::OriginCall;
use super::request;
use super::response::{self, Media, Verdict};
use crate::deadline::within;
use ports::Host;

/// The time for the first event, which such a server sends at once.
const DEADLINE: Duration = Duration::from_secs(2);
/// Bytes in which the name of the first event must stand, after comments and a byte order mark.
const HEAD_BYTES: usize = 1024;

/// True if an origin that refused a POST answers a GET as a server of this transport does.
pub(super) async fn is_spoken<H: Host>(call: &OriginCall<'_, H>) -> bool {
    within(&call.gateway.host, call.timeout().min(DEADLINE), begins_with_endpoint(call)).await.unwrap_or(false)
}

async fn begins_with_endpoint<H: Host>(call: &OriginCall<'_, H>) -> bool {
    let Ok(mut request) = request::bare(call, Bytes::new()) else { return false };
    *request.method_mut() = Method::GET;
    request.headers_mut().remove(header::CONTENT_TYPE);
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static(EVENT_STREAM));
    let Ok(response) = request::post(call, request).await else { return false };
    if !matches!(response::check(&response), Ok(Verdict::Answer(Media::EventStream))) {
        return false;
    }
    let (mut chunks, mut head) = (response.into_body(), BytesMut::new());
    while let Some(Ok(chunk)) = chunks.next().await {
        head.extend_from_slice(&chunk);
        if names_endpoint(&head) {
            return true;
        }
        if head.len() > HEAD_BYTES {
            return false;
        }
    }
    false
}

fn names_endpoint(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.any(|line| line.strip_prefix(b"event:").is_some_and(|name| name.trim_ascii() == b"endpoint"))
}
