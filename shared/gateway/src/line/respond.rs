//! *respond*: every outcome becomes an answer. The only place where status codes and error codes are chosen.
//!
//! 4xx and 5xx stand where the specification demands them and where the caller itself, not one call, is at fault. A
//! refused or failed call is a JSON-RPC error under 200: clients show its message to the person, but not the body of
//! a 4xx (measured with the official TypeScript client 2.4).

mod error_body;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use mcp::era::Era;
use mcp::error_code;
use mcp::json_rpc::RequestId;
use mcp::legacy;
use mcp::streamable_http::MediaTypeError;
use oauth::bearer_token::{BearerTokenError, Challenge, ChallengeError};

use crate::error::{Failure, Fault, Refusal};
use ports::Body;

pub(crate) use error_body::{error_body, error_event};

/// The status and the JSON-RPC code of a failure.
pub(crate) fn status_and_code(failure: &Failure) -> (StatusCode, i64) {
    use StatusCode as S;
    use error_code as code;
    match failure {
        Failure::Refusal(refusal) => match refusal {
            Refusal::UnknownPath => (S::NOT_FOUND, code::INVALID_REQUEST),
            Refusal::NoSignIn => (S::BAD_REQUEST, code::INVALID_REQUEST),
            Refusal::MethodNotAllowed { .. } => (S::METHOD_NOT_ALLOWED, code::INVALID_REQUEST),
            Refusal::ForbiddenOrigin => (S::FORBIDDEN, code::INVALID_REQUEST),
            Refusal::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, code::INVALID_REQUEST),
            Refusal::MediaType(MediaTypeError::UnsupportedMediaType) => {
                (S::UNSUPPORTED_MEDIA_TYPE, code::INVALID_REQUEST)
            }
            Refusal::MediaType(MediaTypeError::NotAcceptable) => (S::NOT_ACCEPTABLE, code::INVALID_REQUEST),
            Refusal::Headers(_) => (S::BAD_REQUEST, code::HEADER_MISMATCH),
            Refusal::Bearer(BearerTokenError::Repeated) => (S::BAD_REQUEST, code::INVALID_REQUEST),
            Refusal::Bearer(_) | Refusal::Token(_) | Refusal::Withdrawn => (S::UNAUTHORIZED, code::REFUSED),
            Refusal::QuarantinedCaller(_) | Refusal::NoVirtualServer | Refusal::InsufficientScope { .. } => {
                (S::FORBIDDEN, code::REFUSED)
            }
            Refusal::UnknownVirtualServer => (S::NOT_FOUND, code::REFUSED),
            Refusal::Message(error) => (S::BAD_REQUEST, error.code()),
            Refusal::Batch(error) => (S::BAD_REQUEST, error.code()),
            Refusal::Notification | Refusal::UnknownRequest => (S::BAD_REQUEST, code::INVALID_REQUEST),
            // Upon which a client opens anew (MCP 2025-11-25, transports).
            Refusal::SessionEnded => (S::NOT_FOUND, code::INVALID_REQUEST),
            Refusal::UnsupportedVersion(_) => (S::BAD_REQUEST, code::UNSUPPORTED_PROTOCOL_VERSION),
            Refusal::Meta(_) => (S::BAD_REQUEST, code::INVALID_PARAMS),
            // 404 would tell a legacy client that its session has ended (MCP 2025-11-25, transports).
            Refusal::UnknownMethod(Era::Legacy) => (S::OK, code::METHOD_NOT_FOUND),
            Refusal::UnknownMethod(Era::Modern) => (S::NOT_FOUND, code::METHOD_NOT_FOUND),
            Refusal::UnknownResource { era: Era::Legacy, .. } => (S::OK, legacy::RESOURCE_NOT_FOUND),
            Refusal::UnknownTool
            | Refusal::UnknownResource { era: Era::Modern, .. }
            | Refusal::UnknownPrompt
            | Refusal::UnknownTask
            | Refusal::InvalidParams(_)
            | Refusal::InvalidArguments(_) => (S::OK, code::INVALID_PARAMS),
            Refusal::PolicyRefused { .. } | Refusal::Quarantined(_) => (S::OK, code::REFUSED),
            Refusal::RateLimited { .. } => (S::OK, code::RATE_LIMITED),
            // Nobody reads it; the status is nginx's well-known one, for the event alone.
            Refusal::ClientGone => (S::from_u16(499).unwrap_or(S::BAD_REQUEST), code::INVALID_REQUEST),
        },
        Failure::Fault(fault) => fault_status_and_code(fault),
    }
}

/// The same for what isn't the caller's doing.
fn fault_status_and_code(fault: &Fault) -> (StatusCode, i64) {
    match fault {
        Fault::OriginTooSlow => (StatusCode::OK, error_code::ORIGIN_TOO_SLOW),
        Fault::OriginSessionEnded => (StatusCode::NOT_FOUND, error_code::INVALID_REQUEST),
        Fault::OriginUnreachable { .. } | Fault::OriginCircuitOpen | Fault::OriginAnswer { .. } => {
            (StatusCode::OK, error_code::ORIGIN_FAILED)
        }
        Fault::Registry { .. } | Fault::Configuration { .. } | Fault::Host { .. } | Fault::IssuerKeys { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, error_code::UNAVAILABLE)
        }
        // One call's trouble, not the caller's or the gateway's.
        Fault::QuotaUnavailable { .. } | Fault::AuditUnavailable { .. } => (StatusCode::OK, error_code::UNAVAILABLE),
        Fault::BeforeCall(fault) => fault_status_and_code(fault),
    }
}

/// The status of an origin's JSON-RPC error for a modern client (MCP 2026-07-28, Streamable HTTP).
pub(crate) const fn modern_status(code: i64) -> StatusCode {
    match code {
        error_code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code if error_code::is_modern_only(code) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

/// A whole JSON answer.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::Full(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A JSON answer that goes on as long as its sender does.
pub(crate) fn json_stream(pieces: futures_channel::mpsc::Receiver<Bytes>) -> Response<Body> {
    json(StatusCode::OK, Bytes::new()).map(|_| Body::Stream(pieces))
}

/// The answer to a message that wants none.
pub(crate) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// An event stream that goes on as long as its sender does.
pub(crate) fn event_stream(frames: futures_channel::mpsc::Receiver<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Stream(frames));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold frames back (MCP, Streamable HTTP).
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The answer to a failure; `metadata_url` is where the metadata of the resource is that was asked.
pub(crate) fn failure(
    failure: &Failure,
    id: Option<&RequestId>,
    event_id: Option<&str>,
    metadata_url: Option<&str>,
) -> Response<Body> {
    let (status, code) = status_and_code(failure);
    let mut response = json(status, error_body(failure, code, id, event_id));
    let headers = response.headers_mut();
    match failure {
        Failure::Refusal(Refusal::MethodNotAllowed { allow }) => {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        Failure::Refusal(refusal) => {
            let challenge = metadata_url.and_then(|metadata_url| challenge(refusal, metadata_url));
            if let Some(challenge) = challenge {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
        }
        Failure::Fault(_) if status == StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        Failure::Fault(_) => {}
    }
    response
}

/// RFC 6750 §3, RFC 9728 §5.1. Who has no token yet is told of all scopes; who has one, of the one that is missing.
fn challenge(refusal: &Refusal, metadata_url: &str) -> Option<HeaderValue> {
    let text = refusal.to_string();
    let missing;
    let (error, scope): (_, &[&str]) = match refusal {
        Refusal::Bearer(BearerTokenError::Missing) => (None, &oauth::scope::KNOWN),
        Refusal::Bearer(BearerTokenError::Repeated) => (Some(ChallengeError::InvalidRequest), &oauth::scope::KNOWN),
        Refusal::Bearer(BearerTokenError::Garbled) | Refusal::Token(_) | Refusal::Withdrawn => {
            (Some(ChallengeError::InvalidToken), &oauth::scope::KNOWN)
        }
        Refusal::InsufficientScope { needed } => {
            missing = [*needed];
            (Some(ChallengeError::InsufficientScope), &missing)
        }
        _ => return None,
    };
    let challenge = Challenge { resource_metadata: metadata_url, scope, error, description: Some(&text) };
    Some(challenge.header_value())
}

/// The answer when the call's background task ended without one: it panicked, or the host ended it.
pub(crate) fn abandoned() -> Response<Body> {
    let fault = Fault::Host { port: "Background", detail: String::new() };
    failure(&fault.into(), None, None, None)
}

/// Lets the listed web origin read the answer (Fetch standard, CORS protocol).
pub(crate) fn allow_browser(response: &mut Response<Body>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, Retry-After, Mcp-Session-Id"),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
