//! Look-ups in the gateway record: issuers and clients by their identifiers, and the scopes of a client.

use crate::snapshot::{Client, Gateway, Issuer, IssuerMode};

impl Gateway {
    /// The issuer with this identifier.
    #[must_use]
    pub fn issuer(&self, identifier: &str) -> Option<&Issuer> {
        self.issuers.iter().find(|issuer| issuer.issuer == identifier)
    }

    /// The listed client with this id.
    #[must_use]
    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    /// True if at least one client is a service.
    #[must_use]
    pub fn has_services(&self) -> bool {
        self.clients.iter().any(|client| client.service.is_some())
    }

    /// True if the token endpoint can issue tokens at all: by ID-JAG, sign-in or service.
    #[must_use]
    pub fn issues_tokens(&self) -> bool {
        let redeems = self.issuers.iter().any(|issuer| issuer.has_mode(IssuerMode::IdJag));
        redeems || self.sign_in.is_some() || self.has_services()
    }

    /// The scopes of `granted` that tokens of the client may have; all of them for a client that isn't listed.
    #[must_use]
    pub fn narrow(&self, client_id: &str, granted: Vec<String>) -> Vec<String> {
        match self.client(client_id) {
            Some(client) => client.narrow(granted),
            None => granted,
        }
    }
}
