//! The answer to `server/discover` (MCP 2026-07-28).
//!
//! ```text
//! {"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{…},"instructions":"…",
//!  "ttlMs":…,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{…}}}
//! ```

use super::{CacheScope, finish_result};
use crate::era::supported_versions;
use crate::meta::Implementation;
use crate::raw_json::{RawJson, write_member};

/// The result of `server/discover`. `capabilities` is a `ServerCapabilities` object and must name what is really served;
/// `ttl_ms` is in milliseconds.
#[must_use]
pub fn discover_result(
    server_info: &Implementation,
    capabilities: &RawJson,
    instructions: Option<&str>,
    ttl_ms: u64,
    cache_scope: CacheScope,
) -> RawJson {
    let mut out = String::from("{\"resultType\":\"complete\"");
    write_member(&mut out, "supportedVersions", &supported_versions());
    write_member(&mut out, "capabilities", capabilities);
    if let Some(instructions) = instructions {
        write_member(&mut out, "instructions", &RawJson::from_string(instructions));
    }
    finish_result(&mut out, ttl_ms, cache_scope, server_info, None);
    RawJson::written(out)
}
