//! The resources and templates of a list. Each is decided by its URI, so that listed ones can be read.

use std::cell::Cell;

use policy::{Arguments, Decision, RefusalReason};

use super::decision_facts::DecisionFacts;
use super::policy_verdict::uri_argument;
use crate::line::resolve::Resolved;
use ports::Timestamp;

/// The decisions about URIs for one caller at one moment.
pub(crate) struct ListedUris<'a> {
    facts: DecisionFacts<'a>,
    decided: Cell<u64>,
}

impl<'a> ListedUris<'a> {
    pub(crate) fn new(resolved: &'a Resolved, now: Timestamp) -> Self {
        Self { facts: DecisionFacts::new(resolved, now), decided: Cell::new(0) }
    }

    /// The number of decisions that were made; remembered ones don't count.
    pub(crate) const fn decided(&self) -> u64 {
        self.decided.get()
    }

    /// True if the caller may read this URI of the item at `at`, which it may list. A template is hidden only if its
    /// own text shows that policy refuses all of its URIs.
    pub(crate) fn shows(&self, at: usize, uri: &str, is_template: bool) -> bool {
        // Without rules about URIs, one decision for all of them was made when the list was authorized.
        if !self.facts.server().decides_by_arguments(at) {
            return true;
        }
        self.facts.uri_decision((uri, is_template), || {
            self.decided.set(self.decided.get() + 1);
            let argument = uri_argument(uri);
            let Ok(arguments) = Arguments::parse(Some(&argument)) else { return false };
            match self.facts.decide(at, policy::Action::Call, Some(&arguments)) {
                Decision::Permit { .. } => true,
                // A rule that permits some URIs compares whole URIs, so no template can match it.
                Decision::Refusal { reason: RefusalReason::NothingPermits, .. } => is_template,
                Decision::Refusal { .. } => false,
            }
        })
    }
}
