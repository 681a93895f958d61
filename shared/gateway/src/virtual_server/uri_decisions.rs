//! Decisions about single URIs of lists, kept by entitlement: only URIs that rules read are decided one by one.

use sha2::{Digest, Sha256};

use super::list_decisions::KEPT_FOR;
use crate::isolate::held::{BoundedMap, Life};
use crate::principal::Entitlement;
use ports::Timestamp;

/// The most decisions of one virtual server: more than an origin's list may have, so that a walk finds them again.
const CAPACITY: usize = 16 * 1024;

/// The URIs and templates that callers may or may not read, under one epoch.
pub(super) struct UriDecisions(BoundedMap<Key, bool>);

/// The entitlement, and a digest of the URI or template: their lengths have no bound that would fit.
type Key = (Entitlement, [u8; 16]);

impl Default for UriDecisions {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

/// A template and a resource of one text are two.
fn key(entitlement: Entitlement, (uri, is_template): (&str, bool)) -> Key {
    let digest = Sha256::new().chain_update([u8::from(is_template)]).chain_update(uri).finalize();
    let mut name = [0; 16];
    name.copy_from_slice(&digest[..16]);
    (entitlement, name)
}

impl UriDecisions {
    /// The decision for this entitlement, if it was made a short while ago.
    pub(super) fn find(&self, entitlement: Entitlement, item: (&str, bool), now: Timestamp) -> Option<bool> {
        self.0.find(&key(entitlement, item), now).copied()
    }

    /// Keeps a decision.
    pub(super) fn keep(&mut self, entitlement: Entitlement, item: (&str, bool), is_shown: bool, now: Timestamp) {
        self.0.insert(key(entitlement, item), is_shown, 1, Some(Life::of(now, KEPT_FOR)));
    }
}
