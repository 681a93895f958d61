//! The params of a client's request, read as far as they say what is asked for; the rest stays as the client sent it.

use std::borrow::Cow;

use thiserror::Error;

use crate::error_code;
use json::{Kind, Members, RawJson};

/// Params that can't be read.
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

    /// -32602
    #[must_use]
    pub const fn code(&self) -> i64 {
        error_code::INVALID_PARAMS
    }

    /// Stable code for audit events.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

/// The arguments of a call or of a prompt, untouched; `None` when absent.
///
/// # Errors
///
/// [`ParamsError`] when they are no object.
pub fn arguments(params: Option<&Members>) -> Result<Option<&RawJson>, ParamsError> {
    match params.and_then(|params| params.get("arguments")) {
        Some(arguments) if arguments.kind() != Kind::Object => {
            Err(ParamsError::new("arguments", "an object", "arguments_not_an_object"))
        }
        arguments => Ok(arguments),
    }
}

/// A string of 1 to `most` bytes.
pub(crate) fn text<'a>(
    params: Option<&'a Members>,
    member: &'static str,
    most: usize,
    error: ParamsError,
) -> Result<Cow<'a, str>, ParamsError> {
    let value = params.and_then(|params| params.get(member)).and_then(RawJson::string);
    value.filter(|text| (1..=most).contains(&text.len())).ok_or(error)
}
