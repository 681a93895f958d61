//! Capabilities that origins have declared to the isolate.

use std::rc::Rc;
use std::time::Duration;

use mcp::capabilities::Capabilities;
use mcp::era::Era;
use ports::Timestamp;

use super::held::{BoundedMap, Life};
use crate::principal::Entitlement;

/// The time for which the declaration of a modern origin counts.
const MODERN: Duration = Duration::from_secs(5 * 60);
/// The same for a legacy one, which declares its capabilities only once a session.
const LEGACY: Duration = Duration::from_secs(24 * 60 * 60);
/// Declarations, of some hundred bytes each.
const CAPACITY: usize = 1024;

/// Name and URL of the origin, the era, and the caller; `None` where the origin's response is the same for all callers.
pub(crate) type Declarer = (String, Era, Option<Entitlement>);

/// The capabilities of one origin.
#[derive(Clone)]
pub(crate) struct OriginCapabilities {
    pub(crate) era: Era,
    pub(crate) capabilities: Rc<Capabilities>,
}

/// The capabilities of each origin that has declared them.
pub(crate) struct Declarations(pub(super) BoundedMap<Declarer, OriginCapabilities>);

impl Default for Declarations {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Declarations {
    /// The capabilities of the origin, if it has declared them lately.
    pub(crate) fn find(&self, declarer: &Declarer, now: Timestamp) -> Option<OriginCapabilities> {
        self.0.find(declarer, now).cloned()
    }

    /// Holds what the origin has declared at `now`.
    pub(crate) fn insert(&mut self, declarer: Declarer, declared: OriginCapabilities, now: Timestamp) {
        let lifetime = if declared.era == Era::Modern { MODERN } else { LEGACY };
        self.0.insert(declarer, declared, 1, Some(Life::of(now, lifetime)));
    }
}
