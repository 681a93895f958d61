//! Keys that the isolate has read: the publishers', Weir's own, and those of the identity providers.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use oauth::jwk::{KeySet, PrivateKeySet};
use ports::Timestamp;

use super::held::{BoundedMap, Life};
use crate::sealed::SealingKeys;

/// Issuers: a key set of ten RSA keys is 6 kB.
const CAPACITY: usize = 1024;

/// The keys that the isolate has read. Secrets are read once per isolate.
pub(crate) struct Keys {
    pub(crate) publishers: Option<Rc<KeySet>>,
    /// Weir's own key sets, by the name of the secret, such as `ACCESS_TOKEN_KEYS`.
    pub(crate) own: HashMap<&'static str, Rc<PrivateKeySet>>,
    pub(crate) sealing: Option<Rc<SealingKeys>>,
    pub(super) issuers: BoundedMap<String, IssuerKeys>,
    /// The issuers that a request is reading now.
    pub(super) readings: BoundedMap<String, ()>,
    /// The secrets that the last look for health did not find.
    pub(crate) lacking: Option<Lacking>,
}

/// The keys of one identity provider.
#[derive(Clone)]
pub(crate) struct IssuerKeys {
    /// `None` if none could be read.
    pub(crate) keys: Option<Rc<KeySet>>,
    /// The last time that the issuer was asked.
    pub(crate) asked: Timestamp,
    /// The last time that it answered with keys.
    pub(crate) confirmed: Timestamp,
}

/// The secrets that an epoch needs and the deployment lacks.
#[derive(Clone)]
pub(crate) struct Lacking {
    pub(crate) epoch: u64,
    /// The time of the look.
    pub(crate) asked: Timestamp,
    /// Each with a stable reason.
    pub(crate) secrets: Rc<Vec<(String, &'static str)>>,
}

impl Lacking {
    /// True if the look is no older than `refresh`.
    pub(crate) fn is_current(&self, now: Timestamp, refresh: Duration) -> bool {
        now.is_within(refresh, self.asked)
    }
}

impl IssuerKeys {
    /// True if no key has this id; false without an id, unless there are no keys at all.
    pub(crate) fn lacks(&self, key_id: Option<&str>) -> bool {
        self.keys.as_ref().is_none_or(|keys| key_id.is_some_and(|key_id| !keys.contains(key_id)))
    }

    /// The keys, if one has this id and the issuer confirmed them less than `stale` ago.
    pub(crate) fn serving(&self, key_id: Option<&str>, now: Timestamp, stale: Duration) -> Option<Rc<KeySet>> {
        self.keys.clone().filter(|_| now.is_within(stale, self.confirmed) && !self.lacks(key_id))
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            publishers: None,
            own: HashMap::new(),
            sealing: None,
            issuers: BoundedMap::new(CAPACITY),
            readings: BoundedMap::new(CAPACITY),
            lacking: None,
        }
    }
}

impl Keys {
    /// The keys of the issuer, named by its identifier and `jwks_uri`.
    pub(crate) fn issuer(&self, name: &str) -> Option<IssuerKeys> {
        self.issuers.lasting(name).cloned()
    }

    /// True if no other request is reading the keys of this issuer. The reading is noted then, for `longest`: a request
    /// that is dropped meanwhile ends nothing.
    pub(crate) fn begin_reading(&mut self, name: &str, now: Timestamp, longest: Duration) -> bool {
        let free = self.readings.find(name, now).is_none();
        if free {
            self.readings.insert(name.to_owned(), (), 1, Some(Life::of(now, longest)));
        }
        free
    }

    /// Holds the keys of an issuer, whose reading has ended.
    pub(crate) fn insert_issuer(&mut self, name: String, keys: IssuerKeys) {
        self.readings.remove(&name);
        self.issuers.insert(name, keys, 1, None);
    }
}
