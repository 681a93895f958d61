//! The JSON-RPC error codes of MCP 2026-07-28 and of Weir, and the conclusions that a code from an origin allows.
//!
//! The range -32768 to -32000 is reserved: JSON-RPC 2.0 §5.1 defines five codes in it, MCP three from -32020 on. Weir's
//! own codes lie outside, so that no client confuses them.

/// The body is not JSON (JSON-RPC 2.0 §5.1). HTTP 400.
pub const PARSE_ERROR: i64 = -32700;

/// The body is JSON, but not a JSON-RPC request or notification (JSON-RPC 2.0 §5.1). HTTP 400.
pub const INVALID_REQUEST: i64 = -32600;

/// The method does not exist (JSON-RPC 2.0 §5.1; MCP 2026-07-28, Streamable HTTP). HTTP 404, for a legacy client 200.
pub const METHOD_NOT_FOUND: i64 = -32601;

/// The params are invalid, such as an unknown tool or a missing `_meta` key (JSON-RPC 2.0 §5.1; MCP 2026-07-28,
/// `_meta`). HTTP 400 for a missing `_meta` key, else 200.
pub const INVALID_PARAMS: i64 = -32602;

/// The receiver failed (JSON-RPC 2.0 §5.1). HTTP 200 in Weir's translations of legacy responses.
pub const INTERNAL_ERROR: i64 = -32603;

/// A mirrored header is missing, malformed or differs from the body (MCP 2026-07-28, Streamable HTTP). HTTP 400.
pub const HEADER_MISMATCH: i64 = -32020;

/// The request needs a capability that the client has not declared (MCP 2026-07-28, versioning). HTTP 400.
pub const MISSING_REQUIRED_CLIENT_CAPABILITY: i64 = -32021;

/// The protocol version is not supported; `data` lists the supported ones (MCP 2026-07-28, versioning). HTTP 400.
pub const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;

/// Weir's own: authentication, scope, quarantine or policy refuses the request. HTTP 401 without a valid token; 403 for
/// the caller; 404 for the virtual server; 200 for a tool, resource or prompt.
pub const REFUSED: i64 = -31403;

/// Weir's own: a rate limit is exhausted; `data.retry_after_seconds` is the time until the next permitted call. HTTP
/// 200.
pub const RATE_LIMITED: i64 = -31429;

/// Weir's own: the origin failed, or its response is not MCP. HTTP 200.
pub const ORIGIN_FAILED: i64 = -31502;

/// Weir's own: a dependency is unavailable, so that Weir can't decide or record, and does not forward. HTTP 503 if it
/// concerns all calls, 200 for one call.
pub const UNAVAILABLE: i64 = -31503;

/// Weir's own: the origin did not respond before its deadline. HTTP 200.
pub const ORIGIN_TOO_SLOW: i64 = -31504;

/// True for a code that only a server of the modern era sends.
#[must_use]
pub const fn is_modern_only(code: i64) -> bool {
    matches!(code, HEADER_MISMATCH | MISSING_REQUIRED_CLIENT_CAPABILITY | UNSUPPORTED_PROTOCOL_VERSION)
}

/// True for a code that, under HTTP 400, 404 or 405, means that the request was refused before it reached a tool.
/// Common legacy servers send -32000 and -32001 for a missing or unknown session.
#[must_use]
pub const fn is_before_dispatch(code: i64) -> bool {
    let standard = matches!(code, PARSE_ERROR | INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS);
    standard || is_modern_only(code) || matches!(code, -32001 | -32000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_codes_are_outside_reserved_range() {
        for code in [REFUSED, RATE_LIMITED, ORIGIN_FAILED, UNAVAILABLE, ORIGIN_TOO_SLOW] {
            assert!(!(-32768..=-32000).contains(&code), "`{code}` should lie outside JSON-RPC's reserved range");
        }
    }
}
