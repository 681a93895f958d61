//! A circuit per isolate and origin: who fails again and again is left alone for a moment, so that nobody waits for it.
//!
//! A failure is a connection that can't be had or breaks, or silence where everybody asks the same; whatever an origin answers, it is there. A request
//! that its client has given up tells nothing. `isolate::circuits` says when a circuit is open.

use mcp::list::ListKind;
use mcp::method::Method;

use super::era::key;
use super::request::Leg;
use crate::error::Fault;
use ports::{Clock, Host};

/// Lets the request through, unless the circuit is open.
pub(super) fn admit<H: Host>(leg: &Leg<'_, H>) -> Result<(), Fault> {
    let mut circuits = leg.gateway.isolate.circuits.borrow_mut();
    // The usual case: nobody has failed, and nothing is looked up.
    if circuits.is_empty() || circuits.admits(&key(leg), leg.gateway.host.clock().now()) {
        return Ok(());
    }
    Err(Fault::OriginCircuitOpen)
}

/// Notes how a request ended, or the reading of its answer.
pub(super) fn note<H: Host, T>(leg: &Leg<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { .. }) => failed(leg),
        Err(Fault::OriginTooSlow) if tells_of_silence(leg) => failed(leg),
        Err(Fault::OriginAnswer { .. }) | Ok(_) => answered(leg),
        // Not the origin's doing.
        Err(_) => {}
    }
}

/// How long a call takes may depend on its arguments: five slow ones of one caller must not take the origin away from all.
/// What is asked in the same words by everybody tells of the origin.
fn tells_of_silence<H: Host>(leg: &Leg<'_, H>) -> bool {
    let method = leg.message.method();
    matches!(method, Method::ServerDiscover) || ListKind::of(method).is_some()
}

/// Notes that the origin did not answer.
pub(super) fn failed<H: Host>(leg: &Leg<'_, H>) {
    let now = leg.gateway.host.clock().now();
    leg.gateway.isolate.circuits.borrow_mut().count_failure(key(leg), now);
}

fn answered<H: Host>(leg: &Leg<'_, H>) {
    let mut circuits = leg.gateway.isolate.circuits.borrow_mut();
    if !circuits.is_empty() {
        circuits.close(&key(leg));
    }
}
