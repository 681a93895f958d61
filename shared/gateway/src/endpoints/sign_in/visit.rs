//! A sign-in for a page of Weir's own: `/me`, or the page where a user gives a grant. There is no client, no consent
//! and no code: its only result is the verified person.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Response, header};
use oauth::openid_provider::AuthenticationRequest;
use oauth::pkce::Challenge;
use ports::{Body, Clock, Host};
use serde::{Deserialize, Serialize};

use super::browser::Browser;
use super::failure::{SignInFailure, redirect};
use super::provider;
use super::site::Site;
use super::transaction::LONGEST;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;
use crate::sealed::{Binding, Sealer};

/// The most characters of a state: a link is part of it.
const STATE_CHARACTERS: usize = 4_096;

/// The sealed state of a visit, from the redirect to the identity provider until the callback. Member names have one
/// letter because it is part of a URL.
#[derive(Serialize, Deserialize)]
pub(in crate::endpoints) struct Visit {
    /// 32 random bytes, base64url: the seed of verifier and nonce.
    #[serde(rename = "x")]
    random: String,
    /// The issuer's name in the registry.
    #[serde(rename = "i")]
    issuer: String,
    /// The page to open after the sign-in.
    #[serde(rename = "p")]
    pub(in crate::endpoints) page: VisitedPage,
    /// The expiry, Unix seconds.
    #[serde(rename = "e")]
    ends_at: u64,
}

/// The page that a visit is for.
#[derive(Serialize, Deserialize)]
pub(in crate::endpoints) enum VisitedPage {
    /// `/me`.
    #[serde(rename = "m")]
    Me,
    /// `/connect/ORIGIN`: the origin's name, and `ticket` of the link's query.
    #[serde(rename = "c")]
    Connect {
        #[serde(rename = "o")]
        origin: String,
        #[serde(rename = "t")]
        ticket: String,
    },
}

impl Visit {
    fn derived(&self, purpose: &[u8]) -> String {
        let seed = URL_SAFE_NO_PAD.decode(&self.random).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(hmac_sha256::HMAC::mac(purpose, seed))
    }

    /// The verifier of Weir's own code challenge (RFC 7636 §4.1).
    pub(super) fn verifier(&self) -> String {
        self.derived(b"verifier")
    }

    /// The nonce of Weir's own authentication request.
    pub(super) fn nonce(&self) -> String {
        self.derived(b"nonce")
    }

    /// Refuses a visit that has expired, or that began at another identity provider.
    pub(super) fn check(&self, site: &Site<'_>, now_seconds: u64) -> Result<(), SignInFailure> {
        match now_seconds < self.ends_at && self.issuer == site.issuer.name {
            true => Ok(()),
            false => Err(SignInFailure::over("sign_in_expired", "the sign-in took longer than ten minutes.")),
        }
    }
}

fn binding(site: &Site<'_>, browser: &Browser) -> Binding {
    let binding = Binding::new("visit state").up_to(STATE_CHARACTERS);
    binding.with(site.url().as_bytes()).with(browser.binding())
}

/// Sends the browser to the identity provider.
pub(in crate::endpoints) async fn begin<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    headers: &HeaderMap,
    page: VisitedPage,
) -> Result<Response<Body>, SignInFailure> {
    let endpoints = provider::endpoints(gateway, site).await?;
    let browser = Browser::read_or_new(gateway, site, headers)?;
    let visit = Visit {
        random: identifier::text::<H, 32>(&gateway.host)?,
        issuer: site.issuer.name.clone(),
        page,
        ends_at: gateway.host.clock().now().after(LONGEST).seconds(),
    };
    let content = serde_json::to_vec(&visit).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    let sealer = Sealer::required(gateway).await?;
    let too_long = || SignInFailure::request("sign_in_too_long", "the link is too long.");
    let state = sealer.seal(&binding(site, &browser), &content).ok_or_else(too_long)?;
    let authentication = AuthenticationRequest {
        client_id: &site.sign_in.client_id,
        redirect_uri: &site.callback(),
        scope: "openid",
        state: &state,
        nonce: &visit.nonce(),
        challenge: &Challenge::of(&visit.verifier()),
    };
    let mut response = redirect(&authentication.url(&endpoints.authorization));
    if let Some(cookie) = browser.set_cookie(site) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Opens a state that [`begin`] has sealed for this browser; `None` for any other text.
pub(super) async fn open<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    browser: Option<&Browser>,
    state: &str,
) -> Result<Option<Visit>, Fault> {
    let (Some(browser), Some(keys)) = (browser, keys::sealing(gateway).await?) else { return Ok(None) };
    let content = keys.open(&binding(site, browser), state);
    Ok(content.and_then(|content| serde_json::from_slice(&content).ok()))
}
