//! *respond*: every outcome becomes an answer. The only place where status codes and error codes are chosen.
//!
//! 4xx and 5xx stand where the specification demands them and where the caller itself, not one call, is at fault. A
//! refused or failed call of a tool is a result for its model (see `refused_call`), everything else of one request a
//! JSON-RPC error under 200: clients show its message to the person, but not the body of a 4xx (measured with the
//! official TypeScript client 2.4).

mod broken_stream;
mod error_body;
mod refused_call;
mod status;
mod url_elicitation;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use json::RawJson;
use mcp::json_rpc::{self, RequestId};
use oauth::bearer_token::{BearerTokenError, Challenge, ChallengeError, Scheme};
use oauth::dpop::{BindingError, NONCE_HEADER};

use crate::error::{Failure, Fault, Refusal};
use ports::Body;

pub(crate) use broken_stream::BrokenStream;
use error_body::{Data, error_body};
pub(crate) use refused_call::{REFUSAL, ToolCall};
pub(crate) use status::{modern_status, status_and_code};

/// A whole JSON answer.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::Full(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A JSON response whose body ends when the sender is dropped.
pub(crate) fn json_stream(pieces: futures::channel::mpsc::Receiver<Bytes>) -> Response<Body> {
    json(StatusCode::OK, Bytes::new()).map(|_| Body::Stream(pieces))
}

/// 202: the response to a notification or a response.
pub(crate) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// An event stream that ends when the sender is dropped.
pub(crate) fn event_stream(frames: futures::channel::mpsc::Receiver<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::Stream(frames));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold frames back (MCP, Streamable HTTP).
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The request that a failure answers, as far as it is known.
#[derive(Default)]
pub(crate) struct FailedRequest<'a> {
    /// Its id, if it could be read.
    pub(crate) id: Option<&'a RequestId>,
    /// The id of its audit event; `None` for a refusal that is only counted.
    pub(crate) event_id: Option<&'a str>,
    /// The URL of the metadata of its protected resource (RFC 9728).
    pub(crate) metadata_url: Option<String>,
    /// The scheme of its access token, or the one that the registry demands.
    pub(crate) scheme: Scheme,
    /// The call, of a tool that its caller may see.
    pub(crate) call: Option<ToolCall<'a>>,
}

/// The status and body of the response to a failure: the result of a call, or a JSON-RPC error.
pub(crate) fn response_parts(failure: &Failure, asked: &FailedRequest<'_>) -> (StatusCode, Bytes) {
    let server = asked.call.as_ref().and_then(|call| call.server);
    if let Some(id) = asked.id
        && let Some(body) = url_elicitation::response(failure, id, asked.event_id, server)
    {
        return (StatusCode::OK, body);
    }
    if let (Some(id), Some(call)) = (asked.id, &asked.call)
        && let Some(result) = refused_call::result(failure, call, asked.event_id)
    {
        return (StatusCode::OK, json_rpc::result_response(id, &result));
    }
    let (status, code) = status_and_code(failure);
    (status, error_body(failure, code, asked.id, asked.event_id))
}

/// The message and reason of a failure that ends a stream without a response.
pub(crate) fn note(failure: &Failure, event_id: &str) -> Option<RawJson> {
    let (code, message) = (Some(status_and_code(failure).1), Some(failure.to_string()));
    RawJson::from_serialize(&Data { code, message, ..Data::of(failure, Some(event_id)) }).ok()
}

/// The answer to a failure.
pub(crate) fn failure(failure: &Failure, asked: &FailedRequest<'_>) -> Response<Body> {
    let (status, body) = response_parts(failure, asked);
    let mut response = json(status, body);
    let headers = response.headers_mut();
    match failure {
        Failure::Refusal(Refusal::MethodNotAllowed { allow }) => {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        Failure::Refusal(refusal) => {
            let challenge = asked.metadata_url.as_deref().and_then(|url| challenge(refusal, url, asked.scheme));
            if let Some(challenge) = challenge {
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            if let Refusal::Binding { nonce: Some(nonce), .. } = refusal {
                headers.insert(NONCE_HEADER, nonce.clone());
            }
        }
        Failure::Fault(_) if status == StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        Failure::Fault(_) => {}
    }
    response
}

/// The challenge of a refusal (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). It names all scopes, or
/// those that the next token needs.
fn challenge(refusal: &Refusal, metadata_url: &str, scheme: Scheme) -> Option<HeaderValue> {
    let text = refusal.to_string();
    let (error, scope): (_, &[&str]) = match refusal {
        Refusal::Bearer(BearerTokenError::Missing) => (None, &oauth::scope::KNOWN),
        Refusal::Bearer(BearerTokenError::Repeated) => (Some(ChallengeError::InvalidRequest), &oauth::scope::KNOWN),
        Refusal::Bearer(BearerTokenError::Garbled)
        | Refusal::Token(_)
        | Refusal::NoLongerTrusted
        | Refusal::SignedOut(_) => (Some(ChallengeError::InvalidToken), &oauth::scope::KNOWN),
        Refusal::Binding { error, .. } => {
            let code = match error {
                BindingError::Proof(_) => ChallengeError::InvalidDpopProof,
                BindingError::Nonce => ChallengeError::UseDpopNonce,
                BindingError::BoundAsBearer | BindingError::UnboundAsDpop | BindingError::Demanded => {
                    ChallengeError::InvalidToken
                }
            };
            (Some(code), &oauth::scope::KNOWN)
        }
        Refusal::InsufficientScope { scope, .. } => (Some(ChallengeError::InsufficientScope), scope),
        _ => return None,
    };
    // A client that holds a bound token, or needs one, must learn of this scheme.
    let scheme = if matches!(refusal, Refusal::Binding { .. }) { Scheme::Dpop } else { scheme };
    let challenge = Challenge { scheme, resource_metadata: metadata_url, scope, error, description: Some(&text) };
    Some(challenge.header_value())
}

/// The answer to a request without an audit event of its own.
pub(crate) fn unrecorded(refused: &Failure, body: &[u8]) -> Response<Body> {
    let id = json_rpc::peek_id(body);
    failure(refused, &FailedRequest { id: id.as_ref(), ..FailedRequest::default() })
}

/// The answer when the call's background task ended without one: it panicked, or the host ended it.
pub(crate) fn abandoned(body: &[u8]) -> Response<Body> {
    let fault = Fault::Host { port: "Background", detail: String::new() };
    unrecorded(&fault.into(), body)
}

/// Lets the listed web origin read the answer (Fetch standard, CORS protocol).
pub(crate) fn allow_browser(response: &mut Response<Body>, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, Retry-After, Mcp-Session-Id"),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}
