//! Bounds of forms, and the reasons why one is refused.

/// Maximum length of a form, bytes: twice that of a policy's text.
pub const MAXIMUM_BYTES: usize = 64 << 10;

/// Maximum height of a condition. The evaluator recurses as deep.
pub const MAXIMUM_DEPTH: usize = 64;

/// Maximum number of expressions in a condition. A policy's text has three characters for each at least.
pub const MAXIMUM_EXPRESSIONS: usize = 16 << 10;

/// The reason why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// It is longer than [`MAXIMUM_BYTES`].
    #[error("the policy's form is longer than {MAXIMUM_BYTES} bytes")]
    TooLong,
    /// Its condition is higher than [`MAXIMUM_DEPTH`].
    #[error("the policy's condition is nested deeper than {MAXIMUM_DEPTH} levels")]
    TooDeep,
    /// Its condition has more than [`MAXIMUM_EXPRESSIONS`].
    #[error("the policy's condition has more than {MAXIMUM_EXPRESSIONS} expressions")]
    TooMany,
    /// It ends too early, goes on after its end, or has a byte that means nothing.
    #[error("the policy's form is malformed")]
    Malformed,
}
