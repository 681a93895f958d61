//! Form: a policy as bytes, as the publisher writes it into a record and the gateway reads it.
//!
//! ```text
//! policy      effect scope(principal) actions scope(resource) message condition
//! effect      0 permit, 1 forbid
//! scope       0 any · 1 is TYPE · 2 == ENTITY · 3 in ENTITY · 4 is TYPE in ENTITY
//! actions     0 any · 1 COUNT ENTITY…
//! message     0 none · 1 STRING
//! condition   0 none · 1 EXPRESSION
//! expression  one byte ([`code`]), then its operands
//! ENTITY      STRING STRING: type and id
//! STRING      its length in bytes, then UTF-8
//! COUNT       a number in LEB128; a `Long` is zigzag-encoded
//! ```
//!
//! The bytes have no version of their own: a record names the format of all its policies ([`FORMAT`]).

pub(crate) mod code;
mod error;
mod reader;
mod writer;

use crate::rule::Policy;

pub use error::{FormError, MAXIMUM_BYTES, MAXIMUM_DEPTH, MAXIMUM_EXPRESSIONS};

/// The format of the forms in a record. A gateway reads no other: raise it with every change of the bytes or of their
/// meaning.
pub const FORMAT: u32 = 1;

impl Policy {
    /// Reads a form.
    ///
    /// # Errors
    /// See [`FormError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        if bytes.len() > MAXIMUM_BYTES {
            return Err(FormError::TooLong);
        }
        reader::Reader::new(bytes).policy()
    }

    /// Writes the form, and makes sure that it can be read.
    ///
    /// # Errors
    /// The policy is beyond a bound.
    pub fn encode(&self) -> Result<Vec<u8>, FormError> {
        let mut writer = writer::Writer::default();
        writer.policy(self);
        let bytes = writer.into_bytes();
        Self::decode(&bytes).map(|_| bytes)
    }
}

#[cfg(test)]
mod tests;
