//! The faults that the isolate has logged lately.

use std::time::Duration;

use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// Faults: each is a secret or a record of the deployment, so there are few; more are logged again too early.
const CAPACITY: usize = 256;

/// The faults that were logged lately, by reason and name.
pub(crate) struct Logged(pub(super) BoundedMap<(&'static str, String), ()>);

impl Default for Logged {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Logged {
    /// True if the fault was not logged in the time `again` before `now`; it counts as logged then.
    pub(crate) fn is_due(&mut self, reason: &'static str, what: &str, now: Timestamp, again: Duration) -> bool {
        let fault = (reason, what.to_owned());
        let due = self.0.find(&fault, now).is_none();
        if due {
            self.0.insert(fault, (), 1, Some(Life::of(now, again)));
        }
        due
    }
}
