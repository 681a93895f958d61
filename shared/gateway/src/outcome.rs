//! The outcome of a call at its origins: who was unavailable, whose definitions are defective, what an answer says, how
//! a stream ended.

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

/// An origin whose definitions aren't all listed as they came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Defective {
    /// Its name.
    pub(crate) origin: String,
    /// The number of definitions that were repaired.
    pub(crate) repaired: usize,
    /// The number that were left out.
    pub(crate) left_out: usize,
    /// The reason for the first of these.
    pub(crate) reason: Option<&'static str>,
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
    pub(crate) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Result(result) => {
                // What can't be summed up passes as it came: whether it is a good result is the client's to say.
                Self::Result { is_error: result::summarize(result).is_ok_and(|summary| summary.is_error) }
            }
            Outcome::Error { code, .. } => Self::Error { code: *code },
        }
    }
}

/// How a stream ended.
#[derive(Debug)]
pub(crate) enum End {
    /// With the origin's response.
    Response(Summary),
    /// Without one; the client got our error instead.
    Fault(Fault),
}

impl End {
    /// The failure, where there is one.
    pub(crate) fn failure(self) -> Result<Summary, Failure> {
        match self {
            Self::Response(summary) => Ok(summary),
            Self::Fault(fault) => Err(fault.into()),
        }
    }
}
