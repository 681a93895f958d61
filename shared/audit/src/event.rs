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
//! What does not apply is absent, except `cost`, which is `null` when nothing is charged. Times are UTC, sizes bytes.
//! Never in it: values of arguments that the registry does not allow, content of results, tokens. Every text that is
//! too long is cut and every list that is too long ends early; `truncated` then names the members that lost something.

mod bound;
mod phase;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cost::Cost;
use crate::id::EventId;
use crate::redaction::RedactedArguments;
use crate::time::rfc3339;
use crate::trace::TraceParent;

pub use phase::Phase;

/// The bound on an event's JSON text, bytes; every event is shorter. One message of Cloudflare Queues holds 128 kB.
pub const EVENT_BYTES: usize = 128_000;

/// The `version` that this crate writes. Readers ignore members they don't know; a changed meaning is a new version.
pub const VERSION: u32 = 1;

/// One request's trace in the ledger, or the count of many refusals that happened before anyone was authenticated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// [`VERSION`].
    pub version: u32,
    /// Its identity: the ledger keeps one event per id.
    pub id: EventId,
    /// When the request came in, RFC 3339 with milliseconds, UTC.
    pub time: String,
    /// What the event is about.
    pub kind: Kind,
    /// For `two_phase` audit: which of the two events of a call this is. The two have different ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// For `two_phase` audit: what the two have in common, the id of the completion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<EventId>,
    /// For [`Kind::Refusals`]: what was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusals: Option<Refusals>,
    /// Who called; absent until a token was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// What called for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// The user's groups, as in the token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The team that pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team pays for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The protected resource that was asked, `https://HOST/mcp…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The virtual server that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_server: Option<String>,
    /// The origin that was called, or would have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// For a list: the origins that it goes without, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<Unavailable>,
    /// The JSON-RPC method as the client wrote it, or Weir's own operation (`oauth/token`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The protocol version that the client speaks (OpenTelemetry: `mcp.protocol.version`); of `initialize`, the one agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_version: Option<String>,
    /// The tool by its exposed name, as the client wrote it: it need not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The resource that was read or completed, as the client wrote its URI: it need not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_uri: Option<String>,
    /// The prompt by its exposed name, as the client wrote it: it need not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The call's arguments, redacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<RedactedArguments>,
    /// How it ended.
    pub outcome: Outcome,
    /// What operators want to know beyond the reason: which record, port or issuer, and what the host said. Nothing that
    /// a caller or an origin sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many events no sink had accepted, as far as the isolate that writes this one knows and since it last said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_before: Option<u64>,
    /// The length of the request's body.
    pub request_bytes: u64,
    /// The length of the answer's body, as far as it was sent.
    pub response_bytes: u64,
    /// Where it belongs in a trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// What policy said; absent when it wasn't asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// What it cost; `None` (`null`) when nothing is charged, as for a refusal.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// The members that [`AuditEvent::into_json`] had to shorten, in the order of the struct. Only it writes here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<Cow<'static, str>>,
}

impl AuditEvent {
    /// An event about one request that came in at `now_ms` (Unix milliseconds); fill in what is known.
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

    /// An event that stands for `count` refusals with one `reason` during the minute that began at `minute_ms`, written
    /// at `now_ms` (both Unix milliseconds).
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

    /// The event as one line of JSON, always shorter than [`EVENT_BYTES`].
    #[must_use]
    pub fn into_json(mut self) -> String {
        bound::shorten(&mut self);
        // Only a map with keys that aren't strings or a failing `Serialize` can err, and the event has neither.
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One request.
    Call,
    /// Refusals of anonymous callers, counted per reason and minute.
    Refusals,
}

/// What a [`Kind::Refusals`] event counts; the reason is in the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// The minute's beginning, RFC 3339, UTC.
    pub minute: String,
    /// How many.
    pub count: u64,
}

/// The verified user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The identity provider's `iss`.
    pub issuer: String,
    /// Its `sub`.
    pub subject: String,
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

/// An origin whose tools a list goes without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    /// Its name.
    pub origin: String,
    /// A stable snake_case code for what went wrong, as in an outcome.
    pub reason: Cow<'static, str>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// In one word.
    pub status: Status,
    /// The answer's HTTP status; absent when none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The answer's JSON-RPC error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// A stable snake_case code for what went wrong, never formatted data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

impl Outcome {
    /// A request that ended as it should, with this HTTP status.
    #[must_use]
    pub fn success(http_status: u16) -> Self {
        Self { status: Status::Success, http_status: Some(http_status), error_code: None, reason: None }
    }

    /// A request that ended with `status` because of `reason`.
    #[must_use]
    pub fn because(status: Status, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, http_status: None, error_code: None, reason: Some(reason.into()) }
    }
}

/// How a request ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It did what was asked.
    Success,
    /// The origin answered with a tool result that says `isError`.
    ToolError,
    /// The origin answered with a JSON-RPC error.
    Error,
    /// Weir refused: bad request, no permission, quarantine.
    Refused,
    /// The origin gave no usable answer: silent, broken off, not MCP.
    OriginFailed,
    /// The client went away first.
    ClientGone,
    /// Weir itself could not serve.
    Fault,
    /// Not known yet: an intent event.
    Pending,
}

/// Where a request belongs in a distributed trace (W3C Trace Context); lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The whole trace.
    pub trace_id: String,
    /// Weir's own span, which the origin sees as its parent.
    pub span_id: String,
    /// The client's span, when it sent one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The client sent no trace context, so Weir began the trace.
    pub injected: bool,
}

impl Session {
    /// The session of a request that came with `incoming` and is forwarded with `ours`.
    #[must_use]
    pub fn new(incoming: Option<&TraceParent>, ours: &TraceParent) -> Self {
        Self {
            trace_id: ours.trace_id(),
            span_id: ours.span_id(),
            parent_id: incoming.map(TraceParent::span_id),
            injected: incoming.is_none(),
        }
    }
}

/// What policy said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Yes or no.
    pub effect: Effect,
    /// The registry's epoch that decided, Unix milliseconds.
    pub epoch: u64,
    /// The ids of the rules that decided; none when nothing permitted.
    pub rules: Vec<String>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Yes.
    Permit,
    /// No.
    Refusal,
}

/// How long a request took, milliseconds of wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// All of it without the origin's share.
    pub weir_ms: u64,
    /// From sending to the origin until its answer ended; absent when it wasn't called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_ms: Option<u64>,
}

#[cfg(test)]
mod tests;
