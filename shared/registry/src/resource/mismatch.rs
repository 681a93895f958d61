//! Mismatch: the reason why a pattern doesn't match a URI or the URIs of a template.

use std::fmt;

/// The reason why a pattern doesn't match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The text doesn't begin with the pattern's prefix.
    Other,
    /// A character that needs an encoding, or an encoding that isn't needed, isn't in capitals, or hides a delimiter.
    Encoding,
    /// An empty query.
    Query,
    /// A host that the pattern leaves open, with capitals, an encoding, a user or a port, or without a path behind it.
    Host,
    /// A segment `.` or `..`, or an empty one.
    Segment,
    /// A URI template that can't be expanded.
    Template,
}

/// Follows *has*.
impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Other => "another beginning",
            Self::Encoding => "a character or an encoding with a second spelling",
            Self::Query => "an empty query",
            Self::Host => "a host with capitals, an encoding, a user or a port, or a query right behind the host",
            Self::Segment => "a segment `.` or `..`, or an empty one",
            Self::Template => "an expression that can't be expanded",
        })
    }
}
