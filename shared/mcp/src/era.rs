//! The era of a message, and the protocol versions spoken here.
//!
//! *Modern* is 2026-07-28, where every request stands alone and names its version in `_meta`; *legacy* is every revision up
//! to 2025-11-25, which opens with `initialize`.

use thiserror::Error;

use crate::error_code;
use crate::legacy;
use crate::meta::{MAX_VERSION_BYTES, META, PROTOCOL_VERSION};
use json::{Members, RawJson};

/// The modern versions that are spoken here, newest first.
pub const SUPPORTED_VERSIONS: &[&str] = &["2026-07-28"];

/// Every version that is spoken here, newest first; the legacy ones are [`crate::legacy::VERSIONS`].
const ALL_VERSIONS: &[&str] = &["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];

/// Which rules a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// MCP 2026-07-28.
    Modern,
    /// MCP up to 2025-11-25.
    Legacy,
}

impl Era {
    /// Decides from the method, the `_meta` of its params and the header `MCP-Protocol-Version` (MCP 2026-07-28, versioning).
    ///
    /// A modern `_meta` is modern, and `initialize` without one is legacy, whatever the header says. Without a modern `_meta`, the
    /// header decides; a modern one, like `server/discover`, is then refused for the keys that `_meta` lacks.
    #[must_use]
    pub fn of(method: &str, params: Option<&Members>, header: Option<&str>) -> Self {
        let modern_header = header.is_some_and(|header| SUPPORTED_VERSIONS.contains(&header));
        match method {
            legacy::INITIALIZE if has_modern_meta(params) => Self::Modern,
            legacy::INITIALIZE => Self::Legacy,
            "server/discover" => Self::Modern,
            // The usual case, for which `_meta` need not be looked into.
            _ if modern_header => Self::Modern,
            _ if has_modern_meta(params) => Self::Modern,
            _ => Self::Legacy,
        }
    }
}

fn has_modern_meta(params: Option<&Members>) -> bool {
    let meta = params.and_then(|params| params.get(META)).and_then(|meta| meta.members().ok());
    meta.is_some_and(|meta| meta.get(PROTOCOL_VERSION).is_some())
}

/// The request asks for a version that is not spoken here.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("protocol version `{requested}` is not supported")]
pub struct UnsupportedVersion {
    requested: String,
    supported: &'static [&'static str],
}

impl UnsupportedVersion {
    /// Of a message without a modern `_meta`, whose sender may speak either era.
    pub(crate) fn of_any_era(requested: &str) -> Self {
        // What a header says has no bound of its own.
        Self { requested: requested.chars().take(MAX_VERSION_BYTES).collect(), supported: ALL_VERSIONS }
    }

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
        data.set("supported", json(self.supported));
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
        Err(UnsupportedVersion { requested: requested.to_owned(), supported: SUPPORTED_VERSIONS })
    }
}

/// [`SUPPORTED_VERSIONS`] as a JSON array.
#[must_use]
pub fn supported_versions() -> RawJson {
    json(SUPPORTED_VERSIONS)
}

fn json(versions: &[&str]) -> RawJson {
    let versions: Vec<String> = versions.iter().map(|version| format!("\"{version}\"")).collect();
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
            for header in [None, Some("2025-11-25"), Some("2026-07-28")] {
                let era = Era::of("initialize", params.as_ref(), header);
                assert_eq!(era, Era::Legacy, "should be legacy: {params:?} {header:?}");
            }
        }
    }

    #[test]
    fn modern_meta_is_modern_and_else_the_header_decides() {
        let modern = params(r#"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#);
        for header in [None, Some("2025-11-25"), Some("2026-07-28"), Some("x")] {
            for method in ["initialize", "ping", "tools/list"] {
                assert_eq!(
                    Era::of(method, modern.as_ref(), header),
                    Era::Modern,
                    "`_meta` should win: {method} {header:?}"
                );
            }
            assert_eq!(Era::of("server/discover", None, header), Era::Modern, "only the modern era has it: {header:?}");
        }
        assert_eq!(Era::of("tools/list", None, Some("2026-07-28")), Era::Modern, "it should get the modern refusal");
        for header in [None, Some("2025-11-25"), Some("2025-03-26"), Some("2027-01-01")] {
            assert_eq!(Era::of("tools/list", None, header), Era::Legacy, "nothing modern about it: {header:?}");
        }
    }

    #[test]
    fn all_versions_are_both_eras() {
        let both: Vec<&str> = SUPPORTED_VERSIONS.iter().copied().chain(legacy::VERSIONS).collect();
        assert_eq!(ALL_VERSIONS, both, "the list should name both eras");
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
