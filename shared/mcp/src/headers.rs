//! Headers that mirror the body (SEP-2243), so that a proxy can route without reading it; here both are compared.
//!
//! ```text
//! MCP-Protocol-Version: 2026-07-28        = params._meta["io.modelcontextprotocol/protocolVersion"]
//! Mcp-Method:           tools/call        = method
//! Mcp-Name:             documents_search  = params.name or params.uri, where the method has one
//! Mcp-Param-Region:     eu                = an argument that the tool's schema marks: crate::parameter_headers
//! ```
//!
//! A header is never trusted by itself: decisions are made on the body. The check is in two steps because the support of the
//! version is checked between them: [`MirroredHeaders::agree_on_version`], [`crate::era::check_version`],
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

/// `MCP-Protocol-Version`
pub const MCP_PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Method`
pub const MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`
pub const MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");
/// `Mcp-Param-*`, in the lower case that `http` keeps names in.
pub const MCP_PARAM_PREFIX: &str = "mcp-param-";

/// Headers and body disagree (HTTP 400).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HeaderMismatch {
    /// A header that every such request has is not there.
    #[error("header `{name}` is missing")]
    Missing {
        /// The header.
        name: Cow<'static, str>,
    },
    /// A header is there more than once: two readers could take two values.
    #[error("header `{name}` is there more than once")]
    Repeated {
        /// The header.
        name: Cow<'static, str>,
    },
    /// A value is not visible ASCII, or is a broken `=?base64?…?=`.
    #[error("header `{name}` is malformed")]
    Malformed {
        /// The header.
        name: Cow<'static, str>,
    },
    /// The value is not the body's.
    #[error("header `{name}` differs from the body's `{mirrored}`")]
    Different {
        /// The header.
        name: Cow<'static, str>,
        /// What it mirrors.
        mirrored: Cow<'static, str>,
    },
}

impl HeaderMismatch {
    /// -32020
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::HEADER_MISMATCH
    }

    /// Stable code for audit events.
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
    /// Not decoded yet: a broken sentinel is a fault of a later step.
    name: Option<&'a str>,
}

impl<'a> MirroredHeaders<'a> {
    /// Takes the three fixed headers, with the optional white space around their values trimmed (RFC 9110 §5.5).
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

    /// What `MCP-Protocol-Version` says.
    #[must_use]
    pub const fn version(&self) -> Option<&'a str> {
        self.version
    }

    /// `MCP-Protocol-Version` says the version of `_meta`.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch::Missing`] or [`HeaderMismatch::Different`].
    pub fn agree_on_version(&self, meta: &RequestMeta) -> Result<(), HeaderMismatch> {
        let version = self.version.ok_or(HeaderMismatch::Missing { name: VERSION })?;
        same(version, &meta.protocol_version, VERSION, "_meta.io.modelcontextprotocol/protocolVersion")
    }

    /// `Mcp-Method` says the method, and `Mcp-Name` the name where the method has one.
    ///
    /// A method that we don't know has no name to compare. When the body lacks the name too, that is no mismatch: the params are
    /// invalid, which whoever reads them says better.
    ///
    /// # Errors
    ///
    /// [`HeaderMismatch`]
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

    /// The `Mcp-Param-*` headers: an intermediary that does not know the tool's schema must pass them on as they are.
    pub fn params(&self) -> impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)> + use<'a> {
        self.all.iter().filter(|(name, _)| name.as_str().starts_with(MCP_PARAM_PREFIX))
    }
}

/// Sets the mirrored headers of a request to an origin; `name` is what the origin calls the tool, prompt or resource.
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

/// The value of a header that may be there once; `name` is what an error calls it.
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
