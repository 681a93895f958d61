//! The failures that end a call early: a [`Refusal`] is caused by the caller, a [`Fault`] by Weir or an origin.
//!
//! Each has two texts, `Display` for the caller and [`Failure::detail`] for the audit event, and a stable
//! [`Failure::reason`] that is never formatted data. Only `respond` chooses their status and code.

mod fault;
mod grant_needed;
mod origin_status;
mod origin_token;
mod policy_refusal;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use http::HeaderValue;
use mcp::era::{Era, UnsupportedVersion};
use mcp::headers::HeaderMismatch;
use mcp::json_rpc::ParseError;
use mcp::legacy::batch::BatchError;
use mcp::meta::MetaError;
use mcp::params::ParamsError;
use mcp::streamable_http::MediaTypeError;
use oauth::access_token::AccessTokenError;
use oauth::bearer_token::BearerTokenError;
use oauth::dpop::BindingError;
use policy::Kind;
use thiserror::Error;

use crate::principal::Principal;

pub use fault::Fault;
pub(crate) use grant_needed::AskingForm;
pub use grant_needed::GrantNeeded;
pub use origin_status::OriginStatus;
pub(crate) use origin_status::may_have_run;
pub use origin_token::OriginTokenFault;
pub use policy_refusal::PolicyRefusal;

/// A refusal or a fault.
#[derive(Debug, Error)]
pub enum Failure {
    /// The caller caused it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// Weir or an origin caused it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Failure {
    /// The stable code for audit events and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => refusal.reason(),
            Self::Fault(fault) => fault.reason(),
        }
    }

    /// The time that the caller has to wait before it may try again, seconds; `None` if it is not known.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::Refusal(
                Refusal::RateLimited { retry_after_seconds, .. } | Refusal::TooManyRequests { retry_after_seconds, .. },
            ) => Some(*retry_after_seconds),
            Self::Refusal(_) => None,
            Self::Fault(fault) => fault.retry_after_seconds(),
        }
    }

    /// True if it reveals nothing about hidden items: only a caller who may see the item gets it, or the limit refuses
    /// every name alike.
    pub const fn hides_nothing(&self) -> bool {
        matches!(
            self,
            Self::Refusal(
                Refusal::PolicyRefused(_)
                    | Refusal::Quarantined(_)
                    | Refusal::InvalidArguments(_)
                    | Refusal::RateLimited { .. }
                    | Refusal::TooManyRequests { .. }
            )
        )
    }

    /// The text that the audit event keeps beside the reason: never a secret, never content.
    pub fn detail(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Refusal(Refusal::PolicyRefused(refusal)) => Some(Cow::Borrowed(refusal.reason.reason())),
            Self::Refusal(_) => None,
            Self::Fault(fault) => fault.detail(),
        }
    }
}

/// A request that the caller may not make, or that is malformed.
#[derive(Debug, Error)]
pub enum Refusal {
    /// No endpoint has this path.
    #[error("there is no such endpoint; check the URL")]
    UnknownPath,
    /// A request to the authorization endpoint: Weir has no sign-in page.
    #[error(
        "there is no sign-in here: your client must bring an identity assertion (ID-JAG) from your company's identity \
         provider to the token endpoint; look for `enterprise-managed authorization` in its settings"
    )]
    NoSignIn,
    /// The endpoint doesn't answer this HTTP method.
    #[error("this endpoint answers {allow} only")]
    MethodNotAllowed {
        /// The `Allow` header's value (RFC 9110 §10.2.1).
        allow: &'static str,
    },
    /// A browser page of an origin that the registry doesn't list (MCP, Streamable HTTP, security).
    #[error(
        "pages of this web origin may not call this gateway; ask your platform team to list the origin in the registry"
    )]
    ForbiddenOrigin,
    /// The body is longer than [`crate::Limits::REQUEST_BODY_BYTES`].
    #[error("the request's body is longer than {} bytes", crate::Limits::REQUEST_BODY_BYTES)]
    BodyTooLarge,
    /// `Content-Type` is not JSON, or `Accept` lacks one of the two media types of responses.
    #[error("{0}")]
    MediaType(MediaTypeError),

    /// The bearer token is missing, malformed, or there twice (RFC 6750 §2).
    #[error("{0}")]
    Bearer(BearerTokenError),
    /// An access token whose binding to a key, or lack of one, doesn't fit the request (RFC 9449).
    #[error("{error}")]
    Binding {
        /// The reason.
        error: BindingError,
        /// The nonce for the next proof, where one may help.
        nonce: Option<HeaderValue>,
    },
    /// The bearer token is not a valid access token for this resource (RFC 9068).
    #[error("{0}")]
    Token(AccessTokenError),
    /// The token is Weir's own, but the registry no longer trusts its issuer or agent.
    #[error("the identity provider or the client of this token is no longer trusted; ask your platform team")]
    NoLongerTrusted,
    /// The principal or the agent is frozen.
    #[error("this account is quarantined; ask your security team")]
    QuarantinedCaller(Rc<Principal>),

    /// A token from before the instant that the quarantine names for its user or agent.
    #[error("this sign-in was ended; sign in again")]
    SignedOut(Rc<Principal>),

    /// The body is not a single JSON-RPC message.
    #[error("{0}")]
    Message(ParseError),
    /// A notification of the modern era, which defines none that a client may send over HTTP.
    #[error("MCP 2026-07-28 has no notification that a client sends over HTTP; send requests only")]
    Notification,
    /// `_meta` lacks a member that the modern era requires.
    #[error("{0}")]
    Meta(MetaError),
    /// Headers and body disagree.
    #[error("{0}")]
    Headers(HeaderMismatch),
    /// The session id of a legacy client is malformed, another caller's, or expired.
    #[error("this session has ended; open a new one with `initialize`")]
    SessionEnded,
    /// A client's response whose id is not of an open request of an origin.
    #[error("no open request has the id of this response")]
    UnknownRequest,
    /// The array is no valid batch of messages (MCP 2025-03-26).
    #[error("{0}")]
    Batch(BatchError),
    /// A protocol version that Weir doesn't speak.
    #[error("{0}")]
    UnsupportedVersion(UnsupportedVersion),
    /// The method doesn't exist, or this virtual server doesn't offer it.
    #[error("method not found")]
    UnknownMethod(Era),
    /// The method's own parameters are missing or of the wrong type.
    #[error("{0}")]
    InvalidParams(&'static str),
    /// The parameter that names the target is missing or malformed.
    #[error("invalid arguments: {0}")]
    MalformedParams(ParamsError),

    /// The path names a virtual server that isn't there, or that this caller may not see.
    #[error("there is no such virtual server; check the URL")]
    UnknownVirtualServer,
    /// None of the caller's groups has a virtual server.
    #[error("no virtual server is assigned to you; ask your platform team to add one of your groups to the registry")]
    NoVirtualServer,

    /// The token's scope doesn't cover the method.
    #[error("the access token lacks the scope `{needed}`; request a token that has it")]
    InsufficientScope {
        /// The missing scope.
        needed: &'static str,
        /// The scopes for the next token: those of this one and the missing one.
        scope: Vec<&'static str>,
    },
    /// The tool isn't there, or this caller may not see it.
    #[error("unknown tool")]
    UnknownTool,
    /// The resource isn't there, or this caller may not see it.
    #[error("resource not found")]
    UnknownResource {
        /// The URI as the caller wrote it.
        uri: String,
        /// The client's era: each has its own error code.
        era: Era,
    },
    /// The prompt isn't there, or this caller may not see it.
    #[error("unknown prompt")]
    UnknownPrompt,
    /// The id is of no task, of another caller's task, or of a task whose tool this caller no longer sees.
    #[error("unknown task")]
    UnknownTask,
    /// Policy refuses the use of a visible item with these arguments or this URI.
    #[error("{0}")]
    PolicyRefused(PolicyRefusal),
    /// The origin or the requested item is frozen.
    #[error("this {} is quarantined; ask your security team", word(*.0))]
    Quarantined(Kind),
    /// An origin of a stream that goes on is frozen.
    #[error("a server of this stream is quarantined; open it again for the others, and ask your security team")]
    QuarantinedOrigin,
    /// The arguments of a visible item can't be parsed without ambiguity, or one doesn't fit its declaration.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// The user has called more often than the virtual server allows.
    #[error("you have used up your {limit} calls a minute; try again in {retry_after_seconds} s")]
    RateLimited {
        /// Calls a minute that the virtual server allows.
        limit: u64,
        /// Seconds until the next call is allowed, at least 1.
        retry_after_seconds: u64,
    },
    /// The caller has sent too much besides permitted calls.
    #[error(
        "too many requests: lists, completions, pings, notifications and refused calls are limited to {limit} a minute; \
         try again in {retry_after_seconds} s"
    )]
    TooManyRequests {
        /// `requests_per_minute` of the registry.
        limit: u64,
        /// Seconds until the next request is allowed, at least 1.
        retry_after_seconds: u64,
    },
    /// The client closed its connection.
    #[error("the client closed its connection")]
    ClientGone,
}

impl Refusal {
    /// Whole seconds until `ends_in` is over, at least 1.
    pub(crate) fn seconds(ends_in: Duration) -> u64 {
        u64::try_from(ends_in.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
    }

    /// The stable code for audit events and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::UnknownPath => "unknown_path",
            Self::NoSignIn => "no_sign_in",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::ForbiddenOrigin => "forbidden_origin",
            Self::BodyTooLarge => "body_too_large",
            Self::MediaType(error) => error.reason(),
            Self::Bearer(error) => error.reason(),
            Self::Binding { error, .. } => error.reason(),
            Self::Token(error) => error.reason(),
            Self::NoLongerTrusted => "token_withdrawn",
            Self::QuarantinedCaller(_) => "quarantined_caller",
            Self::SignedOut(_) => "signed_out",
            Self::Message(error) => error.reason(),
            Self::Notification => "notification",
            Self::Meta(error) => error.reason(),
            Self::Headers(error) => error.reason(),
            Self::SessionEnded => "session_ended",
            Self::UnknownRequest => "unknown_request",
            Self::Batch(error) => error.reason(),
            Self::UnsupportedVersion(version) => version.reason(),
            Self::UnknownMethod(_) => "unknown_method",
            Self::InvalidParams(_) => "invalid_params",
            Self::MalformedParams(error) => error.reason(),
            Self::UnknownVirtualServer => "unknown_virtual_server",
            Self::NoVirtualServer => "no_virtual_server",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::UnknownTool => "unknown_tool",
            Self::UnknownResource { .. } => "unknown_resource",
            Self::UnknownPrompt => "unknown_prompt",
            Self::UnknownTask => "unknown_task",
            Self::PolicyRefused(_) => "policy_refused",
            Self::Quarantined(Kind::Tool) => "quarantined_tool",
            Self::Quarantined(Kind::Resource) => "quarantined_resource",
            Self::Quarantined(Kind::Prompt) => "quarantined_prompt",
            Self::QuarantinedOrigin => "quarantined_origin",
            Self::InvalidArguments(_) => "invalid_arguments",
            Self::RateLimited { .. } => "rate_limited",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::ClientGone => "client_gone",
        }
    }
}

/// The word for a kind in texts for people.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Tool => "tool",
        Kind::Resource => "resource",
        Kind::Prompt => "prompt",
    }
}
