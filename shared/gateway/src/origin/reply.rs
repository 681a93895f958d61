//! One origin's answer to a call.

use bytes::Bytes;
use mcp::json_rpc::Outcome;
use mcp::legacy::Bridge;

use super::long_response::Long;
use crate::sealed::question::Asker;

/// One origin's answer; the response in it still has to cross the bridge.
pub(crate) enum Reply<B> {
    /// One message.
    Whole { body: Bytes, outcome: Outcome, bridge: Bridge },
    /// One message that is too long to be held, between two modern sides: the bridge changes nothing in it.
    Long { body: Long<B>, bridge: Bridge },
    /// An event stream that has begun; `asker` passes on the origin's requests on it.
    Stream { body: B, bridge: Bridge, asker: Option<Asker> },
}
