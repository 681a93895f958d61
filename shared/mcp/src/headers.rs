//! Headers that mirror the body (SEP-2243), for proxies that do not read it, and their comparison with the body.
//!
//! ```text
//! MCP-Protocol-Version: 2026-07-28        = params._meta["io.modelcontextprotocol/protocolVersion"]
//! Mcp-Method:           tools/call        = method
//! Mcp-Name:             documents_search  = params.name or params.uri, where the method has one
//! Mcp-Param-Region:     eu                = an argument that the tool's schema marks: crate::parameter_headers
//! ```
//!
//! A header alone is never trusted: decisions use the body. The comparison has two steps, with the check of the version
//! between them: [`MirroredHeaders::agree_on_version`], [`crate::era::check_version`],
//! [`MirroredHeaders::agree_on_method`].

mod sentinel;

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;

use crate::error_code;
use crate::meta::RequestMeta;
use crate::method::Method;
use json::{Members, RawJson};

pub use sentinel::{SentinelError, decode, encode};

/// `MCP-Protocol-Version`: the protocol version, required in every modern request.
pub const MCP_PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Method`: the JSON-RPC method, required in every modern request.
pub const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`: the tool's or prompt's name, the resource's URI or the task's id; see [`Method::name_source`].
pub const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");
/// The prefix of `Mcp-Param-*`, in lower case as the crate `http` stores names.
pub const MCP_PARAM_PREFIX: &str = "mcp-param-";

/// A mismatch of headers and body: HTTP 400 with -32020.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeaderMismatch {
    /// A required header is missing.
    #[error("header `{name}` is missing")]
    Missing {
        /// The header's name.
        name: Cow<'static, str>,
    },
    /// A header occurs more than once: two readers could take different values.
    #[error("header `{name}` occurs more than once")]
    Repeated {
        /// The header's name.
        name: Cow<'static, str>,
    },
    /// A value is not visible ASCII, or is an invalid `=?base64?…?=`.
    #[error("header `{name}` is malformed")]
    Malformed {
        /// The header's name.
        name: Cow<'static, str>,
    },
    /// The value differs from the body.
    #[error("header `{name}` differs from the body's `{mirrored}`")]
    Different {
        /// The header's name.
        name: Cow<'static, str>,
        /// The member of the body that the header mirrors.
        mirrored: Cow<'static, str>,
    },
}

impl HeaderMismatch {
    /// Returns -32020, [`error_code::HEADER_MISMATCH`].
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::HEADER_MISMATCH
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "header_missing",
            Self::Repeated { .. } => "header_repeated",
            Self::Malformed { .. } => "header_malformed",
            Self::Different { .. } => "header_mismatch",
        }
    }
}

/// The mirrored headers of one request, each at most once.
#[derive(Clone, Debug)]
pub struct MirroredHeaders<'a> {
    all: &'a HeaderMap,
    version: Option<&'a str>,
    method: Option<&'a str>,
    /// Not decoded: an invalid sentinel is an error of a later step.
    name: Option<&'a str>,
}

impl<'a> MirroredHeaders<'a> {
    /// Reads the three fixed headers and trims the optional white space around their values (RFC 9110 §5.5).
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch::Repeated`] or [`HeaderMismatch::Malformed`]. A missing header is no error yet.
    pub fn parse(headers: &'a HeaderMap) -> Result<Self, HeaderMismatch> {
        Ok(Self {
            all: headers,
            version: one(headers, &MCP_PROTOCOL_VERSION, || VERSION)?,
            method: one(headers, &MCP_METHOD, || METHOD)?,
            name: one(headers, &MCP_NAME, || NAME)?,
        })
    }

    /// Returns the value of `MCP-Protocol-Version`; `None` if absent.
    #[must_use]
    pub const fn version(&self) -> Option<&'a str> {
        self.version
    }

    /// Checks that `MCP-Protocol-Version` equals the version in `_meta`.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch::Missing`] or [`HeaderMismatch::Different`].
    pub fn agree_on_version(&self, meta: &RequestMeta) -> Result<(), HeaderMismatch> {
        let version = self.version.ok_or(HeaderMismatch::Missing { name: VERSION })?;
        same(version, &meta.protocol_version, VERSION, "_meta.io.modelcontextprotocol/protocolVersion")
    }

    /// Checks that `Mcp-Method` equals the method and, for a method that has one, `Mcp-Name` the name.
    ///
    /// An unknown method has no name to compare. A name that is missing in header and body is no mismatch: the reader
    /// of the params refuses it with a clearer error.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch`] if a header is missing, malformed or differs from the body.
    pub fn agree_on_method(&self, method: &str, params: Option<&Members>) -> Result<(), HeaderMismatch> {
        let mirrored = self.method.ok_or(HeaderMismatch::Missing { name: METHOD })?;
        same(mirrored, method, METHOD, "method")?;
        let Some(source) = Method::parse(method).and_then(Method::name_source) else {
            return Ok(());
        };
        let in_body = params.and_then(|params| params.get(source)).and_then(RawJson::string);
        let in_header = self.name.map(decode).transpose().map_err(|_| HeaderMismatch::Malformed { name: NAME })?;
        match (in_header, in_body) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(HeaderMismatch::Missing { name: NAME }),
            (Some(_), None) => Err(HeaderMismatch::Different { name: NAME, mirrored: source.into() }),
            (Some(in_header), Some(in_body)) => same(&in_header, &in_body, NAME, source),
        }
    }

    /// Returns the `Mcp-Param-*` headers. An intermediary that does not know the tool's schema must forward them
    /// (SEP-2243).
    pub fn params(&self) -> impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)> + use<'a> {
        self.all.iter().filter(|(name, _)| name.as_str().starts_with(MCP_PARAM_PREFIX))
    }
}

/// Sets the mirrored headers of a request to an origin. `name` is the origin's name of the tool, prompt, resource or
/// task.
pub fn mirror(headers: &mut HeaderMap, protocol_version: &HeaderValue, method: Method, name: Option<&str>) {
    headers.insert(MCP_PROTOCOL_VERSION, protocol_version.clone());
    headers.insert(MCP_METHOD, HeaderValue::from_static(method.as_str()));
    match name {
        Some(name) => headers.insert(MCP_NAME, encode(name)),
        None => headers.remove(MCP_NAME),
    };
}

const VERSION: Cow<'static, str> = Cow::Borrowed("MCP-Protocol-Version");
const METHOD: Cow<'static, str> = Cow::Borrowed("Mcp-Method");
const NAME: Cow<'static, str> = Cow::Borrowed("Mcp-Name");

/// Returns the value of a header that may occur once, trimmed; `name` is its name in errors.
pub(crate) fn one<'a>(
    headers: &'a HeaderMap,
    key: &HeaderName,
    name: impl Fn() -> Cow<'static, str>,
) -> Result<Option<&'a str>, HeaderMismatch> {
    let mut values = headers.get_all(key).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(HeaderMismatch::Repeated { name: name() });
    }
    let text = value.to_str().map_err(|_| HeaderMismatch::Malformed { name: name() })?;
    Ok(Some(text.trim_matches([' ', '\t'])))
}

fn same(header: &str, body: &str, name: Cow<'static, str>, mirrored: &'static str) -> Result<(), HeaderMismatch> {
    if header == body { Ok(()) } else { Err(HeaderMismatch::Different { name, mirrored: mirrored.into() }) }
}

#[cfg(test)]
mod tests;
