//! A secret: a value that can't be printed.

use std::fmt;

/// A value that can't be printed, compared or serialized. [`Secret::expose`] is the only way to read it, and easy to
/// search for.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret with this value.
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself. Every use of this is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
