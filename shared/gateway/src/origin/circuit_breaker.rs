//! A circuit breaker per isolate and origin: an origin that fails repeatedly gets no requests for a moment, so that no
//! caller waits for it.
//!
//! A failure is a connection that is refused or breaks, or a timeout of a request that is the same for all callers. Any
//! response closes the circuit; a request that its client has cancelled counts as neither. `isolate::circuits` defines
//! when a circuit is open.

use mcp::list::ListKind;
use mcp::method::Method;

use super::outbound::OriginCall;
use super::protocol::key;
use crate::error::Fault;
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Host};

/// Lets the request through, unless the circuit is open.
pub(super) fn admit<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Fault> {
    let mut circuits = call.gateway.isolate.circuits.borrow_mut();
    // The usual case: no origin has failed, and nothing is looked up.
    if circuits.is_empty() || circuits.admits(&key(call), call.gateway.host.clock().now()) {
        return Ok(());
    }
    Err(Fault::OriginCircuitOpen)
}

/// Notes the outcome of a request, or of reading its response.
pub(super) fn note<H: Host, T>(call: &OriginCall<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { .. }) => failed(call),
        Err(Fault::OriginTooSlow) if tells_of_silence(call) => failed(call),
        Err(Fault::OriginAnswer { .. }) | Ok(_) => answered(call),
        // Not the origin's doing.
        Err(_) => {}
    }
}

/// True if a timeout counts as a failure of the origin. A call's duration may depend on its arguments, and five slow
/// calls of one caller must not block the origin for all. A request that is the same for all callers shows the state of
/// the origin.
fn tells_of_silence<H: Host>(call: &OriginCall<'_, H>) -> bool {
    match call.message().operation() {
        Operation::Method(method) => method == Method::ServerDiscover || ListKind::of(method).is_some(),
        Operation::Legacy(LegacyRequest::Subscribe | LegacyRequest::Unsubscribe) => false,
        Operation::Legacy(_) => true,
    }
}

/// Notes that the origin did not answer.
pub(super) fn failed<H: Host>(call: &OriginCall<'_, H>) {
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.circuits.borrow_mut().count_failure(key(call), now);
}

fn answered<H: Host>(call: &OriginCall<'_, H>) {
    let mut circuits = call.gateway.isolate.circuits.borrow_mut();
    if !circuits.is_empty() {
        circuits.close(&key(call));
    }
}
