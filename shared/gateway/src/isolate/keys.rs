//! Keys that the isolate has read: the publishers', Weir's own, and those of the identity providers.

use std::collections::HashMap;
use std::rc::Rc;

use oauth::jwk::{KeySet, PrivateKeySet};
use ports::Timestamp;

use super::held::Held;
use crate::sealed::SealingKeys;

/// Issuers: a key set of ten RSA keys is 6 kB.
const CAPACITY: usize = 1024;

/// The keys that the isolate has read. Secrets are read once per isolate.
pub(crate) struct Keys {
    pub(crate) publishers: Option<Rc<KeySet>>,
    /// Weir's own key sets, by the name of the secret: `ACCESS_TOKEN_KEYS` and `SIGNED_IDENTITY_KEYS`.
    pub(crate) own: HashMap<&'static str, Rc<PrivateKeySet>>,
    pub(crate) sealing: Option<Rc<SealingKeys>>,
    pub(super) issuers: Held<String, IssuerKeys>,
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

impl Default for Keys {
    fn default() -> Self {
        Self { publishers: None, own: HashMap::new(), sealing: None, issuers: Held::new(CAPACITY) }
    }
}

impl Keys {
    /// The keys of the issuer, named by its identifier and `jwks_uri`.
    pub(crate) fn issuer(&self, name: &str) -> Option<IssuerKeys> {
        self.issuers.lasting(name).cloned()
    }

    /// Holds the keys of an issuer.
    pub(crate) fn insert_issuer(&mut self, name: String, keys: IssuerKeys) {
        self.issuers.insert(name, keys, 1, None);
    }
}
