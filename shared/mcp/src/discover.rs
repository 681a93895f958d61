//! The result of `server/discover` (MCP 2026-07-28, server/discover).
//!
//! ```text
//! {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{…},"instructions":"…",
//!  "ttlMs":…,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{…}}}
//! ```

use crate::capabilities::Capabilities;
use crate::era::supported_versions;
use crate::meta::Implementation;
use crate::result::{CacheScope, finish_result};
use json::{RawJson, write_member};

/// Writes the result of `server/discover`. `capabilities` must match the methods that are answered; `ttl_ms` is the
/// lifetime of a cached copy, in milliseconds.
#[must_use]
pub fn discover_result(
    server_info: &Implementation,
    capabilities: &Capabilities,
    instructions: Option<&str>,
    ttl_ms: u64,
    cache_scope: CacheScope,
) -> RawJson {
    let mut out = String::from("{\"resultType\":\"complete\"");
    write_member(&mut out, "supportedVersions", &supported_versions());
    write_member(&mut out, "capabilities", &capabilities.to_raw());
    if let Some(instructions) = instructions {
        write_member(&mut out, "instructions", &RawJson::from_string(instructions));
    }
    finish_result(&mut out, ttl_ms, cache_scope, server_info, None);
    RawJson::written(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capabilities::FeatureCapabilities;

    #[test]
    fn result_has_versions_capabilities_and_hints() {
        let capabilities = Capabilities { tools: Some(FeatureCapabilities::default()), ..Capabilities::default() };
        let weir = Implementation { name: "weir".into(), version: "0.1.0".into(), title: None };
        assert_eq!(
            discover_result(&weir, &capabilities, Some("Ask \"first\""), 60_000, CacheScope::Private).as_str(),
            concat!(
                r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"instructions":"Ask \"first\"","#,
                r#""ttlMs":60000,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weir","version":"0.1.0"}}}"#
            ),
            "should be a complete discovery"
        );
    }
}
