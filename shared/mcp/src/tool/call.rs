//! The params of `tools/call`, for us and for the origin, and what can be said of its result without keeping content.

use std::borrow::Cow;

use thiserror::Error;

use super::MAX_NAME_BYTES;
use crate::error_code;
use crate::meta::META;
use crate::raw_json::{Kind, Members, RawJson, RawJsonError, Scanner, decode_string};

/// Params of `tools/call` that can't be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CallError {
    /// No `name`, or one that is not a string of 1 to [`MAX_NAME_BYTES`] bytes.
    #[error("`params.name` is not a string of 1 to {MAX_NAME_BYTES} bytes")]
    Name,
    /// `arguments` is there and not an object.
    #[error("`params.arguments` is not an object")]
    Arguments,
}

impl CallError {
    /// -32602
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::INVALID_PARAMS
    }

    /// Stable code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Name => "tool_name_malformed",
            Self::Arguments => "arguments_not_an_object",
        }
    }
}

/// The tool that a call names.
///
/// # Errors
///
/// [`CallError::Name`]
pub fn call_name(params: Option<&Members>) -> Result<Cow<'_, str>, CallError> {
    params
        .and_then(|params| params.get("name"))
        .and_then(RawJson::string)
        .filter(|name| (1..=MAX_NAME_BYTES).contains(&name.len()))
        .ok_or(CallError::Name)
}

/// The arguments of a call, untouched; `None` when absent.
///
/// # Errors
///
/// [`CallError::Arguments`]
pub fn call_arguments(params: Option<&Members>) -> Result<Option<&RawJson>, CallError> {
    match params.and_then(|params| params.get("arguments")) {
        Some(arguments) if arguments.kind() != Kind::Object => Err(CallError::Arguments),
        arguments => Ok(arguments),
    }
}

/// The params for the origin: its own name of the tool and a `_meta` of ours, all else as the client sent it.
#[must_use]
pub fn with_call(params: &Members, origin_tool_name: &str, meta: &Members) -> Members {
    let mut params = params.clone();
    params.set("name", RawJson::from_string(origin_tool_name));
    params.set(META, meta.to_raw());
    params
}

/// What kind of answer a result is (MCP 2026-07-28, base protocol).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultType {
    /// `complete`, or no `resultType`, as older servers answer.
    Complete,
    /// `input_required`: the client is asked for something and calls again.
    InputRequired,
    /// `task`, of the tasks extension.
    Task,
    /// A value that nobody negotiated: clients treat the result as invalid.
    Unknown,
}

impl ResultType {
    /// The value on the wire; `unknown` stands for every other.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::InputRequired => "input_required",
            Self::Task => "task",
            Self::Unknown => "unknown",
        }
    }
}

/// A result of `tools/call` without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSummary {
    /// What kind of answer it is.
    pub result_type: ResultType,
    /// The tool says that it failed. Absent or not a boolean counts as `false`, as clients take it.
    pub is_error: bool,
}

/// Reads `resultType` and `isError`, in one walk that keeps nothing else.
///
/// # Errors
///
/// [`RawJsonError::NotAnObject`], or [`RawJsonError::DuplicateMember`] when one of the two is there twice: the client could
/// read the other one.
pub fn call_summary(result: &RawJson) -> Result<CallSummary, RawJsonError> {
    if result.kind() != Kind::Object {
        return Err(RawJsonError::NotAnObject);
    }
    let mut result_type = None;
    let mut is_error = None;
    Scanner::new(result.as_str()).object(|scanner, name| {
        let value = scanner.value()?;
        let slot = match decode_string(name).as_deref() {
            Some("resultType") => &mut result_type,
            Some("isError") => &mut is_error,
            _ => return Ok(()),
        };
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(RawJsonError::DuplicateMember),
        }
    })?;
    let result_type = match result_type {
        None => ResultType::Complete,
        Some(value) => match decode_string(value).as_deref() {
            Some("complete") => ResultType::Complete,
            Some("input_required") => ResultType::InputRequired,
            Some("task") => ResultType::Task,
            _ => ResultType::Unknown,
        },
    };
    Ok(CallSummary { result_type, is_error: is_error == Some("true") })
}
