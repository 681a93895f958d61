//! The members of a request's params that several methods share; all other members stay as the client sent them.

use std::borrow::Cow;

use thiserror::Error;

use crate::error_code;
use json::{Kind, Members, RawJson};

/// A member of the params is missing or malformed (-32602).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("`params.{member}` is not {expected}")]
pub struct ParamsError {
    member: &'static str,
    expected: &'static str,
    reason: &'static str,
}

impl ParamsError {
    pub(crate) const fn new(member: &'static str, expected: &'static str, reason: &'static str) -> Self {
        Self { member, expected, reason }
    }

    /// Returns -32602, [`error_code::INVALID_PARAMS`].
    #[must_use]
    pub const fn code(&self) -> i64 {
        error_code::INVALID_PARAMS
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

/// Returns `arguments` of `tools/call` or `prompts/get`, unchanged; `None` if absent.
///
/// # Errors
///
/// [`ParamsError`] if they are not an object.
pub fn arguments(params: Option<&Members>) -> Result<Option<&RawJson>, ParamsError> {
    match params.and_then(|params| params.get("arguments")) {
        Some(arguments) if arguments.kind() != Kind::Object => {
            Err(ParamsError::new("arguments", "an object", "arguments_not_an_object"))
        }
        arguments => Ok(arguments),
    }
}

/// Returns a member that is a string of 1 to `max_bytes` bytes, else `error`.
pub(crate) fn text<'a>(
    params: Option<&'a Members>,
    member: &'static str,
    max_bytes: usize,
    error: ParamsError,
) -> Result<Cow<'a, str>, ParamsError> {
    let value = params.and_then(|params| params.get(member)).and_then(RawJson::string);
    value.filter(|text| (1..=max_bytes).contains(&text.len())).ok_or(error)
}
