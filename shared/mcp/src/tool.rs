//! Tools: the list that an origin gives and the one we give, the call, its summary, and the answer to `server/discover`.
//!
//! ```text
//! tools/list result   {"resultType":"complete","tools":[{"name":…,"inputSchema":{…}},…],"ttlMs":…,"cacheScope":…}
//! tools/call params   {"name":…,"arguments":{…},"_meta":{…}}
//! tools/call result   {"resultType":"complete","content":[…],"isError":false}
//! ```
//!
//! Names, titles and descriptions are spliced into the origin's own text; schemas, arguments and results pass unchanged.

mod call;
mod discover;
mod list;

pub use call::{CallError, CallSummary, ResultType, call_arguments, call_name, call_summary, with_call};
pub use discover::discover_result;
pub use list::{ListError, ListedTool, Page, Tool, ToolList, tools_list_result};

use crate::meta::{Implementation, META, SERVER_INFO};
use crate::raw_json::{Members, write_member};

/// Most bytes of a tool's name (MCP 2026-07-28, tools: 1 to 128 characters).
pub const MAX_NAME_BYTES: usize = 128;

/// Who may be given a kept copy of a result (SEP-2549).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheScope {
    /// Anyone.
    Public,
    /// The same authorization context only. What was filtered for one caller is always private.
    Private,
}

impl CacheScope {
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
}

/// Ends a result object that may be kept: caching hints (SEP-2549), who answers, and `notes`, which are more of `_meta`.
fn finish_result(
    out: &mut String,
    ttl_ms: u64,
    cache_scope: CacheScope,
    server_info: &Implementation,
    notes: Option<&Members>,
) {
    out.push_str(",\"ttlMs\":");
    out.push_str(&ttl_ms.to_string());
    out.push_str(",\"cacheScope\":\"");
    out.push_str(cache_scope.as_str());
    out.push('"');
    let mut meta = Members::new();
    meta.set(SERVER_INFO, server_info.to_raw());
    for (name, value) in notes.into_iter().flat_map(Members::iter) {
        meta.set(name, value.clone());
    }
    write_member(out, META, &meta.to_raw());
    out.push('}');
}

#[cfg(test)]
mod tests;
