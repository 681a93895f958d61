//! The legacy era, MCP 2025-03-26 to 2025-11-25: `initialize`, session ids, translation of responses between eras.
//!
//! ```text
//! POST initialize                  {"protocolVersion":…,"capabilities":{},"clientInfo":{…}}
//!   200 {"protocolVersion":…,"capabilities":{…},"serverInfo":{…}}    may assign an Mcp-Session-Id
//! POST notifications/initialized   202, no body
//! POST tools/list, tools/call …    MCP-Protocol-Version: 2025-11-25, and the Mcp-Session-Id if one was assigned
//!   404                            the session is unknown: nothing was done, send `initialize` again
//! ```

pub mod batch;
mod capabilities;
mod requests;
mod url_elicitation;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::era::{Era, UnsupportedVersion};
use crate::error_code;
use crate::input_request::URL_ELICITATION_REQUIRED;
use crate::json_rpc::{self, RequestId, ResponseContent};
use crate::meta::{CLIENT_CAPABILITIES, CLIENT_INFO, Implementation, LOG_LEVEL, PROTOCOL_VERSION, RequestMeta};
use crate::method::Method;
use crate::result::{ResultType, summarize};
use crate::subscription::{PROMPTS_LIST_CHANGED, RESOURCES_LIST_CHANGED, TOOLS_LIST_CHANGED};
use json::{Members, RawJson, write_member};

pub use capabilities::ClientCapabilities;
use requests::log_level;
pub use requests::{
    CANCELLED, LOG_LEVELS, ROOTS_LIST_CHANGED, SET_LEVEL, SUBSCRIBE, UNSUBSCRIBE, cancelled_id, level, with_id,
    with_request_id,
};
use url_elicitation::declares_url_elicitation;

/// The supported legacy versions, newest first.
pub const VERSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", ASSUMED_VERSION];

/// The version of a message without `MCP-Protocol-Version` (MCP 2025-11-25, transports).
pub const ASSUMED_VERSION: &str = "2025-03-26";

/// `Mcp-Session-Id`, which a legacy server may assign in its response to `initialize` (MCP 2025-11-25, transports).
pub const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// The maximum length of an origin's session id, in bytes; most are UUIDs.
pub const MAX_SESSION_ID_BYTES: usize = 1024;

/// The request that negotiates version and capabilities (MCP 2025-11-25, lifecycle).
pub const INITIALIZE: &str = "initialize";
/// The notification that ends the initialization (MCP 2025-11-25, lifecycle).
pub const INITIALIZED: &str = "notifications/initialized";
/// The notification of a request's progress, under the token of that request.
pub const PROGRESS: &str = "notifications/progress";
/// The notification with a log message of a server.
pub const LOG_MESSAGE: &str = "notifications/message";
/// The notification that what an elicitation request in URL mode asked for is done.
const ELICITATION_COMPLETE: &str = "notifications/elicitation/complete";
/// The notifications that a server may send on the server-initiated stream, besides progress and changes of lists and
/// resources.
pub const SERVER_NOTIFICATIONS: [&str; 3] = [LOG_MESSAGE, CANCELLED, ELICITATION_COMPLETE];
/// The request, from either side, whose result is empty (MCP 2025-11-25, ping).
pub const PING: &str = "ping";

/// The legacy error code for an unknown resource; since MCP 2026-07-28 servers send -32602 instead.
pub const RESOURCE_NOT_FOUND: i64 = -32002;

/// Returns the version of a legacy message by its `MCP-Protocol-Version`; [`ASSUMED_VERSION`] without the header.
///
/// # Errors
///
/// [`UnsupportedVersion`] if it is not one of [`VERSIONS`].
pub fn version(header: Option<&str>) -> Result<&'static str, UnsupportedVersion> {
    let Some(header) = header else { return Ok(ASSUMED_VERSION) };
    known_version(header).ok_or_else(|| UnsupportedVersion::of_any_era(header))
}

/// Returns the version for the response to `initialize`: the requested one if it is supported, else the newest legacy
/// one; `None` if the params name no version.
#[must_use]
pub fn negotiate(params: Option<&Members>) -> Option<&'static str> {
    let requested = params?.get("protocolVersion")?.string()?;
    Some(known_version(&requested).unwrap_or(VERSIONS[0]))
}

/// Returns the version if it is one of [`VERSIONS`].
#[must_use]
pub fn known_version(version: &str) -> Option<&'static str> {
    VERSIONS.into_iter().find(|known| *known == version)
}

/// Writes the result of `initialize`: `{"protocolVersion":…,"capabilities":{…},"serverInfo":{…},"instructions":…}`.
#[must_use]
pub fn initialize_result(
    version: &str,
    capabilities: &RawJson,
    server_info: &Implementation,
    instructions: Option<&str>,
) -> RawJson {
    let mut result = Members::new();
    result.set("protocolVersion", RawJson::from_string(version));
    result.set("capabilities", capabilities.clone());
    result.set("serverInfo", server_info.to_raw());
    if let Some(instructions) = instructions {
        result.set("instructions", RawJson::from_string(instructions));
    }
    result.to_raw()
}

/// Writes the params of an `initialize` to an origin. Without capabilities the origin may send no requests but `ping`.
#[must_use]
pub fn initialize_params(version: &str, capabilities: ClientCapabilities, client_info: &Implementation) -> Members {
    let mut params = Members::new();
    params.set("protocolVersion", RawJson::from_string(version));
    params.set("capabilities", capabilities.to_raw());
    params.set("clientInfo", client_info.to_raw());
    params
}

/// Returns the version in an origin's result of `initialize`; `None` if it is not one of [`VERSIONS`].
#[must_use]
pub fn negotiated_version(result: &RawJson) -> Option<&'static str> {
    known_version(&result.members().ok()?.get("protocolVersion")?.string()?)
}

/// Returns the session id that an origin assigns; `None` if it assigns none.
///
/// # Errors
///
/// [`MalformedSessionId`] if it is not one value of 1 to [`MAX_SESSION_ID_BYTES`] visible ASCII characters.
pub fn session_id(headers: &HeaderMap) -> Result<Option<HeaderValue>, MalformedSessionId> {
    let mut values = headers.get_all(SESSION_ID).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let fits = (1..=MAX_SESSION_ID_BYTES).contains(&value.len());
    if values.next().is_some() || !fits || !value.as_bytes().iter().all(u8::is_ascii_graphic) {
        return Err(MalformedSessionId);
    }
    let mut value = value.clone();
    value.set_sensitive(true);
    Ok(Some(value))
}

/// The session id breaks the rules of MCP 2025-11-25, transports, or exceeds the limit.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the session id is not 1 to {MAX_SESSION_ID_BYTES} visible ASCII characters")]
pub struct MalformedSessionId;

/// Removes from a `_meta` the keys that only the modern era defines.
pub fn strip_meta(meta: &mut Members) {
    for key in [PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL] {
        meta.remove(key);
    }
}

/// The translation of an origin's messages for a client, which may be of different eras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The client's era.
    pub client: Era,
    /// The origin's era.
    pub origin: Era,
    /// True if a modern client declares elicitation in URL mode.
    pub url_elicitation: bool,
    /// True for `tools/call`, whose failures are results with `isError`.
    pub calls_tool: bool,
    /// The lowest level of log messages that a modern client requests, as an index in [`LOG_LEVELS`]; `None`: no log
    /// messages.
    pub log_level: Option<usize>,
}

impl Bridge {
    /// Makes the translation for a request with this method and `_meta`.
    #[must_use]
    pub fn new((client, origin): (Era, Era), method: Method, meta: &RequestMeta) -> Self {
        let log_level = meta.to_members().get(LOG_LEVEL).and_then(log_level);
        let url_elicitation = declares_url_elicitation(&meta.client_capabilities);
        Self { client, origin, url_elicitation, calls_tool: method == Method::ToolsCall, log_level }
    }

    /// True for a notification that may precede the response, besides the request's own progress:
    ///
    /// | notification | passes |
    /// |---|---|
    /// | log message | from a legacy origin to a modern client at the requested level (MCP 2026-07-28, logging), else always |
    /// | change of a list, cancellation of a request, completion of an elicitation | from a legacy origin to a legacy client; the modern era has other ways |
    /// | change of a resource or a task, acknowledgement, and any other `notifications/…` | never: it belongs to another stream |
    /// | a method outside `notifications/` | always: it is an extension's |
    #[must_use]
    pub fn passes(self, method: &str, params: Option<&Members>) -> bool {
        match method {
            LOG_MESSAGE if (self.client, self.origin) == (Era::Modern, Era::Legacy) => {
                let level = params.and_then(|params| params.get("level")).and_then(log_level);
                self.log_level.is_some_and(|least| level.is_some_and(|level| level >= least))
            }
            LOG_MESSAGE => true,
            CANCELLED | ELICITATION_COMPLETE | TOOLS_LIST_CHANGED | PROMPTS_LIST_CHANGED | RESOURCES_LIST_CHANGED => {
                (self.client, self.origin) == (Era::Legacy, Era::Legacy)
            }
            method => !method.starts_with("notifications/"),
        }
    }

    /// Translates the response to the request `id` to the client's era; `None` if no rule applies.
    ///
    /// - From legacy to modern: a result without `resultType` gets `complete`; error -32002 becomes -32602; error
    ///   -32042 becomes `input_required` for a client with elicitation in URL mode, else -32603.
    /// - From any era to legacy: a result that is not `complete`, and error -32021, become a tool result with `isError`
    ///   for `tools/call`, else error -32603.
    #[must_use]
    pub fn response(self, id: &RequestId, outcome: &ResponseContent) -> Option<(Bytes, ResponseContent)> {
        match (self.client, self.origin) {
            (Era::Modern, Era::Modern) => None,
            (Era::Modern, Era::Legacy) => to_modern(id, outcome, self.url_elicitation),
            (Era::Legacy, _) => to_legacy(id, outcome, self.calls_tool),
        }
    }
}

fn to_modern(id: &RequestId, outcome: &ResponseContent, url_elicitation: bool) -> Option<(Bytes, ResponseContent)> {
    match outcome {
        ResponseContent::Result(result) => {
            let result = with_complete_type(result)?;
            Some((json_rpc::result_response(id, &result), ResponseContent::Result(result)))
        }
        ResponseContent::Error { code, message, raw } => {
            if *code == URL_ELICITATION_REQUIRED
                && url_elicitation
                && let Some(result) = url_elicitation::input_required(raw)
            {
                return Some((json_rpc::result_response(id, &result), ResponseContent::Result(result)));
            }
            let code = match *code {
                RESOURCE_NOT_FOUND => error_code::INVALID_PARAMS,
                URL_ELICITATION_REQUIRED => error_code::INTERNAL_ERROR,
                _ => return None,
            };
            let mut error = raw.members().ok()?;
            error.set("code", RawJson::from_integer(code));
            let data = error.get("data");
            let bytes = json_rpc::error_response(Some(id), code, message, data);
            Some((bytes, ResponseContent::Error { code, message: message.clone(), raw: error.to_raw() }))
        }
    }
}

/// Returns the result with `"resultType":"complete"` as its first member; `None` if it has a `resultType`.
fn with_complete_type(result: &RawJson) -> Option<RawJson> {
    // A result that can't be read passes unchanged.
    if result.members().ok()?.get("resultType").is_some() {
        return None;
    }
    let members = result.as_str().strip_prefix('{')?;
    let mut out = String::with_capacity(members.len() + 32);
    out.push_str("{\"resultType\":\"complete\"");
    if !members.trim_ascii_start().starts_with('}') {
        out.push(',');
    }
    out.push_str(members);
    Some(RawJson::written(out))
}

/// The text for users whose client can't receive an elicitation. For a tool it is a result, not an error: models act on
/// it.
const TOO_OLD: &str = "This needs to ask you something, and your client is too old to be asked: it speaks a \
     version of MCP before 2026-07-28. Update the client, or do this step elsewhere.";

fn to_legacy(id: &RequestId, outcome: &ResponseContent, calls_tool: bool) -> Option<(Bytes, ResponseContent)> {
    let needs_input = match outcome {
        ResponseContent::Result(result) => {
            summarize(result).is_ok_and(|summary| summary.result_type != ResultType::Complete)
        }
        ResponseContent::Error { code, .. } => *code == error_code::MISSING_REQUIRED_CLIENT_CAPABILITY,
    };
    if !needs_input {
        return None;
    }
    if calls_tool {
        let result = tool_failure(TOO_OLD);
        return Some((json_rpc::result_response(id, &result), ResponseContent::Result(result)));
    }
    let (code, mut error) = (error_code::INTERNAL_ERROR, Members::new());
    error.set("code", RawJson::from_integer(code));
    error.set("message", RawJson::from_string(TOO_OLD));
    let outcome = ResponseContent::Error { code, message: TOO_OLD.to_owned(), raw: error.to_raw() };
    Some((json_rpc::error_response(Some(id), code, TOO_OLD, None), outcome))
}

/// Writes a failed tool's result: `{"content":[{"type":"text","text":…}],"isError":true}`.
fn tool_failure(text: &str) -> RawJson {
    let mut out = String::from("{\"content\":[{\"type\":\"text\"");
    write_member(&mut out, "text", &RawJson::from_string(text));
    out.push_str("}],\"isError\":true}");
    RawJson::written(out)
}

/// Returns `clientInfo` of the params of `initialize`, self-reported; `None` if it is missing, malformed or too long.
#[must_use]
pub fn client_info(params: Option<&Members>) -> Option<Implementation> {
    let members = params?.get("clientInfo")?.members().ok()?;
    let text = |name| members.get(name).and_then(RawJson::string).map(Cow::into_owned);
    let fits = |text: &String| text.len() <= crate::meta::MAX_IMPLEMENTATION_BYTES;
    let (name, version) = (text("name").filter(fits)?, text("version").filter(fits)?);
    Some(Implementation { name, version, title: None })
}

#[cfg(test)]
mod tests;
