//! The deployment's sign-in as the registry describes it.

use oauth::authorization_server::CALLBACK_PATH;
use oauth::dpop::Proof;
use oauth::token_request::TokenRequest;
use registry::snapshot::{Issuer, SignIn};

use crate::isolate::records::Live;

/// `[sign_in]` with its issuer.
pub(in crate::endpoints) struct Site<'a> {
    pub(in crate::endpoints) live: &'a Live,
    pub(in crate::endpoints) sign_in: &'a SignIn,
    pub(in crate::endpoints) issuer: &'a Issuer,
}

impl<'a> Site<'a> {
    /// The sign-in of this epoch; `None` if there is none.
    pub(in crate::endpoints) fn of(live: &'a Live) -> Option<Self> {
        let sign_in = live.gateway.sign_in.as_ref()?;
        let issuer = live.gateway.issuers.iter().find(|issuer| issuer.name == sign_in.issuer)?;
        Some(Self { live, sign_in, issuer })
    }

    /// The gateway's own address, which is its issuer identifier.
    pub(in crate::endpoints) fn url(&self) -> &'a str {
        &self.live.gateway.url
    }

    /// The redirect URI that is registered at the identity provider.
    pub(in crate::endpoints) fn callback(&self) -> String {
        format!("{}{CALLBACK_PATH}", self.url())
    }

    /// True if browsers reach the gateway over TLS: always but in development.
    pub(in crate::endpoints) fn is_secure(&self) -> bool {
        self.url().starts_with("https:")
    }
}

/// A token request of a client that has authenticated, or has nothing to authenticate with.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    /// The request.
    pub(crate) request: &'a TokenRequest,
    /// Its client.
    pub(crate) client_id: &'a str,
    /// True if the client brought no credential.
    pub(crate) is_bare: bool,
    /// The request's DPoP proof.
    pub(crate) proof: Option<&'a Proof>,
}
