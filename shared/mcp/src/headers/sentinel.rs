//! The encoding `=?base64?…?=` of values that a header can't hold (SEP-2243).
//!
//! ```text
//! documents_search            unchanged
//! =?base64?w6QgYg==?=         `ä b`: not ASCII
//! =?base64?PT9iYXNlNjQ/Pz0=?= `=?base64??=`: has the form of a sentinel itself
//! ```
//!
//! The markers are lower case and exact; the Base64 (RFC 4648 §4) is strict in padding, alphabet and unused bits. A
//! value with only one of the markers is a literal.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use thiserror::Error;

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// The text between the markers is not strict Base64 of UTF-8.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the value between `=?base64?` and `?=` is not Base64 of UTF-8")]
pub struct SentinelError;

/// Decodes a header value. Trim the white space around the value first.
///
/// # Errors
///
/// [`SentinelError`] if the value has both markers and no strict Base64 of UTF-8 between them.
pub fn decode(value: &str) -> Result<Cow<'_, str>, SentinelError> {
    match inside(value) {
        None => Ok(Cow::Borrowed(value)),
        Some(encoded) => {
            let bytes = STANDARD.decode(encoded).map_err(|_| SentinelError)?;
            String::from_utf8(bytes).map(Cow::Owned).map_err(|_| SentinelError)
        }
    }
}

/// Encodes a text as a header value: unchanged if a header can hold it, else between the markers.
#[must_use]
pub fn encode(text: &str) -> HeaderValue {
    let plain = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && inside(text).is_none();
    let encoded = if plain { text.to_owned() } else { format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(text)) };
    // Both forms are visible ASCII with inner spaces at most, which `HeaderValue` accepts; an empty value fails every
    // comparison.
    HeaderValue::try_from(encoded).unwrap_or(HeaderValue::from_static(""))
}

fn inside(value: &str) -> Option<&str> {
    value.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)
}
