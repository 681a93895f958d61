//! JSON text that passes through: validated once, then cut into slices of the same buffer, never re-encoded.
//!
//! ```text
//!  {"name":"documents_search","arguments":{"query":"leave"},"_meta":{…}}      one buffer
//!          └── RawJson ─────┘             └── RawJson ────┘         └ RawJson
//! ```
//!
//! A [`RawJson`] is one JSON value (RFC 8259) without the white space around it: valid UTF-8, valid grammar, and as it
//! was parsed nested at most [`MAX_DEPTH`] levels. Numbers keep their digits. [`RawJson::members`] and
//! [`RawJson::elements`] look one level down; they return slices of the same buffer.

mod incremental;
mod members;
mod path;
mod scan;
mod write;

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Serialize;
use thiserror::Error;

pub use incremental::{Incremental, IncrementalString, IncrementalUtf8, Step};
pub use members::Members;
pub use members::has_duplicate;
pub use scan::{ScanError, Scanner, decode_string};
pub use write::{write_member, write_string};

/// The most nested objects and arrays in one JSON text.
pub const MAX_DEPTH: u32 = 64;

/// The most members of an object that Weir interprets (a message, its params, `_meta`).
pub const MAX_MEMBERS: usize = 1024;

/// The most elements of an array that Weir interprets: many 2-byte elements must not become gigabytes in memory.
pub const MAX_ELEMENTS: usize = 16_384;

/// The reason why a JSON text is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RawJsonError {
    /// The bytes are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
    /// The text breaks the grammar of RFC 8259 at this byte (counted from 0).
    #[error("the text is not JSON at byte `{at}`")]
    Malformed {
        /// Offset in bytes from the start of the text.
        at: usize,
    },
    /// More than [`MAX_DEPTH`] levels.
    #[error("the JSON is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// An object was expected.
    #[error("the JSON value is not an object")]
    NotAnObject,
    /// An array was expected.
    #[error("the JSON value is not an array")]
    NotAnArray,
    /// An interpreted object has two members of one name, so two readers could see two different values.
    #[error("the object has a member twice")]
    DuplicateMember,
    /// More than [`MAX_MEMBERS`].
    #[error("the object has more than {MAX_MEMBERS} members")]
    TooManyMembers,
    /// More than [`MAX_ELEMENTS`].
    #[error("the array has more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    /// A member's name has an unpaired surrogate, which no Unicode string has.
    #[error("the name of a member is not a string of Unicode characters")]
    InvalidName,
    /// A value of Weir's own has no JSON form.
    #[error("the value has no JSON form")]
    Unserializable,
}

impl RawJsonError {
    /// Stable code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "json_not_utf8",
            Self::Malformed { .. } => "json_malformed",
            Self::TooDeep => "json_too_deep",
            Self::NotAnObject => "json_not_an_object",
            Self::NotAnArray => "json_not_an_array",
            Self::DuplicateMember => "json_duplicate_member",
            Self::TooManyMembers => "json_too_many_members",
            Self::TooManyElements => "json_too_many_elements",
            Self::InvalidName => "json_invalid_name",
            Self::Unserializable => "json_unserializable",
        }
    }
}

impl From<ScanError> for RawJsonError {
    fn from(fault: ScanError) -> Self {
        match fault {
            ScanError::Malformed { at } => Self::Malformed { at },
            ScanError::TooDeep => Self::TooDeep,
        }
    }
}

/// The kind of a JSON value, known from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// `-1.5e3`
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

/// One valid JSON value as text; cloning and cutting share the buffer.
///
/// Equality is equality of the text, not of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson(ByteString);

impl RawJson {
    /// Validates one JSON text in one pass, without recursion.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::NotUtf8`], [`RawJsonError::Malformed`] or [`RawJsonError::TooDeep`].
    pub fn parse(text: Bytes) -> Result<Self, RawJsonError> {
        let text = ByteString::try_from(text).map_err(|_| RawJsonError::NotUtf8)?;
        let mut scanner = Scanner::new(&text);
        let value = scanner.value()?;
        scanner.finish()?;
        Ok(Self(text.slice_ref(value)))
    }

    /// Writes a value of Weir's own as JSON.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::Unserializable`] for a map whose keys are not strings, [`RawJsonError::TooDeep`].
    pub fn from_serialize(value: &impl Serialize) -> Result<Self, RawJsonError> {
        let text = serde_json::to_vec(value).map_err(|_| RawJsonError::Unserializable)?;
        Self::parse(Bytes::from(text))
    }

    /// A JSON string, escaped.
    #[must_use]
    pub fn from_string(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 2);
        write_string(&mut out, text);
        Self(out.into())
    }

    /// A JSON integer.
    #[must_use]
    pub fn from_integer(value: i64) -> Self {
        Self(value.to_string().into())
    }

    /// `true` or `false`
    #[must_use]
    pub const fn from_boolean(value: bool) -> Self {
        Self(ByteString::from_static(if value { "true" } else { "false" }))
    }

    /// A JSON array of strings, escaped.
    #[must_use]
    pub fn from_strings(texts: &[String]) -> Self {
        let mut out = String::from("[");
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_string(&mut out, text);
        }
        out.push(']');
        Self(out.into())
    }

    /// `{}`
    #[must_use]
    pub const fn empty_object() -> Self {
        Self(ByteString::from_static("{}"))
    }

    /// The JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text's UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text's UTF-8, sharing the buffer.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0.into_bytes()
    }

    /// The kind of the value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The decoded text of a JSON string, borrowed unless it has escapes.
    ///
    /// `None` for another kind of value, and for a string with an unpaired surrogate.
    #[must_use]
    pub fn string(&self) -> Option<Cow<'_, str>> {
        decode_string(self.as_str())
    }

    /// The value of a JSON boolean; `None` for another kind of value.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The value of a JSON integer in 64 bits; `None` for another kind, a fraction, an exponent or a bigger number.
    #[must_use]
    pub fn integer(&self) -> Option<i64> {
        // Rust's parser would also accept a leading `+`, but that is no JSON.
        self.as_str().parse().ok()
    }

    /// The members of an object, one level down, in order, each value a slice of this text.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::NotAnObject`], [`RawJsonError::DuplicateMember`] (names compared after decoding),
    /// [`RawJsonError::TooManyMembers`], [`RawJsonError::InvalidName`].
    pub fn members(&self) -> Result<Members, RawJsonError> {
        match self.kind() {
            Kind::Object => Members::split(&self.0),
            _ => Err(RawJsonError::NotAnObject),
        }
    }

    /// The elements of an array, one level down, in order, each a slice of this text.
    ///
    /// # Errors
    ///
    /// [`RawJsonError::NotAnArray`], [`RawJsonError::TooManyElements`].
    pub fn elements(&self) -> Result<Vec<RawJson>, RawJsonError> {
        if self.kind() != Kind::Array {
            return Err(RawJsonError::NotAnArray);
        }
        let mut elements = Vec::new();
        Scanner::new(self.as_str()).array(|scanner| {
            if elements.len() == MAX_ELEMENTS {
                return Err(RawJsonError::TooManyElements);
            }
            elements.push(self.cut(scanner.value()?));
            Ok(())
        })?;
        Ok(elements)
    }

    /// A value inside this one, as its own `RawJson`. `part` is what [`Scanner::value`] returned over this text.
    pub fn cut(&self, part: &str) -> Self {
        Self(self.0.slice_ref(part))
    }

    /// Wraps JSON text that was written from valid parts; checked in debug builds only.
    pub fn written(text: String) -> Self {
        debug_assert!(
            serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(),
            "text that this crate writes should be JSON: {text}"
        );
        Self(text.into())
    }
}

#[cfg(test)]
mod tests;
