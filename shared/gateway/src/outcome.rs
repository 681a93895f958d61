//! The outcome of a call at its origins: who was unavailable, what an answer says, how a stream ended.

use mcp::json_rpc::Outcome;
use mcp::result;

use crate::error::{Failure, Fault};

/// An origin that an answer goes without.
pub(crate) struct Unavailable {
    /// Its name.
    pub(crate) origin: String,
    /// The reason.
    pub(crate) failure: Failure,
}

/// What the audit event may know of an answer: never its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summary {
    /// A result; `is_error` when a tool says that it failed.
    Result { is_error: bool },
    /// The origin's JSON-RPC error.
    Error { code: i64 },
}

impl Summary {
    /// Sums up a response. A result that two readers could read in two ways is none: its event would tell another story
    /// than the client.
    pub(crate) fn of(outcome: &Outcome) -> Result<Self, Fault> {
        match outcome {
            Outcome::Result(result) => match result::summarize(result) {
                Ok(summary) => Ok(Self::Result { is_error: summary.is_error }),
                Err(_) => Err(Fault::OriginAnswer { reason: "origin_result_ambiguous" }),
            },
            Outcome::Error { code, .. } => Ok(Self::Error { code: *code }),
        }
    }
}

/// How a stream ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With the origin's response.
    Response(Summary),
    /// Without one; the client got our error instead.
    Failure(Failure),
}

impl End {
    /// The failure, where there is one.
    pub(crate) fn failure(self) -> Result<Summary, Failure> {
        match self {
            Self::Response(summary) => Ok(summary),
            Self::Failure(failure) => Err(failure),
        }
    }
}
