//! A circuit per isolate and origin: who fails again and again is left alone for a moment, so that nobody waits for it.
//!
//! ```text
//! closed ── 5 failures in a row ─▶ open ── 10 s ─▶ half-open: one request goes through
//!    ▲                              ▲                  │
//!    └──────── an answer ───────────┼──────────────────┤
//!                                   └── a failure ─────┘
//! ```
//!
//! A failure is a connection that can't be had or breaks, or silence where everybody asks the same; whatever an origin answers, it is there. A request
//! that its client has given up tells nothing. While the circuit is half-open, another request goes through every ten
//! seconds: on Workers one that was cancelled never comes back to say how it ended.

use std::collections::HashMap;
use std::time::Duration;

use mcp::list::ListKind;
use mcp::method::Method;

use super::era::key;
use super::outbound::OriginCall;
use crate::error::Fault;
use crate::line::parse::{LegacyRequest, Operation};
use ports::{Clock, Host, Timestamp};

/// Failures in a row that open it.
const FAILURES: u32 = 5;
/// How long nobody is let through.
const PAUSE: Duration = Duration::from_secs(10);
/// Origins that an isolate remembers.
const CAPACITY: usize = 1024;

/// The origins that have failed lately.
#[derive(Default)]
pub(crate) struct HeldCircuits(HashMap<String, Circuit>);

struct Circuit {
    failures: u32,
    /// When it opened, or last let a request through.
    tried: Timestamp,
}

/// Lets the request through, unless the circuit is open.
pub(super) fn admit<H: Host>(call: &OriginCall<'_, H>) -> Result<(), Fault> {
    let mut held = call.gateway.isolate.circuits.borrow_mut();
    // The usual case: nobody has failed, and nothing is looked up.
    if held.0.is_empty() {
        return Ok(());
    }
    let Some(circuit) = held.0.get_mut(&key(call)).filter(|circuit| circuit.failures >= FAILURES) else {
        return Ok(());
    };
    let now = call.gateway.host.clock().now();
    // A clock that was set back must not keep it open for longer.
    if now >= circuit.tried && now.since(circuit.tried) < PAUSE {
        return Err(Fault::OriginCircuitOpen);
    }
    circuit.tried = now;
    Ok(())
}

/// Notes how a request ended, or the reading of its answer.
pub(super) fn note<H: Host, T>(call: &OriginCall<'_, H>, ended: &Result<T, Fault>) {
    match ended {
        Err(Fault::OriginUnreachable { .. }) => failed(call),
        Err(Fault::OriginTooSlow) if tells_of_silence(call) => failed(call),
        Err(Fault::OriginAnswer { .. }) | Ok(_) => answered(call),
        // Not the origin's doing.
        Err(_) => {}
    }
}

/// How long a call takes may depend on its arguments: five slow ones of one caller must not take the origin away from all.
/// What is asked in the same words by everybody tells of the origin.
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
    let mut held = call.gateway.isolate.circuits.borrow_mut();
    if held.0.len() >= CAPACITY {
        // All at once is crude and cheap: each comes back with five failures.
        held.0.clear();
    }
    let circuit = held.0.entry(key(call)).or_insert(Circuit { failures: 0, tried: now });
    circuit.failures = circuit.failures.saturating_add(1);
    circuit.tried = now;
}

fn answered<H: Host>(call: &OriginCall<'_, H>) {
    let mut held = call.gateway.isolate.circuits.borrow_mut();
    if !held.0.is_empty() {
        held.0.remove(&key(call));
    }
}
