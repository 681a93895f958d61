//! The documents that sign-ins and grants have fetched: metadata documents of clients, the endpoints of the identity
//! provider, and the metadata of third parties.

use std::rc::Rc;
use std::time::Duration;

use oauth::client_metadata::ClientMetadata;
use oauth::grant_server::GrantServer;
use oauth::openid_provider::Endpoints;
use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// Documents; one has about 500 bytes.
const DOCUMENTS: usize = 256;
/// Identity providers: one, and those of earlier epochs.
const PROVIDERS: usize = 8;
/// Third parties of grants.
const GRANT_SERVERS: usize = 64;

/// The documents that sign-ins have fetched.
pub(crate) struct SignInMemory {
    /// Client metadata by URL; `None` for a document that couldn't be used.
    pub(super) documents: BoundedMap<String, Option<Rc<ClientMetadata>>>,
    /// Endpoints by issuer.
    pub(super) providers: BoundedMap<String, Rc<Endpoints>>,
    /// Third parties by issuer.
    pub(super) grant_servers: BoundedMap<String, Rc<GrantServer>>,
}

impl Default for SignInMemory {
    fn default() -> Self {
        Self {
            documents: BoundedMap::new(DOCUMENTS),
            providers: BoundedMap::new(PROVIDERS),
            grant_servers: BoundedMap::new(GRANT_SERVERS),
        }
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

    /// The third party with this issuer identifier.
    pub(crate) fn grant_server(&self, issuer: &str, now: Timestamp) -> Option<Rc<GrantServer>> {
        self.grant_servers.find(issuer, now).cloned()
    }

    /// Holds a third party for `life`.
    pub(crate) fn insert_grant_server(
        &mut self,
        issuer: &str,
        server: Rc<GrantServer>,
        now: Timestamp,
        life: Duration,
    ) {
        self.grant_servers.insert(issuer.to_owned(), server, 1, Some(Life::of(now, life)));
    }

    /// Holds the endpoints of an issuer for `life`.
    pub(crate) fn insert_provider(&mut self, issuer: &str, endpoints: Rc<Endpoints>, now: Timestamp, life: Duration) {
        self.providers.insert(issuer.to_owned(), endpoints, 1, Some(Life::of(now, life)));
    }
}
