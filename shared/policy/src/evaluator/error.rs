//! Reasons why an expression has no value.

/// The reason why an expression has no value. A rule with such a condition refuses the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// An operand is of a type that its operator doesn't take.
    #[error("an operand is of the wrong type")]
    Type,
    /// A sum, difference, product, negation, instant or duration is beyond 64 bits.
    #[error("a number is beyond 64 bits")]
    Overflow,
    /// An attribute of an entity that isn't known is read.
    #[error("the entity doesn't exist")]
    NoSuchEntity,
    /// The record or entity doesn't have the attribute.
    #[error("the attribute doesn't exist")]
    NoSuchAttribute,
    /// A tag is read; no entity has one.
    #[error("the tag doesn't exist")]
    NoSuchTag,
    /// The text of `ip`, `decimal`, `datetime` or `duration` is none of its type.
    #[error("the text of an extension function is not of its type")]
    Text,
}

/// The result of an evaluation.
pub type Result<T> = std::result::Result<T, EvaluationError>;
