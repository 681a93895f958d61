//! The JSON-RPC error codes of MCP 2026-07-28, and Weir's own; what a code says about the server that sent it.
//!
//! -32768 to -32000 is reserved: JSON-RPC 2.0 §5.1 defines five codes in it, MCP the three from -32020 on. A code of our
//! own must lie outside, so that no client takes it for one of theirs.

/// The body is not JSON (JSON-RPC 2.0 §5.1). HTTP 400.
pub const PARSE_ERROR: i64 = -32700;

/// JSON, but not one JSON-RPC request or notification (JSON-RPC 2.0 §5.1). HTTP 400.
pub const INVALID_REQUEST: i64 = -32600;

/// No such method (JSON-RPC 2.0 §5.1; MCP 2026-07-28, Streamable HTTP). HTTP 404.
pub const METHOD_NOT_FOUND: i64 = -32601;

/// Params are wrong: an unknown tool, a required `_meta` key missing (JSON-RPC 2.0 §5.1; MCP 2026-07-28, `_meta`).
/// HTTP 400 for a missing `_meta` key, else 200.
pub const INVALID_PARAMS: i64 = -32602;

/// A fault of the receiver (JSON-RPC 2.0 §5.1). HTTP 500.
pub const INTERNAL_ERROR: i64 = -32603;

/// A mirrored header is missing, malformed or unlike the body (MCP 2026-07-28, Streamable HTTP). HTTP 400.
pub const HEADER_MISMATCH: i64 = -32020;

/// The request needs a capability that the client has not declared (MCP 2026-07-28, versioning). HTTP 400.
pub const MISSING_REQUIRED_CLIENT_CAPABILITY: i64 = -32021;

/// The protocol version is not spoken here; `data` names those that are (MCP 2026-07-28, versioning). HTTP 400.
pub const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;

/// Weir: refused by policy or by quarantine. HTTP 403.
pub const REFUSED: i64 = -31403;

/// Weir: more calls than a limit allows; `data` says when there will be some again.
pub const RATE_LIMITED: i64 = -31429;

/// Weir: the origin failed or answered something that is not MCP.
pub const ORIGIN_FAILED: i64 = -31502;

/// Weir: a dependency of Weir's is away, so it can't decide or account, and does not forward.
pub const UNAVAILABLE: i64 = -31503;

/// Weir: the origin did not answer in its time.
pub const ORIGIN_TOO_SLOW: i64 = -31504;

/// Whether only a server of the modern era sends this code.
#[must_use]
pub const fn is_modern_only(code: i64) -> bool {
    matches!(code, HEADER_MISMATCH | MISSING_REQUIRED_CLIENT_CAPABILITY | UNSUPPORTED_PROTOCOL_VERSION)
}

/// Whether a request that is answered with this code under HTTP 400, 404 or 405 was refused before it reached a tool. -32000 and
/// -32001 are what common servers of the legacy era say of a session that is missing or unknown.
#[must_use]
pub const fn is_before_dispatch(code: i64) -> bool {
    let usual = matches!(code, PARSE_ERROR | INVALID_REQUEST | METHOD_NOT_FOUND | INVALID_PARAMS);
    usual || is_modern_only(code) || matches!(code, -32001 | -32000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_codes_lie_outside_the_reserved_range() {
        for code in [REFUSED, RATE_LIMITED, ORIGIN_FAILED, UNAVAILABLE, ORIGIN_TOO_SLOW] {
            assert!(!(-32768..=-32000).contains(&code), "`{code}` should lie outside JSON-RPC's reserved range");
        }
    }
}
