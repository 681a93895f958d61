//! The outcome of a call at its origins: unavailable origins, the summary of a response, the end of a stream.

use mcp::json_rpc::Outcome;
use mcp::result;

use crate::error::{Failure, Fault};

/// An origin that is missing from a response made of several.
pub(crate) struct Unavailable {
    /// The origin's name.
    pub(crate) origin: String,
    /// The failure for which it is missing.
    pub(crate) failure: Failure,
}

/// The summary of a response for the audit event: never its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summary {
    /// A result; `is_error` when a tool says that it failed.
    Result { is_error: bool },
    /// The origin's JSON-RPC error.
    Error { code: i64 },
}

impl Summary {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Result(result) => {
                // A result that can't be read passes unchanged: the client judges it.
                Self::Result { is_error: result::summarize(result).is_ok_and(|summary| summary.is_error) }
            }
            Outcome::Error { code, .. } => Self::Error { code: *code },
        }
    }
}

/// The end of a stream.
#[derive(Debug)]
pub(crate) enum End {
    /// The origin's response ended it.
    Response(Summary),
    /// A fault ended it; the client got Weir's error instead of a response.
    Fault(Fault),
}

impl End {
    /// The summary of the response, or the failure.
    pub(crate) fn failure(self) -> Result<Summary, Failure> {
        match self {
            Self::Response(summary) => Ok(summary),
            Self::Fault(fault) => Err(fault.into()),
        }
    }
}
