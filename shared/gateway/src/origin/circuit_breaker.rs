//! Circuits, per isolate: an origin that keeps failing gets no requests for a moment, so that nobody waits for it.
//!
//! | failure | it counts for |
//! |---|---|
//! | the connection is refused: nothing was sent | all callers |
//! | the connection breaks, or no answer comes in time, to a request that is the same for all callers | all callers |
//! | the connection breaks on a request with a caller's own arguments | that caller |
//! | no answer to such a request comes in time | no caller: it may just take long |
//!
//! So no caller can close an origin to others with requests that crash it. Any answer proves that the origin works. A
//! request that its client has cancelled counts for nothing. `isolate::circuits` says when a circuit is open.

use std::cell::RefCell;

use mcp::list::ListKind;
use mcp::method::Method;

use super::outbound::OriginCall;
use super::protocol::key;
use crate::error::Fault;
use crate::isolate::circuits::Circuits;
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Host, Timestamp};

/// Lets the request through, unless a circuit is open.
pub(super) fn admit<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Fault> {
    let isolate = &call.gateway.isolate;
    let now = call.gateway.host.clock().now();
    // The caller's first: asking the shared one may use up the one request that goes through.
    let admitted = admits(&isolate.caller_circuits, || key_of_caller(call), now)
        && admits(&isolate.circuits, || Some(key(call)), now);
    if admitted { Ok(()) } else { Err(Fault::OriginCircuitOpen) }
}

fn admits(circuits: &RefCell<Circuits>, key: impl Fn() -> Option<String>, now: Timestamp) -> bool {
    let mut circuits = circuits.borrow_mut();
    // The usual case: no failure is noted, and no circuit is looked up.
    circuits.is_empty() || key().is_none_or(|key| circuits.admits(&key, now))
}

/// Notes the outcome of a request, or of reading its response.
pub(super) fn note<H: Host, T>(call: &OriginCall<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { refused: true, .. }) => failed(call),
        Err(Fault::OriginUnreachable { .. } | Fault::OriginTooSlow) if is_the_same_of_everybody(call) => failed(call),
        Err(Fault::OriginUnreachable { .. }) => {
            if let Some(key) = key_of_caller(call) {
                count(call, &call.gateway.isolate.caller_circuits, key);
            }
        }
        Err(Fault::OriginAnswer { .. } | Fault::OriginStatus(_)) | Ok(_) => answered(call),
        // Not the origin's doing, or a call that takes long.
        Err(_) => {}
    }
}

/// True if all callers send the same request, so that a failure shows the state of the origin and not of the arguments.
fn is_the_same_of_everybody<H: Host>(call: &OriginCall<'_, H>) -> bool {
    match call.message().operation() {
        Operation::Method(method) => method == Method::ServerDiscover || ListKind::of(method).is_some(),
        // These carry the client's own bytes.
        Operation::Legacy(
            LegacyRequest::Subscribe
            | LegacyRequest::Unsubscribe
            | LegacyRequest::Response
            | LegacyRequest::Cancelled
            | LegacyRequest::RootsChanged
            // An origin without notifications may be silent on the stream, even before its head.
            | LegacyRequest::OpenStream,
        ) => false,
        Operation::Legacy(LegacyRequest::Initialize(_) | LegacyRequest::Ping | LegacyRequest::SetLevel) => true,
    }
}

/// The name of the circuit between the origin and this caller; `None` without a token, since such callers are many.
fn key_of_caller<H: Host>(call: &OriginCall<'_, H>) -> Option<String> {
    let principal = call.message().principal();
    (!principal.is_anonymous()).then(|| format!("{} for {}", key(call), principal.key()))
}

/// Notes that the origin did not answer.
pub(super) fn failed<H: Host>(call: &OriginCall<'_, H>) {
    count(call, &call.gateway.isolate.circuits, key(call));
}

fn count<H: Host>(call: &OriginCall<'_, H>, circuits: &RefCell<Circuits>, key: String) {
    circuits.borrow_mut().count_failure(key, call.gateway.host.clock().now());
}

fn answered<H: Host>(call: &OriginCall<'_, H>) {
    let isolate = &call.gateway.isolate;
    close(&isolate.circuits, || Some(key(call)));
    close(&isolate.caller_circuits, || key_of_caller(call));
}

fn close(circuits: &RefCell<Circuits>, key: impl Fn() -> Option<String>) {
    let mut circuits = circuits.borrow_mut();
    if !circuits.is_empty() {
        key().inspect(|key| circuits.close(key));
    }
}
