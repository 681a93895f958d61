//! Circuits, per isolate: an origin that fails again and again is left alone for a moment, so that nobody waits for it.
//!
//! | failure | it counts for |
//! |---|---|
//! | the connection is refused: nothing was sent | all callers |
//! | the connection breaks, or nobody answers in time, where everybody asks the same | all callers |
//! | the connection breaks on a request of the caller's own words | that caller |
//! | nobody answers such a request in time | nobody: it may just take long |
//!
//! So no caller can take an origin from the others by requests that it doesn't survive. Any answer proves that the
//! origin is there. A request that its client has given up tells nothing. `isolate::circuits` says when a circuit is
//! open.

use mcp::list::ListKind;
use mcp::method::Method;

use super::outbound::OriginCall;
use super::protocol::key;
use crate::error::Fault;
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Host};

/// Lets the request through, unless a circuit is open.
pub(super) fn admit<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Fault> {
    let mut circuits = call.gateway.isolate.circuits.borrow_mut();
    // The usual case: nobody has failed, and nothing is looked up.
    if circuits.is_empty() {
        return Ok(());
    }
    let now = call.gateway.host.clock().now();
    let admitted = [Some(key(call)), key_of_caller(call)].into_iter().flatten().all(|key| circuits.admits(&key, now));
    if admitted { Ok(()) } else { Err(Fault::OriginCircuitOpen) }
}

/// Notes the outcome of a request, or of reading its response.
pub(super) fn note<H: Host, T>(call: &OriginCall<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { refused: true, .. }) => failed(call),
        Err(Fault::OriginUnreachable { .. } | Fault::OriginTooSlow) if is_the_same_of_everybody(call) => failed(call),
        Err(Fault::OriginUnreachable { .. }) => {
            if let Some(key) = key_of_caller(call) {
                count(call, key);
            }
        }
        Err(Fault::OriginAnswer { .. }) | Ok(_) => answered(call),
        // Not the origin's doing, or a call that takes long.
        Err(_) => {}
    }
}

/// True where all callers send the same words, so that the end tells of the origin and not of the caller's arguments.
fn is_the_same_of_everybody<H: Host>(call: &OriginCall<'_, H>) -> bool {
    match call.message().operation() {
        Operation::Method(method) => method == Method::ServerDiscover || ListKind::of(method).is_some(),
        Operation::Legacy(LegacyRequest::Subscribe | LegacyRequest::Unsubscribe) => false,
        Operation::Legacy(_) => true,
    }
}

/// The name of the circuit between the origin and this caller; `None` without a token, since such callers are many.
fn key_of_caller<H: Host>(call: &OriginCall<'_, H>) -> Option<String> {
    let principal = call.message().principal();
    (!principal.is_anonymous()).then(|| format!("{} for {}", key(call), principal.key()))
}

/// Notes that the origin did not answer.
pub(super) fn failed<H: Host>(call: &OriginCall<'_, H>) {
    count(call, key(call));
}

fn count<H: Host>(call: &OriginCall<'_, H>, key: String) {
    let now = call.gateway.host.clock().now();
    call.gateway.isolate.circuits.borrow_mut().count_failure(key, now);
}

fn answered<H: Host>(call: &OriginCall<'_, H>) {
    let mut circuits = call.gateway.isolate.circuits.borrow_mut();
    if !circuits.is_empty() {
        circuits.close(&key(call));
        key_of_caller(call).inspect(|key| circuits.close(key));
    }
}
