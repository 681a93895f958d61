//! A secret: a value that can't be printed.

use std::fmt;

/// A value that can't be printed, compared or serialized; [`Secret::expose`] is the one way to it, easy to search for.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the value in.
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
