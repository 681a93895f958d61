//! A circuit per isolate and origin: who fails again and again is left alone for a moment, so that nobody waits for it.
//!
//! A failure is a connection that can't be had or breaks, or silence where everybody asks the same; whatever an origin
//! answers, it is there. A request that its client has given up tells nothing. `isolate::circuits` says when a circuit
//! is open.

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
    // The usual case: nobody has failed, and nothing is looked up.
    if circuits.is_empty() || circuits.admits(&key(call), call.gateway.host.clock().now()) {
        return Ok(());
    }
    Err(Fault::OriginCircuitOpen)
}

/// Notes how a request ended, or the reading of its answer.
pub(super) fn note<H: Host, T>(call: &OriginCall<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { .. }) => failed(call),
        Err(Fault::OriginTooSlow) if tells_of_silence(call) => failed(call),
        Err(Fault::OriginAnswer { .. } | Fault::OriginStatus(_)) | Ok(_) => answered(call),
        // Not the origin's doing.
        Err(_) => {}
    }
}

/// How long a call takes may depend on its arguments: five slow ones of one caller must not take the origin away from
/// all. What is asked in the same words by everybody tells of the origin.
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
