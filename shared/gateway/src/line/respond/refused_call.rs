//! A `tools/call` that was refused or has failed, as its model reads it: a result with `isError`.
//!
//! Agents end their run, or try again blindly, when a call is answered with a JSON-RPC error; a result goes to the
//! model (MCP 2025-11-25 and 2026-07-28, tools, error handling). Only callers who may see the tool get one: to all
//! others it is unknown. A failure whose HTTP status clients act on stays an error.

use json::RawJson;
use mcp::era::Era;
use serde::Serialize;

use super::error_body::Data;
use super::status::status_and_code;
use crate::error::{Failure, Fault, Refusal};

/// The key in `_meta` of a refusal, for programs.
pub(crate) const REFUSAL: &str = "dev.weir/refusal";

/// The call of a tool that its caller may see.
pub(crate) struct ToolCall<'a> {
    /// The tool's exposed name.
    pub(crate) tool: &'a str,
    /// The era that the client speaks.
    pub(crate) era: Era,
    /// Name of the virtual server.
    pub(crate) server: Option<&'a str>,
    /// True if the origin may have run the call.
    pub(crate) may_have_run: bool,
}

#[derive(Serialize)]
struct RefusedCall<'a> {
    #[serde(rename = "resultType", skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    content: [Text<'a>; 1],
    #[serde(rename = "isError")]
    is_error: bool,
    #[serde(rename = "_meta")]
    meta: Meta<'a>,
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'static str,
    text: &'a str,
}

/// `_meta` of the result.
#[derive(Serialize)]
struct Meta<'a> {
    #[serde(rename = "io.modelcontextprotocol/serverInfo", skip_serializing_if = "Option::is_none")]
    server: Option<ServerInfo<'a>>,
    #[serde(rename = "dev.weir/refusal")]
    refusal: Data<'a>,
}

#[derive(Serialize)]
struct ServerInfo<'a> {
    name: &'a str,
    version: &'static str,
}

/// The result of the call; `None` for a failure that stays a JSON-RPC error.
pub(super) fn result(failure: &Failure, call: &ToolCall<'_>, event_id: Option<&str>) -> Option<RawJson> {
    if !is_for_model(failure) {
        return None;
    }
    let ToolCall { tool, era, server, may_have_run } = call;
    let ended = if *may_have_run { "failed and may have taken effect" } else { "was not called" };
    let text = format!("`{tool}` {ended}: {failure}");
    let is_modern = *era == Era::Modern;
    let server = server.filter(|_| is_modern).map(|name| ServerInfo { name, version: env!("CARGO_PKG_VERSION") });
    let code = Some(status_and_code(failure).1);
    let refused = RefusedCall {
        result_type: is_modern.then_some("complete"),
        content: [Text { r#type: "text", text: &text }],
        is_error: true,
        meta: Meta { server, refusal: Data { code, ..Data::of(failure, event_id) } },
    };
    RawJson::from_serialize(&refused).ok()
}

/// False if the client has to act on the HTTP status, or if the message was wrong and not the call.
fn is_for_model(failure: &Failure) -> bool {
    match failure {
        Failure::Refusal(refusal) => matches!(
            refusal,
            Refusal::PolicyRefused(_)
                | Refusal::Quarantined(_)
                | Refusal::InvalidArguments(_)
                | Refusal::RateLimited { .. }
                | Refusal::TooManyRequests { .. }
        ),
        // It stays 404, upon which a legacy client opens a new session.
        Failure::Fault(fault) => !matches!(fault.cause(), Fault::OriginSessionEnded),
    }
}
