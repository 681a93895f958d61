//! A request's id: a string or an integer, kept as the text that the sender wrote.

use super::{MAX_ID_BYTES, ParseFault};
use json::{Kind, RawJson};

/// A request's id; MCP forbids null and fractions.
///
/// An id beyond 53 or 64 bits keeps its digits. Two ids are equal when they are the same string or the same digits, so an
/// origin may echo a string with other escapes.
#[derive(Clone, Debug)]
pub struct RequestId(RawJson);

impl RequestId {
    /// Takes a JSON value as an id.
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
            // Half a surrogate pair is no string, and could not be compared with what comes back.
            Kind::String => raw.string().is_some(),
            Kind::Number => !raw.as_bytes().iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')),
            _ => false,
        };
        if allowed { Ok(Self(raw)) } else { Err(ParseFault::BadId) }
    }

    /// An integer id of our own.
    #[must_use]
    pub fn from_integer(id: i64) -> Self {
        Self(RawJson::from_integer(id))
    }

    /// The id as the sender wrote it.
    #[must_use]
    pub fn as_raw(&self) -> &RawJson {
        &self.0
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        // The same text is the usual case; strings may differ in escapes only; a string never equals a number.
        self.0 == other.0 || self.0.string().is_some_and(|text| other.0.string() == Some(text))
    }
}

impl Eq for RequestId {}
