//! Decisions about single URIs of lists, kept by entitlement: only URIs that rules read are decided one by one.

use super::list_decisions::KEPT_FOR;
use crate::isolate::held::{Held, Life};
use crate::principal::Entitlement;
use ports::Timestamp;

/// Bytes of all kept URIs of one virtual server, each with what it takes besides.
const CAPACITY_BYTES: usize = 512 * 1024;
/// The bytes that an entry takes besides its URI.
const ENTRY_BYTES: usize = 96;

/// The URIs that callers may or may not read, under one epoch.
pub(super) struct UriDecisions(Held<(Entitlement, Box<str>), bool>);

impl Default for UriDecisions {
    fn default() -> Self {
        Self(Held::new(CAPACITY_BYTES))
    }
}

impl UriDecisions {
    /// The decision for this entitlement, if it was made a short while ago.
    pub(super) fn find(&self, entitlement: Entitlement, uri: &str, now: Timestamp) -> Option<bool> {
        self.0.find(&(entitlement, Box::from(uri)), now).copied()
    }

    /// Keeps a decision.
    pub(super) fn keep(&mut self, entitlement: Entitlement, uri: &str, is_shown: bool, now: Timestamp) {
        let key = (entitlement, Box::from(uri));
        self.0.insert(key, is_shown, uri.len() + ENTRY_BYTES, Some(Life::of(now, KEPT_FOR)));
    }
}
