//! Messages of an origin: the response, notifications before it, and requests, which MCP 2026-07-28 no longer allows.

use bytes::Bytes;

use super::{Envelope, Message, Notification, ParseError, ParseFault, Request, RequestId};
use json::{Kind, RawJson};

/// One message of an origin: a JSON body, or the data of one event of its stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A response to a request.
    Response {
        /// `id`; `None` only in an error, if the origin could not read the request's id.
        id: Option<RequestId>,
        /// `result` or `error`.
        outcome: ResponseContent,
    },
    /// A notification: progress, a log message, a change.
    Notification(Notification),
    /// A request from server to client: allowed up to 2025-11-25, forbidden since 2026-07-28.
    Request(Request),
}

/// The content of a response.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseContent {
    /// `result`, an object.
    Result(RawJson),
    /// `error`, an object.
    Error {
        /// `code`: any integer of 64 bits.
        code: i64,
        /// `message`: text of the origin, not trusted.
        message: String,
        /// The whole `error` object.
        raw: RawJson,
    },
}

/// Reads one message of an origin.
///
/// # Errors
///
/// [`ParseError`]; ignore its code, since the fault is the origin's, not the client's.
pub fn parse_incoming(body: Bytes) -> Result<Incoming, ParseError> {
    let envelope = Envelope::parse(body)?;
    if !envelope.is_response() {
        return Ok(match envelope.into_message()? {
            Message::Request(request) => Incoming::Request(request),
            Message::Notification(notification) => Incoming::Notification(notification),
        });
    }
    if envelope.members.get("method").is_some() {
        return Err(envelope.refuse(ParseFault::BadResponse));
    }
    let outcome = match (envelope.members.get("result"), envelope.members.get("error")) {
        (Some(result), None) if result.kind() == Kind::Object && envelope.id.is_some() => {
            ResponseContent::Result(result.clone())
        }
        (None, Some(error)) => match error_outcome(error) {
            Some(outcome) => outcome,
            None => return Err(envelope.refuse(ParseFault::BadResponse)),
        },
        _ => return Err(envelope.refuse(ParseFault::BadResponse)),
    };
    Ok(Incoming::Response { id: envelope.id, outcome })
}

fn error_outcome(error: &RawJson) -> Option<ResponseContent> {
    let members = error.members().ok()?;
    let code = members.get("code")?.integer()?;
    let message = members.get("message")?.string()?.into_owned();
    Some(ResponseContent::Error { code, message, raw: error.clone() })
}
