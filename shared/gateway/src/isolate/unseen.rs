//! Names at which a caller has found no virtual server a short while ago, because there is none or it is hidden.
//!
//! Both are remembered for each caller by itself. If all callers shared the names that don't exist, a second caller
//! could tell them from hidden ones by the work of the answer.

use std::time::Duration;

use ports::Timestamp;
use sha2::{Digest, Sha256};

use super::held::{BoundedMap, Life};
use crate::principal::Entitlement;

/// Callers and names: a caller who tries names costs one read of the store per name and half minute.
const CAPACITY: usize = 4096;
/// As long as list decisions are kept.
const LIFETIME: Duration = Duration::from_secs(30);

/// The caller, the epoch, and a digest of the name.
type Key = (Entitlement, u64, [u8; 16]);

/// The names that callers have found nothing at.
pub(crate) struct Unseen(pub(super) BoundedMap<Key, ()>);

impl Default for Unseen {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

/// A name has no bound but the request's.
fn key(entitlement: Entitlement, epoch: u64, name: &str) -> Key {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(name)[..16]);
    (entitlement, epoch, short)
}

impl Unseen {
    /// True if the caller has found nothing at this name of this epoch a short while ago.
    pub(crate) fn has(&self, (entitlement, epoch): (Entitlement, u64), name: &str, now: Timestamp) -> bool {
        self.0.find(&key(entitlement, epoch, name), now).is_some()
    }

    /// Notes that the caller has found nothing.
    pub(crate) fn note(&mut self, (entitlement, epoch): (Entitlement, u64), name: &str, now: Timestamp) {
        self.0.insert(key(entitlement, epoch, name), (), 1, Some(Life::of(now, LIFETIME)));
    }
}
