//! What an origin sends: the response, notifications before it, and requests that MCP 2026-07-28 no longer allows.

use bytes::Bytes;

use super::{Envelope, Message, Notification, ParseError, ParseFault, Request, RequestId};
use json::{Kind, RawJson};

/// One message from an origin: a JSON body, or one event of its stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// The answer to a request.
    Response {
        /// `None` only in an error, when the origin could not read the id.
        id: Option<RequestId>,
        /// What came.
        outcome: Outcome,
    },
    /// Progress, a log line, a change.
    Notification(Notification),
    /// A request from server to client: legal up to 2025-11-25, forbidden in 2026-07-28.
    Request(Request),
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `result`, an object.
    Result(RawJson),
    /// `error`.
    Error {
        /// Any integer of 64 bits.
        code: i64,
        /// The origin's words; hostile until shown otherwise.
        message: String,
        /// The whole `error` object.
        raw: RawJson,
    },
}

/// Reads one message of an origin.
///
/// # Errors
///
/// [`ParseError`], whose code says nothing here: the fault is the origin's, not the client's.
pub fn parse_incoming(body: Bytes) -> Result<Incoming, ParseError> {
    let envelope = Envelope::parse(body)?;
    if !envelope.answers() {
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
            Outcome::Result(result.clone())
        }
        (None, Some(error)) => match error_outcome(error) {
            Some(outcome) => outcome,
            None => return Err(envelope.refuse(ParseFault::BadResponse)),
        },
        _ => return Err(envelope.refuse(ParseFault::BadResponse)),
    };
    Ok(Incoming::Response { id: envelope.id, outcome })
}

fn error_outcome(error: &RawJson) -> Option<Outcome> {
    let members = error.members().ok()?;
    let code = members.get("code")?.integer()?;
    let message = members.get("message")?.string()?.into_owned();
    Some(Outcome::Error { code, message, raw: error.clone() })
}
