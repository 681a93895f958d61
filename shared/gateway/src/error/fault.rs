//! A fault: what Weir or an origin could not do.

use std::borrow::Cow;

use ports::FetchError;
use thiserror::Error;

/// Weir, or an origin, could not do what it should.
#[derive(Debug, Error)]
pub enum Fault {
    /// A record of the registry is missing, not genuine or out of date: Weir serves nothing on it.
    #[error("the gateway has no valid registry at the moment; try again later")]
    Registry {
        /// Which record.
        record: String,
        /// Why it doesn't count.
        reason: &'static str,
    },
    /// A key or secret that the deployment should have set.
    #[error("the gateway is not fully configured; tell your platform team")]
    Configuration {
        /// The secret's name.
        name: String,
        /// Why it doesn't count.
        reason: &'static str,
    },
    /// A port of the host failed.
    #[error("the gateway can't decide this at the moment; try again later")]
    Host {
        /// Which port.
        port: &'static str,
        /// What it said.
        detail: String,
    },
    /// Nobody can say whether the call is within its limit.
    #[error("whether this call is within your limit can't be read at the moment; try again later")]
    QuotaUnavailable {
        /// What the store said.
        detail: String,
    },
    /// No sink has accepted the intent of a call to an origin with `two_phase` audit.
    #[error("this call can't be recorded at the moment, and it must not go unrecorded; try again later")]
    AuditUnavailable {
        /// What the sink said.
        detail: String,
    },
    /// The issuer's keys can't be had.
    #[error("the identity provider's keys can't be read at the moment; try again later")]
    IssuerKeys {
        /// The issuer.
        issuer: String,
        /// What happened.
        detail: String,
    },
    /// The origin didn't answer in time.
    #[error("the origin of this tool did not answer in time")]
    OriginTooSlow,
    /// The origin can't be reached, or broke off.
    #[error("the origin of this tool could not be reached")]
    OriginUnreachable {
        /// Whether the request may have run.
        detail: String,
        /// Nothing was sent.
        refused: bool,
    },
    /// The origin has failed several times in a row and is left alone for a moment; nothing was sent.
    #[error("the origin of this tool has not answered several times in a row; try again in ten seconds")]
    OriginCircuitOpen,
    /// The origin answered with something that isn't an answer.
    #[error("the origin of this tool gave no valid answer")]
    OriginAnswer {
        /// Which rule it broke: a stable code.
        reason: &'static str,
    },
    /// The origin speaks the transport of MCP 2024-11-05 only: nothing was done.
    #[error(
        "the origin of this tool speaks HTTP+SSE, a deprecated transport of MCP that the gateway doesn't; tell your \
         platform team, who can set its `url` to an endpoint of Streamable HTTP"
    )]
    OriginDeprecatedTransport,
    /// A legacy origin has ended the session that a legacy client keeps: nothing was done, and the client has to open
    /// anew.
    #[error("the origin has ended this session; open a new one with `initialize`")]
    OriginSessionEnded,
    /// More origins than Weir opens streams to for one client; those beyond are left out.
    #[error("notifications of at most {limit} origins reach one client at the same time")]
    StreamLimit {
        /// How many it opens.
        limit: usize,
    },
    /// An answer of Weir's own could not be written.
    #[error("the gateway could not write its answer; try again later")]
    Unwritable {
        /// The serializer's error.
        detail: String,
    },
    /// The same, but before the call itself was sent: while the origin's era was found out or its session opened.
    #[error("{0}")]
    BeforeCall(Box<Fault>),
}

impl Fault {
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
            Self::OriginTooSlow => "origin_too_slow",
            Self::OriginUnreachable { refused: true, .. } => "origin_refused",
            Self::OriginUnreachable { refused: false, .. } => "origin_broke_off",
            Self::OriginCircuitOpen => "origin_circuit_open",
            Self::OriginDeprecatedTransport => "origin_deprecated_transport",
            Self::OriginSessionEnded => "origin_session_ended",
            Self::BeforeCall(fault) => fault.reason(),
        }
    }

    /// Whether a request may have reached its origin, and so costs something.
    pub fn may_have_run(&self) -> bool {
        let nothing_sent = matches!(
            self,
            Self::OriginUnreachable { refused: true, .. }
                | Self::OriginCircuitOpen
                | Self::OriginDeprecatedTransport
                | Self::OriginSessionEnded
                | Self::BeforeCall(_)
        );
        self.is_the_origins() && !nothing_sent
    }

    /// Whether the origin, and not Weir, is at fault.
    pub fn is_the_origins(&self) -> bool {
        match self {
            Self::OriginTooSlow
            | Self::OriginUnreachable { .. }
            | Self::OriginCircuitOpen
            | Self::OriginDeprecatedTransport
            | Self::OriginSessionEnded
            | Self::OriginAnswer { .. } => true,
            Self::BeforeCall(fault) => fault.is_the_origins(),
            Self::Registry { .. }
            | Self::Configuration { .. }
            | Self::Host { .. }
            | Self::StreamLimit { .. }
            | Self::Unwritable { .. }
            | Self::QuotaUnavailable { .. }
            | Self::AuditUnavailable { .. }
            | Self::IssuerKeys { .. } => false,
        }
    }

    pub(super) fn detail(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Registry { record, .. } => Some(Cow::Borrowed(record)),
            Self::Configuration { name, .. } => Some(Cow::Borrowed(name)),
            Self::Host { port, detail } => Some(Cow::Owned(format!("{port}: {detail}"))),
            Self::IssuerKeys { issuer, detail } => Some(Cow::Owned(format!("{issuer}: {detail}"))),
            Self::StreamLimit { limit } => Some(Cow::Owned(format!("at most {limit} origins"))),
            Self::Unwritable { detail }
            | Self::QuotaUnavailable { detail }
            | Self::AuditUnavailable { detail }
            | Self::OriginUnreachable { detail, .. } => Some(Cow::Borrowed(detail)),
            Self::OriginTooSlow
            | Self::OriginCircuitOpen
            | Self::OriginDeprecatedTransport
            | Self::OriginSessionEnded
            | Self::OriginAnswer { .. } => None,
            Self::BeforeCall(fault) => fault.detail(),
        }
    }
}

/// How a request to an origin failed.
impl From<FetchError> for Fault {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Deadline => Self::OriginTooSlow,
            FetchError::Refused(detail) => Self::OriginUnreachable { detail, refused: true },
            FetchError::BrokeOff(detail) => Self::OriginUnreachable { detail, refused: false },
            FetchError::TooLarge(_) => Self::OriginAnswer { reason: "origin_answer_too_large" },
        }
    }
}
