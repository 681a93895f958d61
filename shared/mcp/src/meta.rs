//! The `_meta` of a request (MCP 2026-07-28, base protocol): version, capabilities, client, progress, trace context.
//!
//! ```text
//! "_meta": {
//!   "io.modelcontextprotocol/protocolVersion":    "2026-07-28",            required
//!   "io.modelcontextprotocol/clientCapabilities": {…},                     required, may be {}
//!   "io.modelcontextprotocol/clientInfo":         {"name":…,"version":…},  self-reported: never a reason to permit
//!   "progressToken":                              "p1" or 1,
//!   "traceparent", "tracestate", "baggage":        W3C formats (SEP-414)
//! }
//! ```

mod trace_context;
mod trace_parent;

use thiserror::Error;

use crate::error_code;
use json::{Kind, Members, RawJson, RawJsonError};

pub use trace_context::{is_baggage, is_tracestate};
pub use trace_parent::TraceParent;

/// The member of params and of results that holds metadata.
pub const META: &str = "_meta";
/// Required in every request: the protocol version.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Required in every request: the client's capabilities.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Recommended in every request: the client's name and version.
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// Optional in a request: the lowest level of log messages that the server may send for it.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// Recommended in every result: the server's name and version.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// Optional in a request: the token under which the server may send progress.
pub const PROGRESS_TOKEN: &str = "progressToken";
/// Optional: `traceparent` (W3C Trace Context §3.2, SEP-414).
pub const TRACEPARENT: &str = "traceparent";
/// Optional: `tracestate` (W3C Trace Context §3.3, SEP-414).
pub const TRACESTATE: &str = "tracestate";
/// Optional: `baggage` (W3C Baggage §3.3, SEP-414).
pub const BAGGAGE: &str = "baggage";

/// The keys that a request may leave away, also by `null`.
const OPTIONAL: [&str; 6] = [CLIENT_INFO, LOG_LEVEL, PROGRESS_TOKEN, TRACEPARENT, TRACESTATE, BAGGAGE];

/// The maximum length of a protocol version, in bytes; published ones have 10.
pub const MAX_VERSION_BYTES: usize = 64;
/// The maximum length of an implementation's name, and of its version, in bytes.
pub const MAX_IMPLEMENTATION_BYTES: usize = 256;
/// The maximum length of a progress token as JSON text, in bytes.
pub const MAX_PROGRESS_TOKEN_BYTES: usize = 256;

/// The self-reported name, version and title of a client or server (MCP `Implementation`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// `name`: at most [`MAX_IMPLEMENTATION_BYTES`].
    pub name: String,
    /// `version`, in any form: at most [`MAX_IMPLEMENTATION_BYTES`].
    pub version: String,
    /// `title`, for people; not read from clients.
    pub title: Option<String>,
}

impl Implementation {
    /// Returns `{"name":…,"version":…}`, with `title` if there is one.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut members = Members::new();
        members.set("name", RawJson::from_string(&self.name));
        members.set("version", RawJson::from_string(&self.version));
        if let Some(title) = &self.title {
            members.set("title", RawJson::from_string(title));
        }
        members.to_raw()
    }
}

/// The members of a request's `_meta` that Weir reads.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestMeta {
    /// The protocol version as the client wrote it, at most [`MAX_VERSION_BYTES`]; its support is not checked here.
    pub protocol_version: String,
    /// The client's capabilities, an object, as the client wrote it.
    pub client_capabilities: RawJson,
    /// The client's name and version, self-reported: for audit, never for a decision; `None` if absent.
    pub client_info: Option<Implementation>,
    /// The progress token, a string or number; `None` if absent.
    pub progress_token: Option<RawJson>,
    /// A valid `traceparent`; an invalid one counts as absent (W3C Trace Context §4.3).
    pub traceparent: Option<TraceParent>,
    /// A valid `tracestate`; `None` without a valid `traceparent`.
    pub tracestate: Option<String>,
    /// A valid `baggage`; an invalid one counts as absent.
    pub baggage: Option<String>,
    members: Members,
}

/// The reason for refusing a `_meta`: HTTP 400 with -32602.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MetaError {
    /// `_meta` or a required key is missing.
    #[error("`params._meta` lacks `{key}`")]
    Missing {
        /// The key of `_meta`.
        key: &'static str,
    },
    /// A key has the wrong type or is too long.
    #[error("`params._meta` has a `{key}` that is not {expected}")]
    Invalid {
        /// The key of `_meta`.
        key: &'static str,
        /// The expected type and length.
        expected: &'static str,
    },
    /// `_meta` is not an object, or has a key twice or too many keys.
    #[error("`params._meta` can't be read: {0}")]
    Unreadable(#[from] RawJsonError),
}

impl MetaError {
    /// Returns -32602, [`error_code::INVALID_PARAMS`].
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::INVALID_PARAMS
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "meta_missing",
            Self::Invalid { .. } => "meta_invalid",
            Self::Unreadable(_) => "meta_unreadable",
        }
    }
}

impl RequestMeta {
    /// Reads `params._meta` of a modern request.
    ///
    /// # Errors
    ///
    /// [`MetaError`], always -32602.
    pub fn parse(params: Option<&Members>) -> Result<Self, MetaError> {
        let missing = MetaError::Missing { key: PROTOCOL_VERSION };
        Self::read(params.and_then(|params| params.get(META)).ok_or(missing)?.members()?)
    }

    /// Reads `params._meta` of a legacy request of version `protocol_version`.
    ///
    /// Adds the keys that a modern request needs, with empty capabilities, so that no modern origin returns
    /// `input_required`, which a legacy client does not know.
    ///
    /// # Errors
    ///
    /// [`MetaError`], always -32602.
    pub fn legacy(
        params: Option<&Members>,
        protocol_version: &str,
        client_info: Option<&Implementation>,
    ) -> Result<Self, MetaError> {
        let mut members = match params.and_then(|params| params.get(META)) {
            Some(meta) => meta.members()?,
            None => Members::new(),
        };
        members.remove(LOG_LEVEL);
        members.remove(CLIENT_INFO);
        declare(&mut members, client_info);
        Ok(Self { protocol_version: protocol_version.to_owned(), ..Self::read(members)? })
    }

    fn read(mut members: Members) -> Result<Self, MetaError> {
        members.remove_nulls(&OPTIONAL);
        let version = members.get(PROTOCOL_VERSION).ok_or(MetaError::Missing { key: PROTOCOL_VERSION })?;
        let protocol_version = text(version, MAX_VERSION_BYTES)
            .ok_or(MetaError::Invalid { key: PROTOCOL_VERSION, expected: "a string of at most 64 bytes" })?;

        let client_capabilities =
            members.get(CLIENT_CAPABILITIES).ok_or(MetaError::Missing { key: CLIENT_CAPABILITIES })?.clone();
        if client_capabilities.kind() != Kind::Object {
            return Err(MetaError::Invalid { key: CLIENT_CAPABILITIES, expected: "an object" });
        }

        let client_info = members.get(CLIENT_INFO).map(client_info).transpose()?;

        let progress_token = members.get(PROGRESS_TOKEN).cloned();
        if progress_token.as_ref().is_some_and(|token| !is_progress_token(token)) {
            let expected = "a string or a number of at most 256 bytes";
            return Err(MetaError::Invalid { key: PROGRESS_TOKEN, expected });
        }

        let valid = |key, is_valid: fn(&str) -> bool| {
            members.get(key).and_then(RawJson::string).filter(|value| is_valid(value)).map(std::borrow::Cow::into_owned)
        };
        let traceparent = members.get(TRACEPARENT).and_then(RawJson::string).and_then(|text| TraceParent::parse(&text));
        let tracestate = valid(TRACESTATE, is_tracestate).filter(|_| traceparent.is_some());
        let baggage = valid(BAGGAGE, is_baggage);

        Ok(Self {
            protocol_version,
            client_capabilities,
            client_info,
            progress_token,
            traceparent,
            tracestate,
            baggage,
            members,
        })
    }

    /// Returns the `_meta` for an origin: the client's, without an invalid trace context.
    ///
    /// The caller then sets the members that it changes, such as `traceparent`.
    #[must_use]
    pub fn to_members(&self) -> Members {
        let mut members = self.members.clone();
        let trace_context = [
            (TRACEPARENT, self.traceparent.is_some()),
            (TRACESTATE, self.tracestate.is_some()),
            (BAGGAGE, self.baggage.is_some()),
        ];
        for (key, _) in trace_context.into_iter().filter(|(_, valid)| !valid) {
            members.remove(key);
        }
        members
    }
}

/// Returns the `_meta` of a request that Weir makes itself: the newest version, no capabilities.
#[must_use]
pub fn own_request(client_info: &Implementation) -> Members {
    let mut members = Members::new();
    declare(&mut members, Some(client_info));
    members
}

/// Sets the newest version, no capabilities, and the client's name and version if given.
fn declare(members: &mut Members, client_info: Option<&Implementation>) {
    let newest = crate::era::SUPPORTED_VERSIONS.first().copied().unwrap_or_default();
    members.set(PROTOCOL_VERSION, RawJson::from_string(newest));
    members.set(CLIENT_CAPABILITIES, RawJson::empty_object());
    if let Some(client_info) = client_info {
        members.set(CLIENT_INFO, client_info.to_raw());
    }
}

fn client_info(raw: &RawJson) -> Result<Implementation, MetaError> {
    let invalid = || MetaError::Invalid {
        key: CLIENT_INFO,
        expected: "an object with a `name` and a `version` of at most 256 bytes each",
    };
    let members = raw.members().map_err(|_| invalid())?;
    let part = |key| members.get(key).and_then(|value| text(value, MAX_IMPLEMENTATION_BYTES)).ok_or_else(invalid);
    Ok(Implementation { name: part("name")?, version: part("version")?, title: None })
}

fn is_progress_token(token: &RawJson) -> bool {
    matches!(token.kind(), Kind::String | Kind::Number) && token.as_str().len() <= MAX_PROGRESS_TOKEN_BYTES
}

fn text(raw: &RawJson, max_bytes: usize) -> Option<String> {
    raw.string().filter(|text| text.len() <= max_bytes).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests;
