//! The era of a message, and the protocol versions spoken here.
//!
//! *Modern* is 2026-07-28, where every request stands alone and names its version in `_meta`; *legacy* is every revision up
//! to 2025-11-25, which opens with `initialize`.

use thiserror::Error;

use crate::error_code;
use crate::meta::{META, PROTOCOL_VERSION};
use crate::raw_json::{Members, RawJson};

/// The versions that Weir speaks with clients, newest first.
pub const SUPPORTED_VERSIONS: &[&str] = &["2026-07-28"];

/// Which rules a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// MCP 2026-07-28.
    Modern,
    /// MCP up to 2025-11-25.
    Legacy,
}

impl Era {
    /// Decides from the method and the `_meta` of its params (MCP 2026-07-28, versioning).
    ///
    /// `initialize` without a modern `_meta` is legacy. Everything else is modern: a request without `_meta` is then refused for the
    /// keys it lacks, and `initialize` *with* a modern `_meta` is an unknown method.
    #[must_use]
    pub fn of(method: &str, params: Option<&Members>) -> Self {
        if method != "initialize" {
            return Self::Modern;
        }
        let meta = params.and_then(|params| params.get(META)).and_then(|meta| meta.members().ok());
        match meta.is_some_and(|meta| meta.get(PROTOCOL_VERSION).is_some()) {
            true => Self::Modern,
            false => Self::Legacy,
        }
    }
}

/// The request asks for a version that is not in [`SUPPORTED_VERSIONS`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("protocol version `{requested}` is not supported")]
pub struct UnsupportedVersion {
    requested: String,
}

impl UnsupportedVersion {
    /// -32022
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::UNSUPPORTED_PROTOCOL_VERSION
    }

    /// Stable code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        "protocol_version_unsupported"
    }

    /// The error's `data`: `{"supported":[…],"requested":"…"}`.
    #[must_use]
    pub fn data(&self) -> RawJson {
        let mut data = Members::new();
        data.set("supported", supported_versions());
        data.set("requested", RawJson::from_string(&self.requested));
        data.to_raw()
    }
}

/// Checks the version that a request names. The headers must have been compared with it before: a header that differs from the body
/// is -32020 even when neither version is supported.
///
/// # Errors
///
/// [`UnsupportedVersion`]
pub fn check_version(requested: &str) -> Result<(), UnsupportedVersion> {
    if SUPPORTED_VERSIONS.contains(&requested) {
        Ok(())
    } else {
        Err(UnsupportedVersion { requested: requested.to_owned() })
    }
}

/// [`SUPPORTED_VERSIONS`] as a JSON array.
#[must_use]
pub fn supported_versions() -> RawJson {
    let versions: Vec<String> = SUPPORTED_VERSIONS.iter().map(|version| format!("\"{version}\"")).collect();
    RawJson::written(format!("[{}]", versions.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &'static str) -> Option<Members> {
        Some(Members::parse(bytes::Bytes::from_static(text.as_bytes())).unwrap())
    }

    #[test]
    fn initialize_without_modern_meta_is_legacy() {
        let legacy = [
            None,
            params("{}"),
            params(r#"{"_meta":{}}"#),
            params(r#"{"_meta":7}"#),
            params(r#"{"protocolVersion":"2025-11-25"}"#),
        ];
        for params in legacy {
            assert_eq!(Era::of("initialize", params.as_ref()), Era::Legacy, "should be legacy: {params:?}");
        }
    }

    #[test]
    fn everything_else_is_modern() {
        let modern = params(r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#);
        assert_eq!(Era::of("initialize", modern.as_ref()), Era::Modern, "modern `_meta` should win over the method");
        assert_eq!(Era::of("tools/list", modern.as_ref()), Era::Modern, "a modern request should be modern");
        assert_eq!(Era::of("tools/list", None), Era::Modern, "a request without `_meta` should get the modern refusal");
    }

    #[test]
    fn unsupported_version_says_what_is_supported() {
        assert_eq!(check_version("2026-07-28"), Ok(()), "2026-07-28 should be supported");
        let error = check_version("v999.\"0").unwrap_err();
        assert_eq!(error.code(), -32022, "should be UnsupportedProtocolVersion");
        assert_eq!(
            error.data().as_str(),
            r#"{"supported":["2026-07-28"],"requested":"v999.\"0"}"#,
            "data should name both"
        );
    }
}
