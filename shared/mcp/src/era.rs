//! The era of a message, and the supported protocol versions (MCP 2026-07-28, versioning).
//!
//! *Modern* revisions, from 2026-07-28 on, name version and capabilities in `_meta` of every request; *legacy*
//! revisions, up to 2025-11-25, negotiate them with `initialize`.

use thiserror::Error;

use crate::error_code;
use crate::legacy;
use crate::meta::{MAX_VERSION_BYTES, META, PROTOCOL_VERSION};
use json::{Members, RawJson};

/// The supported modern versions, newest first.
pub const SUPPORTED_VERSIONS: &[&str] = &["2026-07-28"];

/// Every supported version, newest first; the legacy ones are [`crate::legacy::VERSIONS`].
const ALL_VERSIONS: &[&str] = &["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"];

/// The generation of the protocol that a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// MCP 2026-07-28, stateless.
    Modern,
    /// MCP up to 2025-11-25, with `initialize`.
    Legacy,
}

impl Era {
    /// Decides by the method, the `_meta` of its params and the header `MCP-Protocol-Version` (MCP 2026-07-28,
    /// versioning).
    ///
    /// A message whose `_meta` names a version is modern, and `initialize` without one is legacy, whatever the header
    /// is. Any other message is modern if the header names a modern version or the method is `server/discover`; it is
    /// then refused later for the keys that its `_meta` lacks.
    #[must_use]
    pub fn of(method: &str, params: Option<&Members>, header: Option<&str>) -> Self {
        let modern_header = header.is_some_and(|header| SUPPORTED_VERSIONS.contains(&header));
        match method {
            legacy::INITIALIZE if has_modern_meta(params) => Self::Modern,
            legacy::INITIALIZE => Self::Legacy,
            "server/discover" => Self::Modern,
            // The usual case, tested first because it does not read `_meta`.
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

/// The message names a protocol version that is not supported.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("protocol version `{requested}` is not supported")]
pub struct UnsupportedVersion {
    requested: String,
    supported: &'static [&'static str],
}

impl UnsupportedVersion {
    /// Makes the error for a message without a modern `_meta`, whose sender may support either era.
    pub(crate) fn of_any_era(requested: &str) -> Self {
        // A header has no bound of its own, so the echoed text gets one.
        Self { requested: requested.chars().take(MAX_VERSION_BYTES).collect(), supported: ALL_VERSIONS }
    }

    /// Returns -32022, [`error_code::UNSUPPORTED_PROTOCOL_VERSION`].
    #[must_use]
    pub fn code(&self) -> i64 {
        error_code::UNSUPPORTED_PROTOCOL_VERSION
    }

    /// Returns the stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        "protocol_version_unsupported"
    }

    /// Returns the error's `data`: `{"supported":[…],"requested":"…"}`.
    #[must_use]
    pub fn data(&self) -> RawJson {
        let mut data = Members::new();
        data.set("supported", json(self.supported));
        data.set("requested", RawJson::from_string(&self.requested));
        data.to_raw()
    }
}

/// Checks the version that a modern request names. Compare it with the headers first: a header that differs from the
/// body is -32020, even if neither version is supported.
///
/// # Errors
///
/// [`UnsupportedVersion`] if it is not one of [`SUPPORTED_VERSIONS`].
pub fn check_version(requested: &str) -> Result<(), UnsupportedVersion> {
    if SUPPORTED_VERSIONS.contains(&requested) {
        Ok(())
    } else {
        Err(UnsupportedVersion { requested: requested.to_owned(), supported: SUPPORTED_VERSIONS })
    }
}

/// Returns [`SUPPORTED_VERSIONS`] as a JSON array.
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
    fn modern_meta_decides_before_header() {
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
    fn all_versions_cover_both_eras() {
        let both: Vec<&str> = SUPPORTED_VERSIONS.iter().copied().chain(legacy::VERSIONS).collect();
        assert_eq!(ALL_VERSIONS, both, "the list should name both eras");
    }

    #[test]
    fn unsupported_version_error_lists_supported_versions() {
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
