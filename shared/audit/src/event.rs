//! The audit event: one JSON object per request, always under 128,000 bytes.
//!
//! ```text
//! {"version":1,"id":"019de1f0-…","time":"2026-11-20T10:42:07.123Z","kind":"call",
//!  "user":{"issuer":"https://idp.example.com","subject":"alice"},
//!  "agent":{"client_id":"claude-code","name":"claude-code","version":"2.1"},
//!  "groups":["support"],"team":"support","project":"helpdesk",
//!  "resource":"https://mcp.example.com/mcp","virtual_server":"support","origin":"documents",
//!  "method":"tools/call","protocol_version":"2026-07-28","tool":"documents_search",
//!  "arguments":{"type":"object","members":{"query":{"type":"string","length":12}},"length":1},
//!  "outcome":{"status":"success","http_status":200},"request_bytes":512,"response_bytes":2048,
//!  "session":{"trace_id":"0af7…","span_id":"b7ad…","parent_id":"00f0…","injected":false},
//!  "decision":{"effect":"permit","epoch":1795168800000,"rules":["role/support-reader/documents_search"]},
//!  "latency":{"weir_ms":1,"origin_ms":17},"cost":{"amount":"0.002","currency":"USD"}}
//! ```
//!
//! Members that don't apply are absent, except `cost`, which is `null` if nothing is charged. Times are in UTC, sizes
//! in bytes. An event never contains argument values that the registry doesn't allow, content of results, or tokens.
//! Texts and lists that are too long are cut, and `truncated` names their members.

mod bound;
mod origins;
mod phase;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cost::Cost;
use crate::id::EventId;
use crate::redaction::RedactedArguments;
use crate::time::rfc3339;

pub use origins::{Defective, InputRequests, Unavailable};
pub use phase::Phase;

/// Upper bound (exclusive) of the length of an event's JSON text, bytes: the 128 kB of a Cloudflare Queues message.
pub const EVENT_BYTES: usize = 128_000;

/// The `version` that this crate writes. Readers ignore unknown members; a changed meaning needs a new version.
pub const VERSION: u32 = 1;

/// The audit record of one request, or of a number of requests that were refused before authentication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Version of the format; see [`VERSION`].
    pub version: u32,
    /// Unique id (UUIDv7); the ledger keeps one event per id.
    pub id: EventId,
    /// Instant of the request's arrival, RFC 3339 with milliseconds, UTC.
    pub time: String,
    /// One request, or counted refusals.
    pub kind: Kind,
    /// Only for `two_phase` audit: intent or completion. The two events of a call have different ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// Only for `two_phase` audit: the id of the completion, which both events have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<EventId>,
    /// Only for [`Kind::Refusals`]: the number of refusals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusals: Option<Refusals>,
    /// The verified user; absent if no token was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// The AI application that acts for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The user's groups, from the token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The team that pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team's costs are charged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The protected resource of the request (RFC 9728), `https://HOST/mcp…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Name of the virtual server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_server: Option<String>,
    /// Name of the origin, even if it was not called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Only for a list: the origins that it omits, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<Unavailable>,
    /// Only for a list: the origins with definitions that it repairs or omits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defective: Vec<Defective>,
    /// The requests for input that origins made of the caller (elicitation, sampling, roots): kinds and counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_requests: Vec<InputRequests>,
    /// The JSON-RPC method as sent by the client, or Weir's own operation (`oauth/token`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The client's protocol version (OpenTelemetry `mcp.protocol.version`); for `initialize`, the negotiated one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// Exposed name of the tool, as sent by the client; it may not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// URI of the resource that was read or completed, as sent by the client; it may not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_uri: Option<String>,
    /// Exposed name of the prompt, as sent by the client; it may not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The redacted arguments of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<RedactedArguments>,
    /// The result of the request.
    pub outcome: Outcome,
    /// Details for operators: the record, port or issuer, and the host's error. Never data from a caller or an origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Number of events that no sink accepted, as known to this isolate, since its previous report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_before: Option<u64>,
    /// Length of the request body, bytes.
    pub request_bytes: u64,
    /// Length of the response body that was sent, bytes.
    pub response_bytes: u64,
    /// The W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// The policy decision; absent if policy was not evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Durations of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Cost of the call; `None` (`null`) if nothing is charged, as for a refusal.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// The members that [`AuditEvent::into_json`] shortened, in the order of the struct. Callers leave it empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<Cow<'static, str>>,
}

impl AuditEvent {
    /// Makes the event of a request that arrived at `now_ms` (Unix milliseconds). The caller sets further members.
    #[must_use]
    pub fn call(now_ms: u64, entropy: [u8; 10], outcome: Outcome) -> Self {
        Self {
            version: VERSION,
            id: EventId::new(now_ms, entropy),
            time: rfc3339(now_ms),
            kind: Kind::Call,
            phase: None,
            call: None,
            refusals: None,
            user: None,
            agent: None,
            groups: Vec::new(),
            team: None,
            project: None,
            resource: None,
            virtual_server: None,
            origin: None,
            unavailable: Vec::new(),
            defective: Vec::new(),
            input_requests: Vec::new(),
            method: None,
            protocol_version: None,
            tool: None,
            resource_uri: None,
            prompt: None,
            arguments: None,
            outcome,
            detail: None,
            lost_before: None,
            request_bytes: 0,
            response_bytes: 0,
            session: None,
            decision: None,
            latency: None,
            cost: None,
            truncated: Vec::new(),
        }
    }

    /// Makes the event of `count` refusals with one `reason` in the minute that began at `minute_ms`, written at
    /// `now_ms` (both Unix milliseconds).
    #[must_use]
    pub fn refusals(
        now_ms: u64,
        entropy: [u8; 10],
        reason: impl Into<Cow<'static, str>>,
        http_status: u16,
        minute_ms: u64,
        count: u64,
    ) -> Self {
        let outcome = Outcome { http_status: Some(http_status), ..Outcome::because(Status::Refused, reason) };
        let minute = rfc3339(minute_ms - minute_ms % 60_000);
        Self {
            kind: Kind::Refusals,
            refusals: Some(Refusals { minute, count }),
            ..Self::call(now_ms, entropy, outcome)
        }
    }

    /// Writes the event as one line of JSON, always shorter than [`EVENT_BYTES`].
    #[must_use]
    pub fn into_json(mut self) -> String {
        bound::shorten(&mut self);
        // Serialization fails only for maps with keys that aren't strings; the event has none.
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// The kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One request.
    Call,
    /// Refusals before authentication, counted per reason and minute.
    Refusals,
}

/// The count of a [`Kind::Refusals`] event; the reason is in the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// Start of the minute, RFC 3339, UTC.
    pub minute: String,
    /// Number of refusals in the minute.
    pub count: u64,
}

/// The verified user, or a client that acts for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The `iss` claim of the identity provider.
    pub issuer: String,
    /// The `sub` claim: the user at the issuer; for a service, its client id.
    pub subject: String,
    /// The kind of account; absent for a person.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<UserKind>,
}

/// The kind of an account that belongs to no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserKind {
    /// A client that acts for itself; the gateway is its issuer.
    Service,
}

/// The AI application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// The verified OAuth `client_id`.
    pub client_id: String,
    /// `clientInfo.name`, self-reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `clientInfo.version`, self-reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The result of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The class of the result.
    pub status: Status,
    /// HTTP status of the response; absent if none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// HTTP status of the origin's response; absent if it was 200 or the origin gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_status: Option<u16>,
    /// JSON-RPC error code of the response, or of the refusal in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// A stable snake_case code of the failure, without variable data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

impl Outcome {
    /// Makes a successful outcome with this HTTP status.
    #[must_use]
    pub fn success(http_status: u16) -> Self {
        Self {
            status: Status::Success,
            http_status: Some(http_status),
            origin_status: None,
            error_code: None,
            reason: None,
        }
    }

    /// Makes an outcome of `status` with a reason code.
    #[must_use]
    pub fn because(status: Status, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, http_status: None, origin_status: None, error_code: None, reason: Some(reason.into()) }
    }
}

/// The class of a request's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The request succeeded.
    Success,
    /// The origin returned a tool result with `isError: true`.
    ToolError,
    /// The origin returned a JSON-RPC error.
    Error,
    /// Weir refused the request: invalid, not permitted, or quarantined.
    Refused,
    /// The origin gave no valid response: timeout, aborted body, or not MCP.
    OriginFailed,
    /// The client closed the connection before the response ended.
    ClientGone,
    /// Weir itself failed.
    Fault,
    /// The result is not known yet, in an intent event.
    Pending,
}

/// The trace context of a request (W3C Trace Context), in lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Trace id, 32 digits.
    pub trace_id: String,
    /// Id of Weir's span, 16 digits, which is the parent of the origin's span.
    pub span_id: String,
    /// Id of the client's span, 16 digits; absent if it sent none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// True if the client sent no trace context, so that Weir started the trace.
    pub injected: bool,
}

/// The policy decision about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Permit or refusal.
    pub effect: Effect,
    /// Epoch of the registry, Unix milliseconds.
    pub epoch: u64,
    /// Ids of the rules that decided; empty if none permitted.
    pub rules: Vec<String>,
}

/// The effect of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Policy permits the request.
    Permit,
    /// Policy refuses the request.
    Refusal,
}

/// Durations of a request, milliseconds of wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Total duration without the origin's share.
    pub weir_ms: u64,
    /// Time from sending the request to the origin to the end of its response; absent if it was not called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_ms: Option<u64>,
}

#[cfg(test)]
mod tests;
