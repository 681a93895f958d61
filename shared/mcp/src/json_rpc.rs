//! JSON-RPC 2.0 as MCP uses it: one message per HTTP body; since 2026-07-28, requests from client to server only.
//!
//! ```text
//! request       {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{…}}
//! notification  {"jsonrpc":"2.0","method":"notifications/progress","params":{…}}
//! result        {"jsonrpc":"2.0","id":7,"result":{…}}
//! error         {"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"…","data":…}}
//! ```
//!
//! [`parse`] reads messages of clients, [`parse_incoming`] messages of origins. Both read the top level only and leave
//! `params`, `result` and `error` as slices. They refuse batches, which [`crate::legacy::batch`] splits, and repeated
//! members; they ignore members that JSON-RPC does not define.

mod incoming;
mod long_message;
mod parse_error;
mod peek;
mod request_id;
mod write;

use bytes::Bytes;

use json::{Kind, Members, RawJson};

pub use incoming::{Incoming, ResponseContent, parse_incoming};
pub use long_message::{LAST_BRACE, LongMessage, LongMessageEnd, LongMessageError};
pub use parse_error::{ParseError, ParseFault};
pub use peek::{PEEK_BYTES, peek_id};
pub use request_id::RequestId;
pub use write::{error_response, notification, replace, request, result_response};

/// The maximum length of a request id as JSON text, quotes included, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// The maximum length of a method name, in bytes.
pub const MAX_METHOD_BYTES: usize = 128;

/// The optional members of the params of requests that Weir or origins read; `null` counts as their absence.
const OPTIONAL_PARAMS: [&str; 7] =
    ["_meta", "arguments", "context", "cursor", "inputResponses", "requestState", "task"];

/// A message that a client may send.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A message with an id, answered with a response.
    Request(Request),
    /// A message without an id, never answered.
    Notification(Notification),
}

/// A JSON-RPC request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `id`, echoed in the response.
    pub id: RequestId,
    /// `method`: 1 to [`MAX_METHOD_BYTES`] visible ASCII characters.
    pub method: String,
    /// `params`, an object; `None` if absent or `null`.
    pub params: Option<Members>,
}

/// A JSON-RPC notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// `method`: 1 to [`MAX_METHOD_BYTES`] visible ASCII characters.
    pub method: String,
    /// `params`, an object; `None` if absent.
    pub params: Option<Members>,
}

/// Reads the one message of a client's POST. An optional member of its params that is `null` counts as absent: some
/// clients write out what they leave away.
///
/// # Errors
///
/// [`ParseError`], with code -32700 if the body is not JSON, else -32600.
pub fn parse(body: Bytes) -> Result<Message, ParseError> {
    let envelope = Envelope::parse(body)?;
    if envelope.is_response() {
        return Err(envelope.refuse(ParseFault::Response));
    }
    let mut message = envelope.into_message()?;
    if let Message::Request(Request { params: Some(params), .. }) = &mut message {
        params.remove_nulls(&OPTIONAL_PARAMS);
    }
    Ok(message)
}

/// One JSON-RPC object of any of the four kinds, with its version and id checked.
struct Envelope {
    members: Members,
    /// `None` if absent or null; `null_id` tells them apart.
    id: Option<RequestId>,
    null_id: bool,
}

impl Envelope {
    fn parse(body: Bytes) -> Result<Self, ParseError> {
        let members = Members::parse(body.clone()).map_err(|error| ParseError::from_json(error, &body))?;
        // The version is checked last, so that its error can echo the id.
        let (id, null_id) = match members.get("id") {
            None => (None, false),
            Some(raw) if raw.kind() == Kind::Null => (None, true),
            Some(raw) => (Some(RequestId::parse(raw.clone())?), false),
        };
        let envelope = Self { members, id, null_id };
        match envelope.members.get("jsonrpc").and_then(RawJson::string).as_deref() {
            Some("2.0") => Ok(envelope),
            _ => Err(envelope.refuse(ParseFault::NotVersion2)),
        }
    }

    /// True if it has `result` or `error`, as only a response has.
    fn is_response(&self) -> bool {
        self.members.get("result").is_some() || self.members.get("error").is_some()
    }

    fn refuse(self, fault: ParseFault) -> ParseError {
        ParseError::new(fault, self.id)
    }

    /// Returns the request or notification.
    fn into_message(self) -> Result<Message, ParseError> {
        if self.null_id {
            return Err(self.refuse(ParseFault::NullId));
        }
        let Some(method) = self.members.get("method").and_then(RawJson::string).map(std::borrow::Cow::into_owned)
        else {
            return Err(self.refuse(ParseFault::NoMethod));
        };
        // The header `Mcp-Method` mirrors the method, and can hold visible ASCII only.
        if method.is_empty() || method.len() > MAX_METHOD_BYTES || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.refuse(ParseFault::BadMethod));
        }
        let params = match self.members.get("params") {
            None => None,
            Some(raw) if raw.kind() == Kind::Null => None,
            Some(raw) if raw.kind() != Kind::Object => {
                return Err(self.refuse(ParseFault::ParamsNotAnObject));
            }
            Some(raw) => match raw.members() {
                Ok(params) => Some(params),
                Err(error) => return Err(self.refuse(ParseFault::Params(error))),
            },
        };
        Ok(match self.id {
            Some(id) => Message::Request(Request { id, method, params }),
            None => Message::Notification(Notification { method, params }),
        })
    }
}

#[cfg(test)]
mod tests;
