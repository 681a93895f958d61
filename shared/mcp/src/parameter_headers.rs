//! `Mcp-Param-*`: arguments that a tool's schema wants in headers (SEP-2243), so that what stands before the server can route on them.
//!
//! ```text
//! inputSchema   {"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"query":{"type":"string"}}}
//! arguments     {"region":"eu","query":"leave"}
//! header        Mcp-Param-Region: eu
//! ```
//!
//! An argument that is absent or null has no header, and neither has a value that none can carry (an object, an integer beyond
//! ±(2^53−1)): the schema is the server's to enforce. Every other annotated argument has exactly one, which says the same.

mod schema;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName};
use thiserror::Error;

use crate::headers::{HeaderMismatch, decode, encode, one};
use json::{Kind, RawJson, RawJsonError};

/// Most annotated arguments of one tool.
pub const MAX_PARAMETERS: usize = 64;

/// Most bytes of the name that an annotation gives.
pub const MAX_NAME_BYTES: usize = 128;

/// The largest integer that every reader of JSON takes exactly: 2^53−1.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// An `x-mcp-header` that breaks the rules: the whole definition of the tool is invalid.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Invalid {
    /// The value is not a string that can be part of a header's name, or longer than [`MAX_NAME_BYTES`].
    #[error("an `x-mcp-header` is not the name of a header")]
    Name,
    /// Not in the schema of a property that `properties` alone lead to.
    #[error("an `x-mcp-header` is outside the tool's properties")]
    Place,
    /// The property's `type` is not `string`, `integer` or `boolean`.
    #[error("an `x-mcp-header` is on a property that is no string, integer or boolean")]
    Type,
    /// Two annotations name one header: case does not count.
    #[error("two properties have the same `x-mcp-header`")]
    Repeated,
    /// More than [`MAX_PARAMETERS`].
    #[error("more than {MAX_PARAMETERS} properties have an `x-mcp-header`")]
    TooMany,
    /// A member is there twice, so two readers could see two different schemas.
    #[error("the schema with an `x-mcp-header` is ambiguous")]
    Ambiguous,
}

impl Invalid {
    /// Stable code for audit events.
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

/// The annotated arguments of one tool, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterHeaders {
    parameters: Vec<Parameter>,
}

/// One argument that a header mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    /// The names of the properties that lead to it; never empty.
    path: Vec<String>,
    header: HeaderName,
    /// `Mcp-Param-Region`, as the annotation writes it.
    name: String,
}

impl ParameterHeaders {
    /// Reads the annotations of a tool's definition; `None` when it has none, as most.
    ///
    /// # Errors
    ///
    /// [`Invalid`]: a client must not show the tool.
    pub fn of(tool: &RawJson) -> Result<Option<Self>, Invalid> {
        let parameters = schema::parameters(tool)?;
        Ok((!parameters.is_empty()).then_some(Self { parameters }))
    }

    /// Every annotated argument is in its header, and nothing else is.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch`]
    pub fn check(&self, headers: &HeaderMap, arguments: Option<&RawJson>) -> Result<(), HeaderMismatch> {
        self.parameters.iter().try_for_each(|parameter| parameter.check(headers, arguments))
    }

    /// Sets the headers of a request with these arguments, and removes those that it must not have.
    ///
    /// An argument that is there twice gets none: a server that knows its schema refuses the request then.
    pub fn write(&self, headers: &mut HeaderMap, arguments: Option<&RawJson>) {
        for parameter in &self.parameters {
            let value = parameter.value(arguments).unwrap_or_default();
            match value.as_ref().and_then(carried) {
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
        // An argument that is there twice agrees with no header: the server could read either.
        let value = self.value(arguments).map_err(|_| different())?;
        let body = value.as_ref().and_then(|value| Some((value, carried(value)?)));
        match (header, body) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(HeaderMismatch::Missing { name: name() }),
            (Some(_), None) => Err(different()),
            (Some(header), Some((value, text))) => {
                let said = decode(header).map_err(|_| HeaderMismatch::Malformed { name: name() })?;
                if said == text || same_integer(&said, value) { Ok(()) } else { Err(different()) }
            }
        }
    }

    /// The argument; `None` when there is none.
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

/// The text that stands for a value, before it is made fit for a header; `None` for what no header carries.
fn carried(value: &RawJson) -> Option<Cow<'_, str>> {
    match value.kind() {
        Kind::String => value.string(),
        Kind::Boolean => Some(Cow::Borrowed(value.as_str())),
        // `42.0` is an integer that is written otherwise; what is none at all stays as it is.
        Kind::Number => match whole(value.as_str()) {
            None => Some(Cow::Borrowed(value.as_str())),
            Some(digits) => {
                let number: i64 = digits.parse().ok()?;
                (number.unsigned_abs() <= MAX_INTEGER).then(|| Cow::Owned(number.to_string()))
            }
        },
        Kind::Object | Kind::Array | Kind::Null => None,
    }
}

/// `42` and `42.0` are one integer (SEP-2243 compares integers as numbers).
fn same_integer(said: &str, value: &RawJson) -> bool {
    if value.kind() != Kind::Number {
        return false;
    }
    let said = RawJson::parse(Bytes::copy_from_slice(said.as_bytes())).ok();
    let said = said.filter(|said| said.kind() == Kind::Number && whole(said.as_str()).is_some());
    said.as_ref().and_then(carried).is_some_and(|said| carried(value).as_ref() == Some(&said))
}

/// The digits and the sign of a JSON number without exponent whose fraction is zero.
fn whole(number: &str) -> Option<&str> {
    let (digits, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_plain = digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    (is_plain && fraction.bytes().all(|byte| byte == b'0')).then_some(digits)
}

#[cfg(test)]
mod tests;
