//! One origin's answer to a call.

use bytes::Bytes;
use http::StatusCode;
use mcp::error_code;
use mcp::json_rpc::Outcome;
use mcp::legacy::Bridge;

use super::long_response::Long;
use crate::error::may_have_run;
use crate::sealed::question::Asker;

/// One origin's answer; the response in it still has to cross the bridge.
pub(crate) enum Reply<B> {
    /// One message, under any HTTP status.
    Whole { body: Bytes, outcome: Outcome, bridge: Bridge, status: StatusCode },
    /// One message that is too long to be held, between two modern sides: the bridge changes nothing in it.
    Long { body: Long<B>, bridge: Bridge },
    /// An event stream that has begun; `asker` passes on the origin's requests on it.
    Stream { body: B, bridge: Bridge, asker: Option<Asker> },
}

impl<B> Reply<B> {
    /// The origin's HTTP status, where it is not the usual one.
    pub(crate) fn unusual_status(&self) -> Option<StatusCode> {
        match self {
            Self::Whole { status, .. } => Some(*status).filter(|status| *status != StatusCode::OK),
            Self::Long { .. } | Self::Stream { .. } => None,
        }
    }

    /// True if the origin has refused the request before it did anything.
    pub(crate) fn ran_nothing(&self) -> bool {
        match self {
            Self::Whole { outcome: Outcome::Error { code, .. }, status, .. } => match status.as_u16() {
                400 | 404 | 405 => error_code::is_before_dispatch(*code),
                _ => !may_have_run(*status),
            },
            Self::Whole { .. } | Self::Long { .. } | Self::Stream { .. } => false,
        }
    }
}
