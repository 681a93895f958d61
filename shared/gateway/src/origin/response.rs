//! The responses of origins: one JSON response, or an event stream that ends in one.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::StatusCode;
use mcp::error_code;
use mcp::event_stream::{Decoder, Event, EventTooLarge};
use mcp::json_rpc::{self, Incoming, Notification, Request, RequestId, ResponseContent};
use mcp::streamable_http::ResponseFormat;

use super::outbound::OriginCall;
use super::protocol::OriginProtocol;
use super::request::Response;
use super::server_requests::ServerRequests;
use crate::Limits;
use crate::error::{Fault, OriginStatus};
use ports::{FetchError, Host};

/// The media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`.
    Json,
    /// `text/event-stream`.
    EventStream,
}

/// The kind of a response, by its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A response of this media type follows.
    Answer(Media),
    /// The request was rejected (see [`Rejection`]).
    Rejected,
}

/// Checks a response's status and media type.
pub(super) fn check<B>(response: &http::Response<B>) -> Result<Verdict, Fault> {
    let media = match ResponseFormat::of(response.headers()) {
        ResponseFormat::Json => Some(Media::Json),
        ResponseFormat::EventStream => Some(Media::EventStream),
        ResponseFormat::Other => None,
    };
    match (response.status().as_u16(), media) {
        (200..=299, Some(media)) => Ok(Verdict::Answer(media)),
        (200, None) => Err(Fault::OriginAnswer { reason: "origin_media_type" }),
        (400 | 404 | 405, _) => Ok(Verdict::Rejected),
        _ => Err(Fault::OriginStatus(OriginStatus::of(response))),
    }
}

/// True if the body is JSON: under any status, it may be the response to the request.
pub(super) fn is_json<B>(response: &http::Response<B>) -> bool {
    ResponseFormat::of(response.headers()) == ResponseFormat::Json
}

/// A response with a status other than 2xx. In both eras, 400, 404 and 405 mean that the request was refused before
/// anything was done, with or without a JSON-RPC error (MCP, Streamable HTTP).
pub(super) struct Rejection {
    status: OriginStatus,
    /// The body; empty unless it is JSON.
    body: Bytes,
}

impl Rejection {
    /// Reads the response to its end.
    pub(super) async fn read<B>(response: http::Response<B>) -> Result<Self, Fault>
    where
        B: Stream<Item = Result<Bytes, FetchError>> + Unpin,
    {
        let status = OriginStatus::of(&response);
        let body = match is_json(&response) {
            true => collect(&mut response.into_body()).await?,
            false => Bytes::new(),
        };
        Ok(Self { status, body })
    }

    /// True for 404, which in a session means that the session is unknown.
    pub(super) fn is_not_found(&self) -> bool {
        self.status() == StatusCode::NOT_FOUND
    }

    /// Its status.
    pub(super) const fn status(&self) -> StatusCode {
        self.status.status
    }

    /// True if the session has ended: 404 (MCP 2025-11-25, transports), or a JSON-RPC error that common servers send
    /// with 400.
    pub(super) fn ends_session(&self) -> bool {
        self.is_not_found() || self.error().is_some_and(|(_, code)| matches!(code, -32001 | -32000))
    }

    /// The JSON-RPC error in the body: its id and code.
    fn error(&self) -> Option<(Option<RequestId>, i64)> {
        match json_rpc::parse_incoming(self.body.clone()) {
            Ok(Incoming::Response { id, outcome: ResponseContent::Error { code, .. } }) => Some((id, code)),
            _ => None,
        }
    }

    /// True if the request `id` can't have run. An error with its id and a code of the origin's own is a response,
    /// under any status.
    pub(super) fn ran_nothing(&self, id: &RequestId) -> bool {
        matches!(self.status().as_u16(), 400 | 404 | 405)
            && match self.error() {
                Some((Some(answered), code)) if answered == *id => error_code::is_before_dispatch(code),
                _ => true,
            }
    }

    /// True if only a modern server sends this error.
    pub(super) fn is_modern_only(&self) -> bool {
        self.error().is_some_and(|(_, code)| error_code::is_modern_only(code))
    }

    /// True if a modern server sends this error for a modern request.
    pub(super) fn is_modern(&self) -> bool {
        self.error().is_some_and(|(id, code)| {
            let usual = matches!(code, error_code::INVALID_PARAMS | error_code::METHOD_NOT_FOUND);
            error_code::is_modern_only(code) || (usual && id.is_some())
        })
    }

    /// True for the error that headers and body disagree, which an origin also sends for a missing `Mcp-Param-*`
    /// header.
    pub(super) fn is_mismatch(&self) -> bool {
        self.error().is_some_and(|(_, code)| code == error_code::HEADER_MISMATCH)
    }

    /// The response to the request `id` in the body.
    pub(super) fn answer_to(self, id: &RequestId) -> Result<WholeResponse, Fault> {
        // If the body is no response, the status tells more than a parse error.
        response_to(id, self.body).map_err(|_| Fault::OriginStatus(self.status))
    }
}

/// Reads an answer to its end. Requests of the origin are answered by Weir, not by the client.
pub(super) async fn whole<H: Host>(
    call: &OriginCall<'_, H>,
    protocol: &OriginProtocol,
    response: Response<H>,
    media: Media,
    id: &RequestId,
) -> Result<WholeResponse, Fault> {
    let mut chunks = response.into_body();
    match media {
        Media::Json => response_to(id, collect(&mut chunks).await?),
        Media::EventStream => {
            let mut decoder = Decoder::new(Limits::ANSWER_BYTES);
            let mut requests = ServerRequests::new(call, protocol, None);
            while let Some(chunk) = chunks.next().await {
                for message in messages(&mut decoder, &chunk?) {
                    match origin_message(id, message?)? {
                        OriginMessage::Response(response) => return Ok(response),
                        OriginMessage::Notification(..) => {}
                        OriginMessage::Request(request, message) => drop(requests.take(&request, message)?),
                    }
                }
            }
            Err(Fault::OriginAnswer { reason: "origin_stream_ended_early" })
        }
    }
}

/// The messages that `chunk` completes.
pub(crate) fn messages(decoder: &mut Decoder, chunk: &Bytes) -> impl Iterator<Item = Result<Bytes, Fault>> {
    decoder.push(chunk).filter_map(|event| event.map(Event::message).map_err(too_large).transpose())
}

/// The fault of an event beyond the decoder's limit.
pub(crate) const fn too_large(_: EventTooLarge) -> Fault {
    Fault::OriginAnswer { reason: "origin_event_too_large" }
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

/// The response to the request `id`, as an origin sent it.
pub(crate) struct WholeResponse {
    pub(crate) message: Bytes,
    /// Its id: equal to the request's, and a slice of the message.
    pub(crate) id: RequestId,
    pub(crate) outcome: ResponseContent,
}

/// Reads a body that has to be the response to the request `id`.
pub(super) fn response_to(id: &RequestId, body: Bytes) -> Result<WholeResponse, Fault> {
    match origin_message(id, body)? {
        OriginMessage::Response(response) => Ok(response),
        OriginMessage::Notification(..) => Err(Fault::OriginAnswer { reason: "origin_not_a_response" }),
        OriginMessage::Request(..) => Err(Fault::OriginAnswer { reason: "origin_sent_request" }),
    }
}

/// A message that an origin sends while it serves a request, with its bytes.
pub(crate) enum OriginMessage {
    /// The response to the request.
    Response(WholeResponse),
    /// A notification before the response.
    Notification(Notification, Bytes),
    /// A request of the origin's own, which only the legacy era has.
    Request(Request, Bytes),
}

/// Parses a message that an origin sends while it serves the request `id`.
pub(crate) fn origin_message(id: &RequestId, message: Bytes) -> Result<OriginMessage, Fault> {
    let reason = match json_rpc::parse_incoming(message.clone()) {
        Ok(Incoming::Response { id: Some(answered), outcome }) if answered == *id => {
            return Ok(OriginMessage::Response(WholeResponse { message, id: answered, outcome }));
        }
        Ok(Incoming::Response { id: Some(_), .. }) => "origin_wrong_id",
        // The origin couldn't parse our request (JSON-RPC 2.0 §5). Without an id, no client could assign the error to a
        // request.
        Ok(Incoming::Response { id: None, .. }) => "origin_error_without_id",
        Ok(Incoming::Notification(notification)) => return Ok(OriginMessage::Notification(notification, message)),
        Ok(Incoming::Request(request)) => return Ok(OriginMessage::Request(request, message)),
        Err(_) => "origin_not_json_rpc",
    };
    Err(Fault::OriginAnswer { reason })
}
