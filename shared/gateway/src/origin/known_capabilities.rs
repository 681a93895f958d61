//! The capabilities of origins that the isolate remembers.

use std::rc::Rc;

use json::RawJson;
use mcp::capabilities::Capabilities;
use mcp::era::Era;
use ports::{Clock, Host};

use super::audience::cache_key;
use super::outbound::OriginCall;
use super::protocol;
use crate::isolate::capabilities::{Declarer, OriginCapabilities};

/// Remembers the capabilities in the result of `server/discover` or `initialize`; malformed ones count as none.
pub(super) fn note<H: Host>(call: &OriginCall<'_, H>, era: Era, result: &RawJson) {
    let now = call.gateway.host.clock().now();
    let capabilities = Rc::new(Capabilities::of_result(result).unwrap_or_default());
    let declared = OriginCapabilities { era, capabilities };
    call.gateway.isolate.capabilities.borrow_mut().insert(key(call, era), declared, now);
}

/// The capabilities in this era, if the isolate remembers them.
pub(super) fn known<H: Host>(call: &OriginCall<'_, H>, era: Era) -> Option<OriginCapabilities> {
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.capabilities.borrow().find(&key(call, era), now)
}

fn key<H: Host>(call: &OriginCall<'_, H>, era: Era) -> Declarer {
    (protocol::key(call), era, cache_key(call.message(), call.origin))
}
