//! The documents that sign-ins have fetched: metadata documents of clients, and the endpoints of the identity provider.

use std::rc::Rc;
use std::time::Duration;

use oauth::client_metadata::ClientMetadata;
use oauth::openid_provider::Endpoints;
use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// Documents; one has about 500 bytes.
const DOCUMENTS: usize = 256;
/// Identity providers: one, and those of earlier epochs.
const PROVIDERS: usize = 8;

/// The documents that sign-ins have fetched.
pub(crate) struct SignInMemory {
    /// Client metadata by URL; `None` for a document that couldn't be used.
    pub(super) documents: BoundedMap<String, Option<Rc<ClientMetadata>>>,
    /// Endpoints by issuer.
    pub(super) providers: BoundedMap<String, Rc<Endpoints>>,
}

impl Default for SignInMemory {
    fn default() -> Self {
        Self { documents: BoundedMap::new(DOCUMENTS), providers: BoundedMap::new(PROVIDERS) }
    }
}

impl SignInMemory {
    /// The document at `url`, if it was fetched a short while ago; `Some(None)` if it couldn't be used then.
    pub(crate) fn document(&self, url: &str, now: Timestamp) -> Option<Option<Rc<ClientMetadata>>> {
        self.documents.find(url, now).cloned()
    }

    /// Holds a document for `life`.
    pub(crate) fn insert_document(
        &mut self,
        url: &str,
        document: Option<Rc<ClientMetadata>>,
        now: Timestamp,
        life: Duration,
    ) {
        self.documents.insert(url.to_owned(), document, 1, Some(Life::of(now, life)));
    }

    /// The endpoints of this issuer.
    pub(crate) fn provider(&self, issuer: &str, now: Timestamp) -> Option<Rc<Endpoints>> {
        self.providers.find(issuer, now).cloned()
    }

    /// Holds the endpoints of an issuer for `life`.
    pub(crate) fn insert_provider(&mut self, issuer: &str, endpoints: Rc<Endpoints>, now: Timestamp, life: Duration) {
        self.providers.insert(issuer.to_owned(), endpoints, 1, Some(Life::of(now, life)));
    }
}
