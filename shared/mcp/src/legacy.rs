//! The legacy era (MCP 2025-03-26 to 2025-11-25), as far as whoever keeps no session needs it, and what changes in a
//! message that crosses from one era to the other.
//!
//! ```text
//! POST initialize                  {"protocolVersion":…,"capabilities":{},"clientInfo":{…}}      opens
//!   200 {"protocolVersion":…,"capabilities":{…},"serverInfo":{…}}    may assign an Mcp-Session-Id
//! POST notifications/initialized   202, no body
//! POST tools/list, tools/call …    MCP-Protocol-Version: 2025-11-25, and the Mcp-Session-Id if one was assigned
//!   404                            the session is unknown: nothing was done, open another
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
use crate::json_rpc::{self, Notification, Outcome, RequestId};
use crate::meta::{CLIENT_CAPABILITIES, CLIENT_INFO, Implementation, LOG_LEVEL, PROTOCOL_VERSION, RequestMeta};
use crate::method::Method;
use crate::result::{ResultType, summarize};
use json::{Members, RawJson, write_member};

pub use capabilities::ClientCapabilities;
use requests::log_level;
pub use requests::{
    CANCELLED, LOG_LEVELS, ROOTS_LIST_CHANGED, SET_LEVEL, SUBSCRIBE, UNSUBSCRIBE, cancelled_id, names_level, with_id,
    with_request_id,
};
use url_elicitation::opens_urls;

/// The legacy versions that are spoken here, newest first.
pub const VERSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", ASSUMED_VERSION];

/// What a message without `MCP-Protocol-Version` speaks (MCP 2025-11-25, transports).
pub const ASSUMED_VERSION: &str = "2025-03-26";

/// `Mcp-Session-Id`, which a legacy server may assign.
pub const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Most bytes of a session id; usual ones are UUIDs.
pub const MAX_SESSION_ID_BYTES: usize = 1024;

/// The message that opens.
pub const INITIALIZE: &str = "initialize";
/// The notification that ends the opening.
pub const INITIALIZED: &str = "notifications/initialized";
/// How far a request is.
const PROGRESS: &str = "notifications/progress";
/// A line of a server's log.
const LOG_MESSAGE: &str = "notifications/message";
/// What a server may tell without being asked, besides changes.
pub const UNASKED: [&str; 4] = [PROGRESS, LOG_MESSAGE, CANCELLED, "notifications/elicitation/complete"];
/// Asks for an empty result.
pub const PING: &str = "ping";

/// Legacy codes that 2026-07-28 forbids (facts: MCP 2026-07-28, error codes).
/// Of a resource that is not there.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
const URL_ELICITATION_REQUIRED: i64 = -32042;

/// The version of a legacy message with this `MCP-Protocol-Version`.
///
/// # Errors
///
/// [`UnsupportedVersion`]
pub fn version(header: Option<&str>) -> Result<&'static str, UnsupportedVersion> {
    let Some(header) = header else { return Ok(ASSUMED_VERSION) };
    known_version(header).ok_or_else(|| UnsupportedVersion::of_any_era(header))
}

/// The version to answer `initialize` with: the one asked for if it is spoken here, else the newest legacy one. `None` when the
/// params name none.
#[must_use]
pub fn negotiate(params: Option<&Members>) -> Option<&'static str> {
    let asked = params?.get("protocolVersion")?.string()?;
    Some(known_version(&asked).unwrap_or(VERSIONS[0]))
}

/// This version, if it is one of [`VERSIONS`].
#[must_use]
pub fn known_version(version: &str) -> Option<&'static str> {
    VERSIONS.into_iter().find(|known| *known == version)
}

/// The result of `initialize`: `{"protocolVersion":…,"capabilities":{…},"serverInfo":{…},"instructions":…}`
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

/// The params of an `initialize` of our own. Without capabilities nobody asks back.
#[must_use]
pub fn initialize_params(version: &str, capabilities: ClientCapabilities, client_info: &Implementation) -> Members {
    let mut params = Members::new();
    params.set("protocolVersion", RawJson::from_string(version));
    params.set("capabilities", capabilities.to_raw());
    params.set("clientInfo", client_info.to_raw());
    params
}

/// The version that an origin's answer to `initialize` settles on; `None` when it is not one of [`VERSIONS`].
#[must_use]
pub fn settled(result: &RawJson) -> Option<&'static str> {
    known_version(&result.members().ok()?.get("protocolVersion")?.string()?)
}

/// The session id that an origin assigns; `Err` when it is not one value of 1 to [`MAX_SESSION_ID_BYTES`] visible characters.
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

/// A session id that could not be sent back as it came.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the session id is not 1 to {MAX_SESSION_ID_BYTES} visible characters")]
pub struct MalformedSessionId;

/// Takes out of a `_meta` what only the modern era knows.
pub fn strip_meta(meta: &mut Members) {
    for key in [PROTOCOL_VERSION, CLIENT_CAPABILITIES, CLIENT_INFO, LOG_LEVEL] {
        meta.remove(key);
    }
}

/// The eras on both sides of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Who asked.
    pub client: Era,
    /// Who answers.
    pub origin: Era,
    /// Whether a modern client that asked shows its user pages to open.
    pub opens_urls: bool,
    /// Whether it called a tool, whose failures are results.
    pub calls_tool: bool,
    /// The least level of log messages that a modern client wants, as its place in [`LOG_LEVELS`]; `None`: it wants none.
    pub log_level: Option<usize>,
}

impl Bridge {
    /// For a request of `client` that says this of itself.
    #[must_use]
    pub fn new((client, origin): (Era, Era), method: Method, meta: &RequestMeta) -> Self {
        let log_level = meta.to_members().get(LOG_LEVEL).and_then(log_level);
        let opens_urls = opens_urls(&meta.client_capabilities);
        Self { client, origin, opens_urls, calls_tool: method == Method::ToolsCall, log_level }
    }

    /// Whether a modern client may hear this of a legacy origin before the response: progress, and of the log what it has
    /// asked for (MCP 2026-07-28, logging). Between others, all passes.
    #[must_use]
    pub fn passes(self, notification: &Notification) -> bool {
        if (self.client, self.origin) != (Era::Modern, Era::Legacy) {
            return true;
        }
        match notification.method.as_str() {
            PROGRESS => true,
            LOG_MESSAGE => {
                let level = notification.params.as_ref().and_then(|params| params.get("level")).and_then(log_level);
                self.log_level.is_some_and(|least| level.is_some_and(|level| level >= least))
            }
            method => !method.starts_with("notifications/"),
        }
    }

    /// The response to the request `id` as the client's era has it; one that needs no change comes back as it is.
    ///
    /// | from → to | change |
    /// |---|---|
    /// | legacy → modern | a result without `resultType` gets `complete`; codes that the modern era forbids get their successors; pages to open first become `input_required` |
    /// | any → legacy | a result that wants input, or the error that the client lacks a capability, becomes a tool's failure, or an error where no tool was called |
    #[must_use]
    pub fn response(self, id: &RequestId, message: Bytes, outcome: Outcome) -> (Bytes, Outcome) {
        let changed = match (self.client, self.origin) {
            (Era::Modern, Era::Modern) => None,
            (Era::Modern, Era::Legacy) => to_modern(id, &outcome, self.opens_urls),
            (Era::Legacy, _) => to_legacy(id, &outcome, self.calls_tool),
        };
        changed.unwrap_or((message, outcome))
    }
}

fn to_modern(id: &RequestId, outcome: &Outcome, opens_urls: bool) -> Option<(Bytes, Outcome)> {
    match outcome {
        Outcome::Result(result) => {
            let result = complete(result)?;
            Some((json_rpc::result_response(id, &result), Outcome::Result(result)))
        }
        Outcome::Error { code, message, raw } => {
            if *code == URL_ELICITATION_REQUIRED
                && opens_urls
                && let Some(result) = url_elicitation::input_required(raw)
            {
                return Some((json_rpc::result_response(id, &result), Outcome::Result(result)));
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
            Some((bytes, Outcome::Error { code, message: message.clone(), raw: error.to_raw() }))
        }
    }
}

/// The result with `"resultType":"complete"` in front, its own text copied behind; `None` when it has a `resultType`.
fn complete(result: &RawJson) -> Option<RawJson> {
    // What can't be taken apart passes as it came.
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

/// What people read whose client can't be asked. Of a tool a result, not an error: models act on it.
const TOO_OLD: &str = "This needs to ask you something, and your client is too old to be asked: it speaks a \
     version of MCP before 2026-07-28. Update the client, or do this step elsewhere.";

fn to_legacy(id: &RequestId, outcome: &Outcome, calls_tool: bool) -> Option<(Bytes, Outcome)> {
    let asks = match outcome {
        Outcome::Result(result) => summarize(result).is_ok_and(|summary| summary.result_type != ResultType::Complete),
        Outcome::Error { code, .. } => *code == error_code::MISSING_REQUIRED_CLIENT_CAPABILITY,
    };
    if !asks {
        return None;
    }
    if calls_tool {
        let result = tool_failure(TOO_OLD);
        return Some((json_rpc::result_response(id, &result), Outcome::Result(result)));
    }
    let (code, mut error) = (error_code::INTERNAL_ERROR, Members::new());
    error.set("code", RawJson::from_integer(code));
    error.set("message", RawJson::from_string(TOO_OLD));
    let outcome = Outcome::Error { code, message: TOO_OLD.to_owned(), raw: error.to_raw() };
    Some((json_rpc::error_response(Some(id), code, TOO_OLD, None), outcome))
}

/// `{"content":[{"type":"text","text":…}],"isError":true}`
fn tool_failure(text: &str) -> RawJson {
    let mut out = String::from("{\"content\":[{\"type\":\"text\"");
    write_member(&mut out, "text", &RawJson::from_string(text));
    out.push_str("}],\"isError\":true}");
    RawJson::written(out)
}

/// The client's own words about itself in the params of `initialize`; `None` unless they fit.
#[must_use]
pub fn client_info(params: Option<&Members>) -> Option<Implementation> {
    let members = params?.get("clientInfo")?.members().ok()?;
    let text = |name| members.get(name).and_then(RawJson::string).map(Cow::into_owned);
    let fits = |text: &String| text.len() <= crate::meta::MAX_IMPLEMENTATION_BYTES;
    Some(Implementation { name: text("name").filter(fits)?, version: text("version").filter(fits)? })
}

#[cfg(test)]
mod tests;
