//! The reasons for refusing a body as a JSON-RPC message.

use thiserror::Error;

use super::{MAX_ID_BYTES, MAX_METHOD_BYTES, RequestId};
use crate::error_code;
use json::RawJsonError;

/// The error for a refused body, with the request's id if it could be read.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{fault}")]
pub struct ParseError {
    fault: ParseFault,
    id: Option<RequestId>,
}

/// The rule that a body breaks.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ParseFault {
    /// The body is not JSON, or exceeds the limits of [`json`].
    #[error(transparent)]
    Json(RawJsonError),
    /// An array: only MCP 2025-03-26 has batches (JSON-RPC 2.0 §6).
    #[error("a batch is not allowed here: send each message in its own request")]
    Batch,
    /// Neither an object nor an array, or an object with a repeated member or too many members.
    #[error("the body is not one JSON-RPC message: {0}")]
    NotAMessage(RawJsonError),
    /// `jsonrpc` is not `"2.0"`.
    #[error("`jsonrpc` is not `2.0`")]
    NotVersion2,
    /// The id is `null`, which MCP forbids.
    #[error("`id` is null")]
    NullId,
    /// The id is neither a string nor an integer.
    #[error("`id` is neither a string of Unicode characters nor an integer")]
    BadId,
    /// The id is longer than [`MAX_ID_BYTES`].
    #[error("`id` is longer than {MAX_ID_BYTES} bytes")]
    LongId,
    /// `method` is missing or not a string.
    #[error("`method` is missing or not a string of Unicode characters")]
    NoMethod,
    /// `method` is empty, longer than [`MAX_METHOD_BYTES`] or not visible ASCII.
    #[error("`method` is not 1 to {MAX_METHOD_BYTES} visible ASCII characters")]
    BadMethod,
    /// `params` is not an object.
    #[error("`params` is not an object")]
    ParamsNotAnObject,
    /// `params` has a repeated member or too many members.
    #[error("`params` can't be read: {0}")]
    Params(RawJsonError),
    /// The client sent a response, or a message that is both request and response.
    #[error("a response is not allowed here")]
    Response,
    /// An origin's response has both or neither of `result` and `error`, a result that is not an object, an error
    /// without `code` or `message`, or a result without an id.
    #[error("the response is not a JSON-RPC result or error")]
    BadResponse,
}

impl ParseError {
    pub(super) fn new(fault: ParseFault, id: Option<RequestId>) -> Self {
        Self { fault, id }
    }

    pub(super) fn from_json(error: RawJsonError, body: &[u8]) -> Self {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let fault = match error {
            RawJsonError::NotUtf8 | RawJsonError::Malformed { .. } | RawJsonError::TooDeep => ParseFault::Json(error),
            RawJsonError::NotAnObject if first == Some(&b'[') => ParseFault::Batch,
            _ => ParseFault::NotAMessage(error),
        };
        Self { fault, id: None }
    }

    /// Returns the rule that the body breaks.
    #[must_use]
    pub fn fault(&self) -> &ParseFault {
        &self.fault
    }

    /// Returns the id for the error response; `None` if it could not be read.
    #[must_use]
    pub fn id(&self) -> Option<&RequestId> {
        self.id.as_ref()
    }

    /// Returns [`error_code::PARSE_ERROR`] or [`error_code::INVALID_REQUEST`].
    #[must_use]
    pub fn code(&self) -> i64 {
        match self.fault {
            ParseFault::Json(_) => error_code::PARSE_ERROR,
            _ => error_code::INVALID_REQUEST,
        }
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match &self.fault {
            ParseFault::Json(error) | ParseFault::NotAMessage(error) => error.reason(),
            ParseFault::Batch => "batch",
            ParseFault::NotVersion2 => "not_json_rpc_2",
            ParseFault::NullId => "id_null",
            ParseFault::BadId => "id_not_a_string_or_integer",
            ParseFault::LongId => "id_too_long",
            ParseFault::NoMethod => "method_missing",
            ParseFault::BadMethod => "method_malformed",
            ParseFault::ParamsNotAnObject => "params_not_an_object",
            ParseFault::Params(_) => "params_malformed",
            ParseFault::Response => "response_not_allowed",
            ParseFault::BadResponse => "response_malformed",
        }
    }
}

impl From<ParseFault> for ParseError {
    fn from(fault: ParseFault) -> Self {
        Self { fault, id: None }
    }
}
