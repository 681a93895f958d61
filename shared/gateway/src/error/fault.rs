//! Faults: failures of Weir or of an origin.

use std::borrow::Cow;

use mcp::input_request::InputRequest;
use ports::FetchError;
use thiserror::Error;

use super::grant_needed::GrantNeeded;
use super::origin_status::{OriginStatus, may_have_run};
use super::origin_token::OriginTokenFault;

/// A failure of Weir or of an origin.
#[derive(Debug, Error)]
pub enum Fault {
    /// A record of the registry is missing, not genuine or out of date, so Weir doesn't use it.
    #[error("the gateway has no valid registry at the moment; try again later")]
    Registry {
        /// The record's key or name.
        record: String,
        /// The stable code of the reason.
        reason: &'static str,
    },
    /// A secret that the deployment lacks, or that can't be read.
    #[error("the gateway is not fully configured; tell your platform team")]
    Configuration {
        /// The secret's name.
        name: String,
        /// The stable code of the reason.
        reason: &'static str,
    },
    /// A port of the host failed.
    #[error("the gateway can't decide this at the moment; try again later")]
    Host {
        /// The port's trait, such as `Entropy`.
        port: &'static str,
        /// The port's error.
        detail: String,
    },
    /// The store of call counts failed, so the limit can't be checked.
    #[error("your number of calls can't be checked at the moment; try again later")]
    QuotaUnavailable {
        /// The store's error.
        detail: String,
    },
    /// No sink has accepted the intent of a call to an origin with `two_phase` audit.
    #[error("this call can't be recorded at the moment, and it must not go unrecorded; try again later")]
    AuditUnavailable {
        /// The sink's error.
        detail: String,
    },
    /// The keys of an identity provider can't be read.
    #[error("the identity provider's keys can't be read at the moment; try again later")]
    IssuerKeys {
        /// The issuer's name in the registry.
        issuer: String,
        /// The error of the last attempt.
        detail: String,
    },
    /// The identity provider can't be reached, or gives no valid answer, during a sign-in or a refresh.
    #[error("the identity provider does not answer at the moment; try again later")]
    IdentityProvider {
        /// The issuer's name in the registry.
        issuer: String,
        /// The kind of failure, without any data that the provider sent.
        detail: String,
    },
    /// The origin didn't answer in time.
    #[error("the MCP server behind the gateway did not answer in time")]
    OriginTooSlow,
    /// The origin can't be reached, or the connection broke.
    #[error("the MCP server behind the gateway could not be reached")]
    OriginUnreachable {
        /// The host's error.
        detail: String,
        /// True if nothing was sent.
        refused: bool,
    },
    /// The circuit of this origin is open after several failures in a row; nothing was sent.
    #[error(
        "the MCP server behind the gateway has not answered several times in a row; try again in {CIRCUIT_SECONDS} s"
    )]
    OriginCircuitOpen,
    /// The origin's response breaks a rule of MCP or a bound of Weir's.
    #[error("the MCP server behind the gateway gave no valid response; tell your platform team")]
    OriginAnswer {
        /// The stable code of the broken rule, such as `origin_redirected`.
        reason: &'static str,
    },
    /// Neither `server/discover` nor `initialize` showed the origin's era: nothing was done.
    #[error(
        "the gateway can't find out which version of MCP the server behind it speaks; tell your platform team, who can \
         set `era` in the registry"
    )]
    OriginEraUnknown {
        /// The failure of each of the two, and the setting.
        detail: String,
    },
    /// The origin speaks the transport of MCP 2024-11-05 only: nothing was done.
    #[error(
        "the MCP server behind the gateway speaks HTTP+SSE, a deprecated transport of MCP that the gateway doesn't; tell your \
         platform team, who can set its `url` to an endpoint of Streamable HTTP"
    )]
    OriginDeprecatedTransport,
    /// The origin made a request that the client can't be sent, got an error for it, and did not answer the call.
    #[error(
        "the MCP server behind the gateway wants to ask you or your client something, and this client can't be asked by \
         it; ask the tool's team how to do without, or use a client that declares elicitation, sampling or roots"
    )]
    ClientNotAsked,
    /// The origin made a request for input that the registry does not let it make.
    #[error(
        "the MCP server behind the gateway asks you or your client for something (`{}`) that it may not ask for here; tell \
         your platform team, who can name it in the registry (`may_ask`), or the tool's team how to do without",
        request.as_str()
    )]
    OriginMayNotAsk {
        /// The first of the requests.
        request: InputRequest,
    },
    /// The origin answered with an HTTP status and no MCP message.
    #[error("{0}")]
    OriginStatus(OriginStatus),
    /// There is no access token for the origin, which was sent nothing.
    #[error("{0}")]
    OriginToken(OriginTokenFault),
    /// The origin needs a grant that the user hasn't given. The origin got no request, or refused the token of one.
    #[error("{0}")]
    GrantNeeded(Box<GrantNeeded>),
    /// The response to one message exceeds the room that is left in the response to its batch.
    #[error("the responses to this batch are too long together; send this message in its own request")]
    BatchTooLong,
    /// A legacy origin has ended the session that a legacy client keeps: nothing was done, and the client has to open a
    /// new one.
    #[error("the origin has ended this session; open a new one with `initialize`")]
    OriginSessionEnded,
    /// The virtual server has more origins than Weir opens streams to for one client; the others are left out.
    #[error("one client gets notifications of at most {limit} servers at a time; the others are left out")]
    StreamLimit {
        /// Streams that Weir opens for one client.
        limit: usize,
    },
    /// An answer of Weir's own could not be written.
    #[error("the gateway could not write its response; try again later")]
    Unwritable {
        /// The serializer's error.
        detail: String,
    },
    /// A fault before the call itself was sent, while Weir found out the origin's era or opened its session.
    #[error("{0}")]
    BeforeCall(Box<Fault>),
}

/// The time for which a circuit stays open, seconds.
const CIRCUIT_SECONDS: u64 = 10;

impl Fault {
    /// The fault itself, without [`Fault::BeforeCall`].
    pub fn cause(&self) -> &Self {
        match self {
            Self::BeforeCall(fault) => fault.cause(),
            fault => fault,
        }
    }

    /// The time that the caller has to wait before it may try again, seconds; `None` if it is not known.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self.cause() {
            Self::OriginStatus(answer) => answer.retry_after_seconds,
            Self::OriginCircuitOpen => Some(CIRCUIT_SECONDS),
            _ => None,
        }
    }

    /// The HTTP status of an origin's answer without an MCP message.
    pub fn origin_status(&self) -> Option<u16> {
        match self.cause() {
            Self::OriginStatus(answer) => Some(answer.status.as_u16()),
            _ => None,
        }
    }

    /// The stable code for audit events and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Registry { reason, .. } | Self::Configuration { reason, .. } | Self::OriginAnswer { reason } => {
                reason
            }
            Self::Host { .. } => "host_failed",
            Self::StreamLimit { .. } => "stream_limit",
            Self::Unwritable { .. } => "answer_unwritable",
            Self::QuotaUnavailable { .. } => "quota_unavailable",
            Self::AuditUnavailable { .. } => "audit_unavailable",
            Self::IssuerKeys { .. } => "issuer_keys_unavailable",
            Self::IdentityProvider { .. } => "identity_provider_unavailable",
            Self::OriginTooSlow => "origin_too_slow",
            Self::OriginUnreachable { refused: true, .. } => "origin_refused",
            Self::OriginUnreachable { refused: false, .. } => "origin_broke_off",
            Self::OriginCircuitOpen => "origin_circuit_open",
            Self::OriginEraUnknown { .. } => "origin_era_unknown",
            Self::OriginDeprecatedTransport => "origin_deprecated_transport",
            Self::ClientNotAsked => "origin_sent_request",
            Self::OriginMayNotAsk { .. } => "origin_may_not_ask",
            Self::OriginStatus(answer) => answer.reason(),
            Self::OriginToken(fault) => fault.reason(),
            Self::GrantNeeded(_) => "origin_grant_needed",
            Self::BatchTooLong => "batch_too_long",
            Self::OriginSessionEnded => "origin_session_ended",
            Self::BeforeCall(fault) => fault.reason(),
        }
    }

    /// True if a request may have reached its origin, and so costs something.
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::OriginStatus(answer) => may_have_run(answer.status),
            Self::OriginTooSlow
            | Self::OriginUnreachable { refused: false, .. }
            | Self::OriginAnswer { .. }
            | Self::ClientNotAsked => true,
            _ => false,
        }
    }

    /// True if the origin, not Weir, is at fault.
    pub fn is_the_origins(&self) -> bool {
        match self {
            Self::OriginTooSlow
            | Self::OriginUnreachable { .. }
            | Self::OriginCircuitOpen
            | Self::OriginEraUnknown { .. }
            | Self::OriginDeprecatedTransport
            | Self::OriginSessionEnded
            | Self::ClientNotAsked
            | Self::OriginMayNotAsk { .. }
            | Self::OriginStatus(_)
            | Self::OriginToken(_)
            | Self::OriginAnswer { .. } => true,
            Self::BeforeCall(fault) => fault.is_the_origins(),
            Self::Registry { .. }
            | Self::Configuration { .. }
            | Self::Host { .. }
            | Self::StreamLimit { .. }
            | Self::BatchTooLong
            | Self::Unwritable { .. }
            | Self::QuotaUnavailable { .. }
            | Self::AuditUnavailable { .. }
            | Self::GrantNeeded(_)
            | Self::IdentityProvider { .. }
            | Self::IssuerKeys { .. } => false,
        }
    }

    /// The part of a fault that the log keeps beside the reason: never a secret, never content.
    pub(crate) fn detail(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Registry { record, .. } => Some(Cow::Borrowed(record)),
            Self::Configuration { name, .. } => Some(Cow::Borrowed(name)),
            Self::Host { port, detail } => Some(Cow::Owned(format!("{port}: {detail}"))),
            Self::IssuerKeys { issuer, detail } | Self::IdentityProvider { issuer, detail } => {
                Some(Cow::Owned(format!("{issuer}: {detail}")))
            }
            Self::OriginMayNotAsk { request } => Some(Cow::Borrowed(request.as_str())),
            Self::StreamLimit { limit } => Some(Cow::Owned(format!("at most {limit} origins"))),
            Self::Unwritable { detail }
            | Self::QuotaUnavailable { detail }
            | Self::AuditUnavailable { detail }
            | Self::OriginEraUnknown { detail }
            | Self::OriginUnreachable { detail, .. } => Some(Cow::Borrowed(detail)),
            Self::OriginToken(fault) => Some(Cow::Borrowed(fault.detail())),
            Self::OriginTooSlow
            | Self::OriginCircuitOpen
            | Self::OriginDeprecatedTransport
            | Self::ClientNotAsked
            | Self::OriginSessionEnded
            | Self::OriginStatus(_)
            | Self::GrantNeeded(_)
            | Self::BatchTooLong
            | Self::OriginAnswer { .. } => None,
            Self::BeforeCall(fault) => fault.detail(),
        }
    }
}

impl From<FetchError> for Fault {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Deadline => Self::OriginTooSlow,
            FetchError::Refused(detail) => Self::OriginUnreachable { detail, refused: true },
            FetchError::ConnectionLost(detail) => Self::OriginUnreachable { detail, refused: false },
            FetchError::TooLarge(_) => Self::OriginAnswer { reason: "origin_answer_too_large" },
        }
    }
}
