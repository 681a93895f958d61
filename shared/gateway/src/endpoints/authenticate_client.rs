//! Authenticates the client of a token request: by its secret, by its signature, or as one that is known to have
//! neither.

use std::time::Duration;

use oauth::client_authentication::{self, PresentedClient};
use oauth::jwk::KeySet;
use oauth::token_request::TokenError;
use ports::{Claim, Clock, Host, Once, Timestamp};
use registry::snapshot::Client;
use sha2::Sha256;

use crate::deadline::within;
use crate::digest;
use crate::endpoints::issue::Unissued;
use crate::endpoints::sign_in;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::isolate::records::Live;

/// The time that a one-time claim may take; then the request is refused, and the client may try again.
const CLAIM_DEADLINE: Duration = Duration::from_secs(5);

/// Authenticates the client that these credentials name.
pub(super) async fn authenticate<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: &PresentedClient,
) -> Result<(), Unissued> {
    let listed = live.gateway.clients.iter().find(|client| client.id == presented.client_id);
    if presented.has_assertion() {
        return authenticate_signer(gateway, live, listed, presented).await;
    }
    // A client with a metadata document may have said there that it signs: then the record of its sign-in knows.
    let is_public = listed.map_or_else(|| live.gateway.admits_client(&presented.client_id), |client| client.public);
    if is_public && presented.is_bare() {
        return Ok(());
    }
    let hashes = listed.map_or(&[][..], |client| &client.secret_hashes);
    Ok(client_authentication::check(presented, hashes).map_err(TokenError::from)?)
}

/// Authenticates a client by its signature, which counts once.
async fn authenticate_signer<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    listed: Option<&Client>,
    presented: &PresentedClient,
) -> Result<(), Unissued> {
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
    let first = claim(gateway, &digest::key("client-assertion", name), assertion.expires_at).await?;
    if first {
        return Ok(());
    }
    Err(TokenError::invalid_client("client_assertion_replayed", "the client assertion was already used").into())
}

/// Claims `key` until a token with this `exp` is accepted no more: true for the first. A claim that isn't decided in
/// time is a fault.
pub(super) async fn claim<H: Host>(gateway: &Gateway<H>, key: &str, expires_at: u64) -> Result<bool, Fault> {
    // A token is accepted for the tolerance beyond its `exp`.
    let until = expires_at.saturating_add(2 * oauth::jws::TOLERANCE_SECONDS).saturating_mul(1000);
    let until = Timestamp::from_millis(until);
    let undecided = |detail: String| Err(Fault::Host { port: "Once", detail });
    match within(&gateway.host, CLAIM_DEADLINE, gateway.host.once().claim(key, until)).await {
        Some(Ok(claim)) => Ok(claim == Claim::First),
        Some(Err(error)) => undecided(error.to_string()),
        None => undecided("no answer in time".to_owned()),
    }
}
