//! The HTTP status and the JSON-RPC code of every failure.

use http::StatusCode;
use mcp::era::Era;
use mcp::error_code;
use mcp::legacy;
use mcp::streamable_http::MediaTypeError;
use oauth::bearer_token::BearerTokenError;

use crate::error::{Failure, Fault, Refusal};

/// The status and the JSON-RPC code of a failure.
pub(crate) fn status_and_code(failure: &Failure) -> (StatusCode, i64) {
    use StatusCode as S;
    use error_code as code;
    match failure {
        Failure::Refusal(refusal) => match refusal {
            Refusal::UnknownPath => (S::NOT_FOUND, code::INVALID_REQUEST),
            Refusal::NoSignIn => (S::BAD_REQUEST, code::INVALID_REQUEST),
            Refusal::MethodNotAllowed { .. } => (S::METHOD_NOT_ALLOWED, code::INVALID_REQUEST),
            Refusal::ForbiddenOrigin => (S::FORBIDDEN, code::INVALID_REQUEST),
            Refusal::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, code::INVALID_REQUEST),
            Refusal::MediaType(MediaTypeError::UnsupportedMediaType | MediaTypeError::ContentCoding) => {
                (S::UNSUPPORTED_MEDIA_TYPE, code::INVALID_REQUEST)
            }
            Refusal::MediaType(MediaTypeError::NotAcceptable) => (S::NOT_ACCEPTABLE, code::INVALID_REQUEST),
            Refusal::Headers(_) => (S::BAD_REQUEST, code::HEADER_MISMATCH),
            Refusal::Bearer(BearerTokenError::Repeated) => (S::BAD_REQUEST, code::INVALID_REQUEST),
            Refusal::Bearer(_)
            | Refusal::Binding { .. }
            | Refusal::Token(_)
            | Refusal::NoLongerTrusted
            | Refusal::SignedOut(_) => (S::UNAUTHORIZED, code::REFUSED),
            Refusal::QuarantinedCaller(_) | Refusal::NoVirtualServer | Refusal::InsufficientScope { .. } => {
                (S::FORBIDDEN, code::REFUSED)
            }
            Refusal::UnknownVirtualServer => (S::NOT_FOUND, code::REFUSED),
            Refusal::Message(error) => (S::BAD_REQUEST, error.code()),
            Refusal::Batch(error) => (S::BAD_REQUEST, error.code()),
            Refusal::Notification | Refusal::UnknownRequest => (S::BAD_REQUEST, code::INVALID_REQUEST),
            // A client opens a new session upon 404 (MCP 2025-11-25, transports).
            Refusal::SessionEnded => (S::NOT_FOUND, code::INVALID_REQUEST),
            Refusal::UnsupportedVersion(_) => (S::BAD_REQUEST, code::UNSUPPORTED_PROTOCOL_VERSION),
            Refusal::Meta(_) => (S::BAD_REQUEST, code::INVALID_PARAMS),
            // 404 would tell a legacy client that its session has ended (MCP 2025-11-25, transports).
            Refusal::UnknownMethod(Era::Legacy) => (S::OK, code::METHOD_NOT_FOUND),
            Refusal::UnknownMethod(Era::Modern) => (S::NOT_FOUND, code::METHOD_NOT_FOUND),
            Refusal::UnknownResource { era: Era::Legacy, .. } => (S::OK, legacy::RESOURCE_NOT_FOUND),
            Refusal::UnknownTool
            | Refusal::UnknownResource { era: Era::Modern, .. }
            | Refusal::UnknownPrompt
            | Refusal::UnknownTask
            | Refusal::InvalidParams(_)
            | Refusal::MalformedParams(_)
            | Refusal::InvalidArguments(_) => (S::OK, code::INVALID_PARAMS),
            Refusal::PolicyRefused(_) | Refusal::Quarantined(_) | Refusal::QuarantinedOrigin => (S::OK, code::REFUSED),
            Refusal::RateLimited { .. } | Refusal::TooManyRequests { .. } => (S::OK, code::RATE_LIMITED),
            // No client receives it. 499 is nginx's status for a closed request; only the audit event has it.
            Refusal::ClientGone => (S::from_u16(499).unwrap_or(S::BAD_REQUEST), code::INVALID_REQUEST),
        },
        Failure::Fault(fault) => fault_status_and_code(fault),
    }
}

/// The status and the code of a fault, which is not the caller's doing.
fn fault_status_and_code(fault: &Fault) -> (StatusCode, i64) {
    match fault {
        Fault::OriginTooSlow => (StatusCode::OK, error_code::ORIGIN_TOO_SLOW),
        Fault::OriginSessionEnded => (StatusCode::NOT_FOUND, error_code::INVALID_REQUEST),
        Fault::OriginUnreachable { .. }
        | Fault::OriginCircuitOpen
        | Fault::OriginEraUnknown { .. }
        | Fault::OriginDeprecatedTransport
        | Fault::ClientNotAsked
        | Fault::OriginMayNotAsk { .. }
        | Fault::OriginStatus(_)
        | Fault::OriginToken(_)
        | Fault::GrantNeeded(_)
        | Fault::BatchTooLong
        | Fault::OriginAnswer { .. } => (StatusCode::OK, error_code::ORIGIN_FAILED),
        Fault::Registry { .. }
        | Fault::Configuration { .. }
        | Fault::Host { .. }
        | Fault::Unwritable { .. }
        | Fault::IdentityProvider { .. }
        | Fault::IssuerKeys { .. } => (StatusCode::SERVICE_UNAVAILABLE, error_code::UNAVAILABLE),
        // Each concerns one call, not the caller or the whole gateway.
        Fault::QuotaUnavailable { .. } | Fault::AuditUnavailable { .. } | Fault::StreamLimit { .. } => {
            (StatusCode::OK, error_code::UNAVAILABLE)
        }
        Fault::BeforeCall(fault) => fault_status_and_code(fault),
    }
}

/// The status of an origin's JSON-RPC error for a modern client (MCP 2026-07-28, Streamable HTTP).
pub(crate) const fn modern_status(code: i64) -> StatusCode {
    match code {
        error_code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code if error_code::is_modern_only(code) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}
