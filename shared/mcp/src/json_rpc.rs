//! JSON-RPC 2.0 as MCP 2026-07-28 uses it: one message per HTTP body, requests from client to server only.
//!
//! ```text
//! request       {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{…}}
//! notification  {"jsonrpc":"2.0","method":"notifications/progress","params":{…}}
//! result        {"jsonrpc":"2.0","id":7,"result":{…}}
//! error         {"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"…","data":…}}
//! ```
//!
//! [`parse`] reads what a client sends, [`parse_incoming`] what an origin sends. Both look one level down and leave `params`,
//! `result` and `error` as slices. Batches are refused, a member given twice is refused, members that JSON-RPC does not
//! know are ignored.

mod incoming;
mod long_message;
mod parse_error;
mod request_id;
mod write;

use bytes::Bytes;

use json::{Kind, Members, RawJson};

pub use incoming::{Incoming, Outcome, parse_incoming};
pub use long_message::{LAST_BRACE, LongMessage, LongMessageEnd, LongMessageError};
pub use parse_error::{ParseError, ParseFault};
pub use request_id::RequestId;
pub use write::{error_response, notification, request, result_response};

/// Most bytes of a request id as JSON text, quotes included.
pub const MAX_ID_BYTES: usize = 256;

/// Most bytes of a method name.
pub const MAX_METHOD_BYTES: usize = 128;

/// What a client may send.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Wants an answer.
    Request(Request),
    /// Wants none.
    Notification(Notification),
}

/// A call that wants an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Echoed in the answer.
    pub id: RequestId,
    /// 1 to [`MAX_METHOD_BYTES`] visible ASCII characters.
    pub method: String,
    /// `None` when absent.
    pub params: Option<Members>,
}

/// A message that wants no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// 1 to [`MAX_METHOD_BYTES`] visible ASCII characters.
    pub method: String,
    /// `None` when absent.
    pub params: Option<Members>,
}

/// Reads the one message of a client's POST.
///
/// # Errors
///
/// [`ParseError`]: its code is -32700 when the body is not JSON, else -32600.
pub fn parse(body: Bytes) -> Result<Message, ParseError> {
    let envelope = Envelope::parse(body)?;
    if envelope.answers() {
        return Err(envelope.refuse(ParseFault::Response));
    }
    envelope.into_message()
}

/// One JSON-RPC object, whichever of the four it is.
struct Envelope {
    members: Members,
    /// `None` when absent; a null id is told apart by `null_id`.
    id: Option<RequestId>,
    null_id: bool,
}

impl Envelope {
    fn parse(body: Bytes) -> Result<Self, ParseError> {
        let members = Members::parse(body.clone()).map_err(|error| ParseError::from_json(error, &body))?;
        // The version comes last among the faults of the envelope, so that its error can echo the id.
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

    /// Whether it has a member that only a response has.
    fn answers(&self) -> bool {
        self.members.get("result").is_some() || self.members.get("error").is_some()
    }

    fn refuse(self, fault: ParseFault) -> ParseError {
        ParseError::new(fault, self.id)
    }

    /// A request or a notification.
    fn into_message(self) -> Result<Message, ParseError> {
        if self.null_id {
            return Err(self.refuse(ParseFault::NullId));
        }
        let Some(method) = self.members.get("method").and_then(RawJson::string).map(std::borrow::Cow::into_owned)
        else {
            return Err(self.refuse(ParseFault::NoMethod));
        };
        // A method travels in a header too, so nothing but visible ASCII could ever agree with it.
        if method.is_empty() || method.len() > MAX_METHOD_BYTES || !method.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.refuse(ParseFault::BadMethod));
        }
        let params = match self.members.get("params") {
            None => None,
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
