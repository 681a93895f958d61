//! List decisions of one virtual server, kept by entitlement.
//!
//! Callers with one entitlement differ for policy by the time alone, so a decision is kept for [`KEPT_FOR`] at most. A
//! rule about the time of day takes effect that late for lists, and at once for calls.

use std::rc::Rc;
use std::time::Duration;

use policy::Kind;

use crate::isolate::held::{BoundedMap, Life};
use crate::principal::Entitlement;
use ports::Timestamp;

/// The time for which a list decision counts.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(30);
/// The most indexes that all kept decisions of one virtual server name: a quarter of a megabyte.
const CAPACITY: usize = 64 * 1024;

/// The items of one virtual server, under one epoch, that callers may see: indexes in the registry's order.
pub(crate) struct ListDecisions(BoundedMap<Decided, Rc<[u32]>>);

/// The question that a decision answers: for whom, and about which items.
type Decided = (Entitlement, (Kind, View));

/// The parts of a virtual server that a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum View {
    /// The first item that the caller may list, if there is one.
    First,
    /// The items that the caller may list.
    Visible,
    /// Of these, the items that the caller may use with some arguments.
    Usable,
}

impl Default for ListDecisions {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl ListDecisions {
    /// The decision for this entitlement, if it was made a short while ago.
    pub(crate) fn find(&self, entitlement: Entitlement, view: (Kind, View), now: Timestamp) -> Option<Rc<[u32]>> {
        self.0.find(&(entitlement, view), now).cloned()
    }

    /// Keeps a decision.
    pub(crate) fn keep(&mut self, entitlement: Entitlement, view: (Kind, View), visible: Rc<[u32]>, now: Timestamp) {
        // An empty decision takes room too.
        let weight = visible.len() + 32;
        self.0.insert((entitlement, view), visible, weight, Some(Life::of(now, KEPT_FOR)));
    }
}

#[cfg(test)]
mod tests {
    use oauth::access_token::Claims;
    use policy::Circumstances;

    use super::*;
    use crate::principal::Principal;
    use crate::principal::testing::claims;

    const TOOLS: (Kind, View) = (Kind::Tool, View::Visible);
    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn of(claims: Claims, address: Option<&str>, country: Option<&str>) -> Entitlement {
        let address = address.map(|address| address.parse().unwrap());
        let circumstances = Circumstances { now_seconds: 1, address, country };
        Entitlement::of(&Principal::new(claims), &circumstances)
    }

    #[test]
    fn decisions_end_after_half_a_minute() {
        let mut decisions = ListDecisions::default();
        let alice = of(claims(), None, None);
        decisions.keep(alice, TOOLS, Rc::from([0, 2]), NOW);
        let found = |seconds| decisions.find(alice, TOOLS, NOW.after(Duration::from_secs(seconds)));
        assert_eq!(found(29).as_deref(), Some(&[0, 2][..]));
        assert_eq!(found(30), None, "a rule may depend on the time");
        assert_eq!(
            decisions.find(alice, (Kind::Prompt, View::Visible), NOW),
            None,
            "prompts should be decided by themselves"
        );
    }

    #[test]
    fn decisions_are_bounded() {
        let mut decisions = ListDecisions::default();
        let visible: Rc<[u32]> = (0..500).collect();
        for number in 0..1000 {
            let entitlement = of(Claims { subject: format!("user-{number}"), ..claims() }, None, None);
            decisions.keep(entitlement, TOOLS, visible.clone(), NOW);
            decisions.keep(entitlement, TOOLS, visible.clone(), NOW);
            assert!(decisions.0.len() * visible.len() <= CAPACITY, "there should be a bound");
            assert!(decisions.find(entitlement, TOOLS, NOW).is_some(), "the newest should be kept");
        }
    }
}
