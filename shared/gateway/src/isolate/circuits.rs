//! A circuit per origin that has failed lately, and per origin and caller.
//!
//! ```text
//! closed ── 5 failures in a row ─▶ open ── 10 s ─▶ half-open: one request goes through
//!    ▲                              ▲                  │
//!    └──────── an answer ───────────┼──────────────────┤
//!                                   └── a failure ─────┘
//! ```
//!
//! While the circuit is half-open, another request goes through every ten seconds: on Workers one that was cancelled
//! never comes back to say how it ended.

use std::time::Duration;

use ports::Timestamp;

use super::held::BoundedMap;

/// Failures in a row that open a circuit.
const FAILURES: u32 = 5;
/// The time between two requests that an open circuit lets through.
const PAUSE: Duration = Duration::from_secs(10);
/// The most circuits.
const CAPACITY: usize = 1024;

/// The circuits whose last request failed, by name.
pub(crate) struct Circuits(pub(super) BoundedMap<String, Circuit>);

/// The failures in a row.
pub(crate) struct Circuit {
    failures: u32,
    /// The time at which it opened, or last let a request through.
    tried: Timestamp,
}

impl Default for Circuits {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Circuits {
    /// True if no origin has failed lately: the usual case, in which nothing needs to be looked up.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if a request may be sent at `now`.
    pub(crate) fn admits(&mut self, name: &str, now: Timestamp) -> bool {
        let Some(circuit) = self.0.lasting_mut(name).filter(|circuit| circuit.failures >= FAILURES) else {
            return true;
        };
        // A clock that was set back must not keep it open for longer.
        if now.is_within(PAUSE, circuit.tried) {
            return false;
        }
        circuit.tried = now;
        true
    }

    /// Counts a failure.
    pub(crate) fn count_failure(&mut self, name: String, now: Timestamp) {
        let failures = self.0.lasting(&name).map_or(0, |circuit| circuit.failures).saturating_add(1);
        self.0.insert(name, Circuit { failures, tried: now }, 1, None);
    }

    /// Closes the circuit: the origin has answered.
    pub(crate) fn close(&mut self, name: &str) {
        self.0.remove(name);
    }
}
