//! One origin's answer to a call.

use std::time::Duration;

use http::StatusCode;
use mcp::error_code;
use mcp::json_rpc::ResponseContent;
use mcp::legacy::Bridge;
use ports::{Fetch, Host};

use super::input_rule::InputRule;
use super::long_response::Long;
use super::request_ids::RequestIds;
use super::response::WholeResponse;
use super::server_requests::ServerRequests;
use crate::error::may_have_run;

/// One origin's answer; the response in it still has to cross the bridge, and to get the client's id.
pub(crate) struct Reply<H: Host> {
    pub(crate) ids: RequestIds,
    pub(crate) bridge: Bridge,
    /// The requests for input that the response may make.
    pub(crate) rule: InputRule,
    pub(crate) content: Content<H>,
    /// The HTTP status of the answer.
    pub(crate) status: StatusCode,
}

impl<H: Host> Reply<H> {
    /// The origin's HTTP status, where it is not the usual one.
    pub(crate) fn unusual_status(&self) -> Option<StatusCode> {
        Some(self.status).filter(|status| *status != StatusCode::OK)
    }

    /// True if the origin has refused the request before it did anything.
    pub(crate) fn ran_nothing(&self) -> bool {
        match &self.content {
            Content::Whole(WholeResponse { outcome: ResponseContent::Error { code, .. }, .. }) => {
                match self.status.as_u16() {
                    400 | 404 | 405 => error_code::is_before_dispatch(*code),
                    _ => !may_have_run(self.status),
                }
            }
            Content::Whole(_) | Content::Long(_) | Content::Stream { .. } => false,
        }
    }
}

/// The form of an answer.
pub(crate) enum Content<H: Host> {
    /// One message.
    Whole(WholeResponse),
    /// One message that is too long to be held, from a modern origin to a modern client.
    Long(Long<<H::Fetch as Fetch>::Body>),
    /// An event stream that has begun.
    Stream {
        body: <H::Fetch as Fetch>::Body,
        requests: Box<ServerRequests<H>>,
        /// The longest time without a message. Comments keep the connection open, not the call.
        silence: Duration,
    },
}
