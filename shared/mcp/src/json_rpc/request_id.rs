//! A request's id: a string or an integer, kept as the sender's JSON text.

use super::{MAX_ID_BYTES, ParseFault};
use json::{Kind, RawJson};

/// A request's id; MCP forbids null and fractions.
///
/// An integer above 53 or 64 bits keeps its digits. Two ids are equal if they are the same string, whatever its
/// escapes, or the same digits.
#[derive(Clone, Debug)]
pub struct RequestId(RawJson);

impl RequestId {
    /// Reads a JSON value as an id.
    ///
    /// # Errors
    ///
    /// [`ParseFault::NullId`], [`ParseFault::BadId`], [`ParseFault::LongId`].
    pub fn parse(raw: RawJson) -> Result<Self, ParseFault> {
        if raw.as_str().len() > MAX_ID_BYTES {
            return Err(ParseFault::LongId);
        }
        let allowed = match raw.kind() {
            Kind::Null => return Err(ParseFault::NullId),
            // A string with half a surrogate pair can't be decoded, and so not compared with the id of the response.
            Kind::String => raw.string().is_some(),
            Kind::Number => !raw.as_bytes().iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')),
            _ => false,
        };
        if allowed { Ok(Self(raw)) } else { Err(ParseFault::BadId) }
    }

    /// Makes the id of a request of Weir's own; `text` has at most 64 characters.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(RawJson::from_string(text))
    }

    /// Makes an integer id.
    #[must_use]
    pub fn from_integer(id: i64) -> Self {
        Self(RawJson::from_integer(id))
    }

    /// Returns the id as the sender wrote it.
    #[must_use]
    pub fn as_raw(&self) -> &RawJson {
        &self.0
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        // Most equal ids have the same text; strings may differ in escapes; a string never equals a number.
        self.0 == other.0 || self.0.string().is_some_and(|text| other.0.string() == Some(text))
    }
}

impl Eq for RequestId {}
