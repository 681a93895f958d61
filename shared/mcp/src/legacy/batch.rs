//! JSON-RPC batches (JSON-RPC 2.0 §6), in MCP 2025-03-26 only: `[{"jsonrpc":"2.0",…},…]`, answered with an array.

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;

use crate::error_code;
use json::{RawJson, RawJsonError};

/// The maximum number of messages in one batch.
pub const MAX_MESSAGES: usize = 50;

/// The reason for refusing a batch.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BatchError {
    /// The body is not JSON, or exceeds the limits of [`json`].
    #[error(transparent)]
    Json(#[from] RawJsonError),
    /// The array is empty.
    #[error("a batch must have at least one message")]
    Empty,
    /// The array has more than [`MAX_MESSAGES`] elements.
    #[error("a batch must have at most {MAX_MESSAGES} messages")]
    TooLong,
}

impl BatchError {
    /// Returns [`error_code::PARSE_ERROR`] or [`error_code::INVALID_REQUEST`].
    #[must_use]
    pub const fn code(&self) -> i64 {
        match self {
            Self::Json(_) => error_code::PARSE_ERROR,
            Self::Empty | Self::TooLong => error_code::INVALID_REQUEST,
        }
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(error) => error.reason(),
            Self::Empty => "batch_empty",
            Self::TooLong => "batch_too_long",
        }
    }
}

/// True if the first byte of a body, after white space, opens an array.
#[must_use]
pub fn is_batch(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'[')
}

/// Returns the elements of a batch, in order, each a slice of `body`. Does not check that each is a message.
///
/// # Errors
///
/// [`BatchError`] if the body is not a JSON array of 1 to [`MAX_MESSAGES`] elements.
pub fn split(body: Bytes) -> Result<Vec<Bytes>, BatchError> {
    let messages = RawJson::parse(body)?.elements()?;
    match messages.len() {
        0 => Err(BatchError::Empty),
        1..=MAX_MESSAGES => Ok(messages.into_iter().map(RawJson::into_bytes).collect()),
        _ => Err(BatchError::TooLong),
    }
}

/// Writes an array of these messages, each byte for byte.
#[must_use]
pub fn join(messages: &[Bytes]) -> Bytes {
    let mut out = BytesMut::with_capacity(2 + messages.iter().map(|message| message.len() + 1).sum::<usize>());
    for (at, message) in messages.iter().enumerate() {
        out.put_u8(if at == 0 { b'[' } else { b',' });
        out.put_slice(message);
    }
    if messages.is_empty() {
        out.put_u8(b'[');
    }
    out.put_u8(b']');
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_splits_and_joins_byte_for_byte() {
        let body = Bytes::from_static(b" [ {\"id\" : 1.50} ,7,\n[] ]");
        assert!(is_batch(&body));
        let messages = split(body).unwrap();
        assert_eq!(messages, [&b"{\"id\" : 1.50}"[..], b"7", b"[]"]);
        assert_eq!(join(&messages), &b"[{\"id\" : 1.50},7,[]]"[..]);
        assert_eq!(join(&[]), &b"[]"[..]);
    }

    #[test]
    fn malformed_batch_is_refused() {
        let many = |count: usize| Bytes::from(format!("[{}]", vec!["{}"; count].join(",")));
        assert_eq!(split(many(0)), Err(BatchError::Empty));
        assert_eq!(split(many(MAX_MESSAGES)).map(|messages| messages.len()), Ok(MAX_MESSAGES));
        assert_eq!(split(many(MAX_MESSAGES + 1)), Err(BatchError::TooLong));
        assert_eq!(split(Bytes::from_static(b"[{}")).unwrap_err().code(), -32700, "broken JSON is a parse error");
        assert!(!is_batch(b" {}") && !is_batch(b""));
    }
}
