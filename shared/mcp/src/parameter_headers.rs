//! `Mcp-Param-*`: headers that mirror annotated arguments of a tool (SEP-2243), for routing by intermediaries.
//!
//! ```text
//! inputSchema   {"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"query":{"type":"string"}}}
//! arguments     {"region":"eu","query":"leave"}
//! header        Mcp-Param-Region: eu
//! ```
//!
//! An argument has no header if it is absent, null, an object, an array, or an integer outside ±(2^53−1); the server
//! enforces the schema. Every other annotated argument has exactly one header with the same value.

mod mirrored;
mod schema;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName};
use thiserror::Error;

use crate::headers::{HeaderMismatch, decode, encode, one};
use json::{Kind, RawJson, RawJsonError};

pub use mirrored::mirrored;

/// The maximum number of annotated arguments of one tool.
pub const MAX_PARAMETERS: usize = 64;

/// The maximum length of the name in an annotation, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// The largest integer that an annotated argument may have (SEP-2243): 2^53−1, exact in every JSON reader.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// The rule of SEP-2243 that an `x-mcp-header` breaks; it makes the whole definition of the tool invalid.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum InvalidAnnotation {
    /// The value is not a string of 1 to [`MAX_NAME_BYTES`] `tchar` (RFC 9110 §5.6.2).
    #[error("an `x-mcp-header` is not a valid part of a header's name")]
    Name,
    /// The annotation is not in the schema of a property that is reachable by `properties` alone.
    #[error("an `x-mcp-header` is outside the tool's properties")]
    Place,
    /// The property's `type` is not `string`, `integer` or `boolean`.
    #[error("an `x-mcp-header` is on a property that is not a string, integer or boolean")]
    Type,
    /// Two annotations name the same header, compared without case.
    #[error("two properties have the same `x-mcp-header`")]
    Repeated,
    /// The tool has more than [`MAX_PARAMETERS`] annotations.
    #[error("more than {MAX_PARAMETERS} properties have an `x-mcp-header`")]
    TooMany,
    /// A member occurs twice, so that two readers could see different schemas.
    #[error("the schema with an `x-mcp-header` has a member twice")]
    Ambiguous,
}

impl InvalidAnnotation {
    /// Returns the stable reason code for audit events.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Name => "x_mcp_header_name",
            Self::Place => "x_mcp_header_place",
            Self::Type => "x_mcp_header_type",
            Self::Repeated => "x_mcp_header_repeated",
            Self::TooMany => "x_mcp_header_too_many",
            Self::Ambiguous => "x_mcp_header_ambiguous",
        }
    }
}

/// The 1 to [`MAX_PARAMETERS`] annotated arguments of one tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterHeaders {
    parameters: Vec<Parameter>,
}

/// One annotated argument.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    /// The names of the properties from the root of the arguments; never empty.
    path: Vec<String>,
    header: HeaderName,
    /// The header's name with the case of the annotation: `Mcp-Param-Region`.
    name: String,
}

impl ParameterHeaders {
    /// Reads the annotations of a tool's definition; `None` if it has none, as most tools.
    ///
    /// # Errors
    ///
    /// [`InvalidAnnotation`]: a client must drop the tool from `tools/list`.
    pub fn of(tool: &RawJson) -> Result<Option<Self>, InvalidAnnotation> {
        let parameters = schema::parameters(tool)?;
        Ok((!parameters.is_empty()).then_some(Self { parameters }))
    }

    /// True if an annotation names this header.
    #[must_use]
    pub fn names(&self, header: &HeaderName) -> bool {
        self.parameters.iter().any(|parameter| parameter.header == *header)
    }

    /// Checks that every annotated argument equals its header, and that an absent argument has none.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch`] of the first argument that differs from its header.
    pub fn check(&self, headers: &HeaderMap, arguments: Option<&RawJson>) -> Result<(), HeaderMismatch> {
        self.parameters.iter().try_for_each(|parameter| parameter.check(headers, arguments))
    }

    /// Sets the headers for these arguments, and removes those of absent arguments.
    ///
    /// An argument that occurs twice gets no header; a server that checks headers then refuses the request.
    pub fn write(&self, headers: &mut HeaderMap, arguments: Option<&RawJson>) {
        for parameter in &self.parameters {
            let value = parameter.value(arguments).unwrap_or_default();
            match value.as_ref().and_then(header_text) {
                Some(text) => headers.insert(&parameter.header, encode(&text)),
                None => headers.remove(&parameter.header),
            };
        }
    }
}

impl Parameter {
    fn check(&self, headers: &HeaderMap, arguments: Option<&RawJson>) -> Result<(), HeaderMismatch> {
        let name = || Cow::Owned(self.name.clone());
        let different = || HeaderMismatch::Different {
            name: name(),
            mirrored: Cow::Owned(format!("arguments.{}", self.path.join("."))),
        };
        let header = one(headers, &self.header, name)?;
        // An argument that occurs twice equals no header: the server could read either value.
        let value = self.value(arguments).map_err(|_| different())?;
        let body = value.as_ref().and_then(|value| Some((value, header_text(value)?)));
        match (header, body) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(HeaderMismatch::Missing { name: name() }),
            (Some(_), None) => Err(different()),
            (Some(header), Some((value, text))) => {
                let decoded = decode(header).map_err(|_| HeaderMismatch::Malformed { name: name() })?;
                if decoded == text || same_integer(&decoded, value) { Ok(()) } else { Err(different()) }
            }
        }
    }

    /// Returns the argument; `None` if it is absent.
    fn value(&self, arguments: Option<&RawJson>) -> Result<Option<RawJson>, RawJsonError> {
        let mut value = arguments.cloned();
        for name in &self.path {
            value = match value.map(|value| value.find([name.as_str()])) {
                Some(Ok([found])) => found,
                None | Some(Err(RawJsonError::NotAnObject)) => None,
                Some(Err(error)) => return Err(error),
            };
        }
        Ok(value)
    }
}

/// Returns the text of a value before its encoding for a header; `None` for a value without a header.
fn header_text(value: &RawJson) -> Option<Cow<'_, str>> {
    match value.kind() {
        Kind::String => value.string(),
        Kind::Boolean => Some(Cow::Borrowed(value.as_str())),
        // `42.0` is the integer 42; a number that is not an integer keeps its text.
        Kind::Number => match integer_digits(value.as_str()) {
            None => Some(Cow::Borrowed(value.as_str())),
            Some(digits) => {
                let number: i64 = digits.parse().ok()?;
                (number.unsigned_abs() <= MAX_INTEGER).then(|| Cow::Owned(number.to_string()))
            }
        },
        Kind::Object | Kind::Array | Kind::Null => None,
    }
}

/// True if the header's text and the argument are the same integer, such as `42` and `42.0` (SEP-2243 compares
/// numerically).
fn same_integer(header: &str, value: &RawJson) -> bool {
    value.kind() == Kind::Number && integer_text(header).is_some_and(|header| header_text(value) == Some(header.into()))
}

/// Returns the digits of a header's text that is an integer, `42` of `42.0`; `None` for other texts.
fn integer_text(header: &str) -> Option<String> {
    let header = RawJson::parse(Bytes::copy_from_slice(header.as_bytes())).ok()?;
    let is_integer = header.kind() == Kind::Number && integer_digits(header.as_str()).is_some();
    is_integer.then(|| header_text(&header).map(Cow::into_owned)).flatten()
}

/// Returns the sign and digits of a JSON number without exponent and with a zero fraction; `None` for other numbers.
fn integer_digits(number: &str) -> Option<&str> {
    let (digits, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_plain = digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    (is_plain && fraction.bytes().all(|byte| byte == b'0')).then_some(digits)
}

#[cfg(test)]
mod tests;
