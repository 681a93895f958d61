//! Authenticates the client of a token request: by its secret, by its signature, or as one that is known to have
//! neither.

use oauth::client_authentication::{self, PresentedClient};
use oauth::jwk::KeySet;
use oauth::token_request::TokenError;
use ports::{Clock, Host};
use registry::snapshot::Client;
use sha2::Sha256;

use crate::digest;
use crate::endpoints::issue::{Unissued, claim};
use crate::endpoints::sign_in;
use crate::gateway::Gateway;
use crate::isolate::records::Live;

/// A client assertion that is valid and may have been used before.
pub(super) struct Unclaimed {
    key: String,
    expires_at: u64,
}

impl Unclaimed {
    /// Claims the assertion: it authenticates one request only.
    pub(super) async fn claim<H: Host>(self, gateway: &Gateway<H>) -> Result<(), Unissued> {
        if claim(gateway, &self.key, self.expires_at).await? {
            return Ok(());
        }
        Err(TokenError::invalid_client("client_assertion_replayed", "the client assertion was already used").into())
    }
}

/// Authenticates the client that these credentials name. What it signed, the caller claims once nothing else can send
/// the client back for another try.
pub(super) async fn authenticate<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: &PresentedClient,
) -> Result<Option<Unclaimed>, Unissued> {
    let listed = live.gateway.clients.iter().find(|client| client.id == presented.client_id);
    if presented.has_assertion() {
        return authenticate_signer(gateway, live, listed, presented).await;
    }
    // A client with a metadata document may have said there that it signs: then the record of its sign-in knows.
    let is_public = listed.map_or_else(|| live.gateway.admits_client(&presented.client_id), |client| client.public);
    if is_public && presented.is_bare() {
        return Ok(None);
    }
    let hashes = listed.map_or(&[][..], |client| &client.secret_hashes);
    client_authentication::check(presented, hashes).map_err(TokenError::from)?;
    Ok(None)
}

/// Authenticates a client by its signature.
async fn authenticate_signer<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    listed: Option<&Client>,
    presented: &PresentedClient,
) -> Result<Option<Unclaimed>, Unissued> {
    let keys = match listed {
        Some(client) => client.jwks.as_deref().and_then(|jwks| KeySet::parse(jwks).ok()),
        None => sign_in::client_keys(gateway, live, &presented.client_id).await?,
    };
    let keys = keys.unwrap_or(KeySet::empty());
    let now = gateway.host.clock().now().seconds();
    let assertion = client_authentication::check_assertion(presented, &keys, &live.gateway.url, now);
    let assertion = assertion.map_err(TokenError::from)?;
    let mut name = Sha256::default();
    digest::add(&mut name, &presented.client_id);
    digest::add(&mut name, &assertion.jti);
    Ok(Some(Unclaimed { key: digest::key("client-assertion", name), expires_at: assertion.expires_at }))
}
