//! The argument that doesn't fit its declaration, and why, in words with which a model can correct its call.

use std::fmt;

use crate::ArgumentType;

/// One argument that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    name: String,
    why: Misfit,
}

/// The rule that the argument breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It is required and absent, or `null`.
    Missing,
    /// Another member has its name in another case: many origins ignore the case of names.
    LooksAlike(String),
    /// Its value is of another type, or a number that the type can't hold.
    Type { is: &'static str, declared: ArgumentType },
}

impl Unfit {
    pub(super) fn new(name: &str, why: Misfit) -> Self {
        Self { name: name.to_owned(), why }
    }

    /// `value` is one well-formed JSON value.
    pub(super) fn of_type(name: &str, value: &str, declared: ArgumentType) -> Self {
        let is = match value.as_bytes().first() {
            Some(b'"') => "a string",
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b't' | b'f') => "a boolean",
            _ => "a number",
        };
        Self::new(name, Misfit::Type { is, declared })
    }

    /// Its declared name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match &self.why {
            Misfit::Missing => write!(formatter, "`{name}` is missing"),
            Misfit::LooksAlike(other) => write!(formatter, "`{other}` must be written `{name}`, once"),
            Misfit::Type { is, declared } => {
                write!(formatter, "`{name}` is {is} and must be {}", expected(*declared))
            }
        }
    }
}

const fn expected(declared: ArgumentType) -> &'static str {
    match declared {
        ArgumentType::String => "a string",
        ArgumentType::Long => "an integer of 64 bits",
        ArgumentType::Boolean => "`true` or `false`",
        ArgumentType::Decimal => "a number without exponent and with at most four digits after the point",
        ArgumentType::StringSet => "an array of strings",
        ArgumentType::LongSet => "an array of integers of 64 bits",
    }
}
