//! The outcome of a call at its origins: unavailable origins, defective definitions, the summary of a response, the end
//! of a stream.

mod input_request_counts;

use mcp::json_rpc::ResponseContent;
use mcp::result;

use crate::error::{Failure, Fault};
pub(crate) use input_request_counts::InputRequestCounts;

/// An origin that is missing from a response made of several.
pub(crate) struct Unavailable {
    /// The origin's name.
    pub(crate) origin: String,
    /// The failure for which it is missing.
    pub(crate) failure: Failure,
}

/// An origin with definitions that were repaired or left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Defective {
    /// Its name.
    pub(crate) origin: String,
    /// The number of definitions that were repaired.
    pub(crate) repaired: usize,
    /// The number that were left out.
    pub(crate) left_out: usize,
    /// The reason for the first that was left out.
    pub(crate) reason: Option<&'static str>,
}

/// The facts of an answer that may be in the audit event: never its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summary {
    /// A result; `is_error` when a tool says that it failed.
    Result { is_error: bool },
    /// The origin's JSON-RPC error.
    Error { code: i64 },
}

impl Summary {
    /// Summarizes a response. A result that two parsers could read differently is a fault: the event could contradict
    /// the client's view.
    pub(crate) fn of(outcome: &ResponseContent) -> Result<Self, Fault> {
        match outcome {
            ResponseContent::Result(result) => match result::summarize(result) {
                Ok(summary) => Ok(Self::Result { is_error: summary.is_error }),
                Err(_) => Err(Fault::OriginAnswer { reason: "origin_result_ambiguous" }),
            },
            ResponseContent::Error { code, .. } => Ok(Self::Error { code: *code }),
        }
    }
}

/// The end of a stream.
#[derive(Debug)]
pub(crate) enum End {
    /// The origin's response ended it.
    Response(Summary),
    /// A failure ended it; the client got Weir's response instead.
    Failure(Failure),
}

impl End {
    /// The summary of the response, or the failure.
    pub(crate) fn failure(self) -> Result<Summary, Failure> {
        match self {
            Self::Response(summary) => Ok(summary),
            Self::Failure(failure) => Err(failure),
        }
    }
}
