//! One origin's answer to a call.

use std::time::Duration;

use mcp::legacy::Bridge;
use ports::{Fetch, Host};

use super::long_response::Long;
use super::request_ids::RequestIds;
use super::response::WholeResponse;
use super::server_requests::ServerRequests;

/// One origin's answer; the response in it still has to cross the bridge, and to get the client's id.
pub(crate) struct Reply<H: Host> {
    pub(crate) ids: RequestIds,
    pub(crate) bridge: Bridge,
    pub(crate) content: Content<H>,
}

/// The form of an answer.
pub(crate) enum Content<H: Host> {
    /// One message.
    Whole(WholeResponse),
    /// One message that is too long to be held, of one modern side to the other: it crosses no bridge.
    Long(Long<<H::Fetch as Fetch>::Body>),
    /// An event stream that has begun.
    Stream {
        body: <H::Fetch as Fetch>::Body,
        requests: Box<ServerRequests<H>>,
        /// The longest time without a message. Comments keep its connection, not the call.
        silence: Duration,
    },
}
