//! The `_meta` of a request (MCP 2026-07-28, base protocol): version, capabilities, client, trace context.
//!
//! ```text
//! "_meta": {
//!   "io.modelcontextprotocol/protocolVersion":    "2026-07-28",            required
//!   "io.modelcontextprotocol/clientCapabilities": {…},                     required, may be {}
//!   "io.modelcontextprotocol/clientInfo":         {"name":…,"version":…},  says itself who it is: never a reason to permit
//!   "progressToken":                              "p1" or 1,
//!   "traceparent", "tracestate", "baggage":        W3C formats (SEP-414)
//! }
//! ```

mod trace_context;

use thiserror::Error;

use crate::error_code;
use json::{Kind, Members, RawJson, RawJsonError};

pub use trace_context::{is_baggage, is_traceparent, is_tracestate};

/// The member of params and of results that holds metadata.
pub const META: &str = "_meta";
/// Required in every request: the protocol version.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Required in every request: what the client can do.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Optional in a request: which program the client is.
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// Optional in a request: send log messages of this level.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// Optional in a result: which program the server is.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// Optional in a request: send progress under this token.
pub const PROGRESS_TOKEN: &str = "progressToken";
/// Optional, W3C Trace Context.
pub const TRACEPARENT: &str = "traceparent";
/// Optional, W3C Trace Context.
pub const TRACESTATE: &str = "tracestate";
/// Optional, W3C Baggage.
pub const BAGGAGE: &str = "baggage";

/// Most bytes of a protocol version; published ones have 10.
pub const MAX_VERSION_BYTES: usize = 64;
/// Most bytes of each of a program's name and version.
pub const MAX_IMPLEMENTATION_BYTES: usize = 256;
/// Most bytes of a progress token as JSON text.
pub const MAX_PROGRESS_TOKEN_BYTES: usize = 256;

/// A program's own statement about itself (MCP `Implementation`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Implementation {
    /// Program name.
    pub name: String,
    /// Program version, in any form.
    pub version: String,
}

impl Implementation {
    /// `{"name":…,"version":…}`
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut members = Members::new();
        members.set("name", RawJson::from_string(&self.name));
        members.set("version", RawJson::from_string(&self.version));
        members.to_raw()
    }
}

/// The parts of a request's `_meta` that Weir reads.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestMeta {
    /// As the client wrote it: not yet checked for support.
    pub protocol_version: String,
    /// An object.
    pub client_capabilities: RawJson,
    /// Self-reported: for audit, never for a decision.
    pub client_info: Option<Implementation>,
    /// A string or a number.
    pub progress_token: Option<RawJson>,
    /// Valid W3C Trace Context; an invalid one counts as absent, as that specification wants.
    pub traceparent: Option<String>,
    /// Valid, and only where `traceparent` is.
    pub tracestate: Option<String>,
    /// Valid W3C Baggage; an invalid one counts as absent.
    pub baggage: Option<String>,
    members: Members,
}

/// A `_meta` that MCP refuses (HTTP 400).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MetaError {
    /// No `_meta`, or a required key is not in it.
    #[error("`params._meta` lacks `{key}`")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A key has the wrong type or is too long.
    #[error("`params._meta` has a `{key}` that is not {expected}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// `_meta` is not an object, or has a key twice or too many.
    #[error("`params._meta` can't be read: {0}")]
    Unreadable(#[from] RawJsonError),
}

impl MetaError {
    /// -32602
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::INVALID_PARAMS
    }

    /// Stable code for audit events.
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
    /// Reads `params._meta`.
    ///
    /// # Errors
    ///
    /// [`MetaError`], always -32602.
    pub fn parse(params: Option<&Members>) -> Result<Self, MetaError> {
        let missing = MetaError::Missing { key: PROTOCOL_VERSION };
        Self::read(params.and_then(|params| params.get(META)).ok_or(missing)?.members()?)
    }

    /// Reads `params._meta` of a legacy client, who speaks `protocol_version`.
    ///
    /// What a modern request says there is filled in, with no capability at all: what the client declared at `initialize` is not
    /// known any more, so no origin may ask it back.
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

    fn read(members: Members) -> Result<Self, MetaError> {
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
        let traceparent = valid(TRACEPARENT, is_traceparent);
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

    /// `_meta` as it goes to an origin: as the client sent it, without a trace context that is not valid.
    ///
    /// The caller sets what it changes, a new `traceparent` say.
    #[must_use]
    pub fn to_members(&self) -> Members {
        let mut members = self.members.clone();
        let kept = [
            (TRACEPARENT, self.traceparent.is_some()),
            (TRACESTATE, self.tracestate.is_some()),
            (BAGGAGE, self.baggage.is_some()),
        ];
        for (key, _) in kept.into_iter().filter(|(_, valid)| !valid) {
            members.remove(key);
        }
        members
    }
}

/// `_meta` of a request that Weir makes on its own behalf: newest version, no capabilities.
#[must_use]
pub fn own_request(client_info: &Implementation) -> Members {
    let mut members = Members::new();
    declare(&mut members, Some(client_info));
    members
}

/// Says the newest version and no capabilities.
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
    Ok(Implementation { name: part("name")?, version: part("version")? })
}

fn is_progress_token(token: &RawJson) -> bool {
    matches!(token.kind(), Kind::String | Kind::Number) && token.as_str().len() <= MAX_PROGRESS_TOKEN_BYTES
}

fn text(raw: &RawJson, max_bytes: usize) -> Option<String> {
    raw.string().filter(|text| text.len() <= max_bytes).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests;
