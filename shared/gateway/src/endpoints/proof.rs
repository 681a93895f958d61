//! The DPoP proof of a token request (RFC 9449 §5): whoever sends one gets a token that is bound to its key.
//!
//! A proof counts once: its `jti` is claimed through `Once`, after every other check.

use http::{HeaderMap, HeaderValue, Method};
use oauth::authorization_server::TOKEN_PATH;
use oauth::dpop::nonce;
use oauth::dpop::{self, Expectation, Proof, WINDOW_SECONDS};
use oauth::token_request::TokenError;
use ports::{Clock, Host};
use sha2::Sha256;

use crate::digest;
use crate::endpoints::issue::{Unissued, claim};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys::{self, ACCESS_TOKEN_KEYS};

/// The valid proof of the request; `None` if it has none.
pub(super) async fn read<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    headers: &HeaderMap,
) -> Result<Option<Proof>, Unissued> {
    let Some(proof) = dpop::read(headers).map_err(TokenError::from)? else { return Ok(None) };
    let url = format!("{}{TOKEN_PATH}", live.gateway.url);
    let now = gateway.host.clock().now().seconds();
    let expectation = Expectation { method: Method::POST.as_str(), url: &url, access_token: None, now };
    let proof = dpop::verify(proof, &expectation).map_err(TokenError::from)?;
    let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
    let age = proof.nonce.as_deref().and_then(|presented| nonce::check(&keys, presented, now));
    if age.is_none() {
        return Err(TokenError::use_dpop_nonce().into());
    }
    Ok(Some(proof))
}

/// The nonce for the next proof.
pub(super) async fn next_nonce<H: Host>(gateway: &Gateway<H>) -> Option<HeaderValue> {
    let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await.ok()?;
    HeaderValue::try_from(nonce::make(&keys, gateway.host.clock().now().seconds())).ok()
}

/// Claims the proof: it counts for one token request only.
pub(super) async fn claim_proof<H: Host>(gateway: &Gateway<H>, proof: Option<&Proof>) -> Result<(), Unissued> {
    let Some(proof) = proof else { return Ok(()) };
    let mut name = Sha256::default();
    digest::add(&mut name, &proof.thumbprint);
    digest::add(&mut name, &proof.jti);
    if claim(gateway, &digest::key("dpop-proof", name), proof.issued_at.saturating_add(WINDOW_SECONDS)).await? {
        return Ok(());
    }
    Err(TokenError::proof_replayed().into())
}
