//! What an origin may answer: one JSON response, or an event stream that ends in one.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use mcp::event_stream::Decoder;
use mcp::json_rpc::{self, Incoming, Outcome, RequestId};
use mcp::streamable_http::AnswerKind;

use crate::Limits;
use crate::error::Fault;
use crate::ports::FetchError;

/// How the origin answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`.
    Json,
    /// `text/event-stream`.
    EventStream,
}

/// Whether an answer with this head can be one.
pub(super) fn check<B>(response: &http::Response<B>) -> Result<Media, Fault> {
    let media = match AnswerKind::of(response.headers()) {
        AnswerKind::Json => Some(Media::Json),
        AnswerKind::EventStream => Some(Media::EventStream),
        AnswerKind::Other => None,
    };
    let reason = match (response.status().as_u16(), media) {
        (200, Some(media)) => return Ok(media),
        (200, None) => "origin_media_type",
        // 400 and 404 carry JSON-RPC errors (MCP, Streamable HTTP, status codes).
        (400 | 404, Some(Media::Json)) => return Ok(Media::Json),
        (401 | 403, _) => "origin_refused_credential",
        (300..=399, _) => "origin_redirected",
        _ => "origin_status",
    };
    Err(Fault::OriginAnswer { reason })
}

/// Reads an answer to its end: its bytes as they came, and what they say to the request `id`.
pub(crate) async fn whole<B>(
    response: http::Response<B>,
    media: Media,
    id: &RequestId,
) -> Result<(Bytes, Outcome), Fault>
where
    B: Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    let mut chunks = response.into_body();
    match media {
        Media::Json => {
            let body = collect(&mut chunks).await?;
            let outcome =
                response_to(id, body.clone())?.ok_or(Fault::OriginAnswer { reason: "origin_not_a_response" })?;
            Ok((body, outcome))
        }
        Media::EventStream => {
            let mut decoder = Decoder::new(Limits::ANSWER_BYTES);
            while let Some(chunk) = chunks.next().await {
                for event in decoder.push(&chunk?) {
                    let event = event.map_err(|_| Fault::OriginAnswer { reason: "origin_event_too_large" })?;
                    if let Some(outcome) = response_to(id, event.data.clone())? {
                        return Ok((event.data, outcome));
                    }
                }
            }
            Err(Fault::OriginAnswer { reason: "origin_stream_ended_early" })
        }
    }
}

/// One chunk is by far the most common body, and then nothing is copied.
async fn collect<B: Stream<Item = Result<Bytes, FetchError>> + Unpin>(chunks: &mut B) -> Result<Bytes, Fault> {
    let Some(first) = chunks.next().await.transpose()? else { return Ok(Bytes::new()) };
    let Some(mut next) = chunks.next().await.transpose()? else { return bounded(first.len()).map(|()| first) };
    let mut body = BytesMut::from(&first[..]);
    loop {
        bounded(body.len() + next.len())?;
        body.extend_from_slice(&next);
        next = match chunks.next().await.transpose()? {
            Some(chunk) => chunk,
            None => return Ok(body.freeze()),
        };
    }
}

fn bounded(bytes: usize) -> Result<(), Fault> {
    if bytes > Limits::ANSWER_BYTES { Err(FetchError::TooLarge(Limits::ANSWER_BYTES).into()) } else { Ok(()) }
}

/// What a message of the origin's says to the request `id`; `None` for a notification.
pub(crate) fn response_to(id: &RequestId, message: Bytes) -> Result<Option<Outcome>, Fault> {
    let reason = match json_rpc::parse_incoming(message) {
        Ok(Incoming::Response { id: answered, outcome }) => {
            match answered {
                Some(answered) if answered == *id => return Ok(Some(outcome)),
                Some(_) => "origin_wrong_id",
                // It couldn't read our request (JSON-RPC 2.0 §5). Passed on, no client would know which request it is about.
                None => "origin_error_without_id",
            }
        }
        Ok(Incoming::Notification { .. }) => return Ok(None),
        // Requests from server to client are gone from this era (MCP 2026-07-28, Streamable HTTP).
        Ok(Incoming::Request { .. }) => "origin_sent_request",
        Err(_) => "origin_not_json_rpc",
    };
    Err(Fault::OriginAnswer { reason })
}
