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
    /// One message that is too long to be held, of one modern side to the other: it crosses no bridge.
    Long { body: Long<B>, bridge: Bridge },
    /// An event stream that has begun, and whoever passes on what the origin asks on it.
    Stream { body: B, bridge: Bridge, asker: Option<Asker> },
}
