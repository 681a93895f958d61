//! The state of a sign-in between two requests: sealed, kept by the browser, and bound to its cookie.
//!
//! Weir's verifier and nonce for the identity provider are not in it: both follow from a random seed that only the
//! sealed text has.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth::redirect_uri::RedirectUri;
use oauth::refresh_token::FAMILY_BYTES;
use ports::{Host, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::browser::Browser;
use super::client::Client;
use super::failure::{START_AGAIN, SignInFailure};
use super::site::Site;
use crate::endpoints::issue::Person;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::keys;
use crate::sealed::{Binding, Sealer};

/// The longest time of a sign-in, from `authorize` to the answer of the consent page.
pub(super) const LONGEST: Duration = Duration::from_secs(600);

/// The most characters of a state. The longest parameters make about 3,600; servers take 8,000 in a URL.
const STATE_CHARACTERS: usize = 4_096;

/// The most characters of a consent transaction, which a form carries: a refresh token and 200 groups of the provider.
const CONSENT_CHARACTERS: usize = 48 * 1024;

/// A sign-in, as `authorize` has accepted it. Short names: it is part of a URL.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Transaction {
    /// 32 random bytes, base64url: the identifier of the family that may come of it, and the seed.
    #[serde(rename = "x")]
    random: String,
    /// The client.
    #[serde(rename = "c")]
    pub(super) client_id: String,
    /// Its redirect URI.
    #[serde(rename = "r")]
    pub(super) redirect_uri: String,
    /// Its state.
    #[serde(rename = "s")]
    pub(super) state: Option<String>,
    /// Its code challenge.
    #[serde(rename = "p")]
    pub(super) challenge: String,
    /// The protected resource.
    #[serde(rename = "a")]
    pub(super) resource: String,
    /// The scopes.
    #[serde(rename = "o")]
    pub(super) scope: Vec<String>,
    /// The thumbprint of the key that must redeem the code (`dpop_jkt`).
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub(super) key_thumbprint: Option<String>,
    /// The issuer's name: a callback of another one is refused.
    #[serde(rename = "i")]
    pub(super) issuer: String,
    /// True if no page led here, but the person or a program on their computer (`Sec-Fetch-Site: none`).
    #[serde(rename = "d")]
    pub(super) is_direct: bool,
    /// Its end, Unix seconds.
    #[serde(rename = "e")]
    ends_at: u64,
}

/// The part of a transaction that `authorize` has checked.
pub(super) struct Accepted {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: String,
    pub(super) resource: String,
    pub(super) scope: Vec<String>,
    pub(super) key_thumbprint: Option<String>,
    pub(super) is_direct: bool,
}

impl Transaction {
    /// A transaction that begins at `now`, with random identifiers.
    pub(super) fn begin(random: [u8; 32], site: &Site<'_>, accepted: Accepted, now: Timestamp) -> Self {
        let random = URL_SAFE_NO_PAD.encode(random);
        let Accepted { client_id, redirect_uri, state, challenge, resource, scope, key_thumbprint, is_direct } =
            accepted;
        Self {
            random,
            client_id,
            redirect_uri,
            state,
            challenge,
            resource,
            scope,
            key_thumbprint,
            issuer: site.issuer.name.clone(),
            is_direct,
            ends_at: now.after(LONGEST).seconds(),
        }
    }

    /// The identifier of the family that may come of it.
    pub(super) fn family(&self) -> [u8; FAMILY_BYTES] {
        let mut family = [0; FAMILY_BYTES];
        let random = URL_SAFE_NO_PAD.decode(&self.random).unwrap_or_default();
        family.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
        family
    }

    /// The part of the random bytes that no client ever gets.
    fn seed(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(&self.random).unwrap_or_default().into_iter().skip(FAMILY_BYTES).collect()
    }

    /// The verifier of Weir's own code challenge (RFC 7636 §4.1).
    pub(super) fn verifier(&self) -> String {
        URL_SAFE_NO_PAD.encode(hmac_sha256::HMAC::mac(b"verifier", self.seed()))
    }

    /// The nonce of Weir's own authentication request.
    pub(super) fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(hmac_sha256::HMAC::mac(b"nonce", self.seed()))
    }

    /// Its end, from which on nothing of it is accepted.
    pub(super) fn ends_at(&self) -> Timestamp {
        Timestamp::from_millis(self.ends_at * 1000)
    }

    /// Its beginning, Unix seconds: a sign-in that was begun before an instant, and finished after it, is of before.
    pub(super) fn began_at(&self) -> u64 {
        self.ends_at.saturating_sub(LONGEST.as_secs())
    }

    /// The client's redirect URI, if the client still has it: documents and registries change.
    pub(super) fn redirect_uri(&self, client: &Client) -> Result<RedirectUri, SignInFailure> {
        client.redirect_uri(Some(&self.redirect_uri))
    }

    /// Refuses a transaction that is over, or of another identity provider.
    pub(super) fn check(&self, site: &Site<'_>, now: Timestamp) -> Result<(), SignInFailure> {
        if now >= self.ends_at() {
            return Err(SignInFailure::over("sign_in_expired", "the sign-in took longer than ten minutes."));
        }
        if self.issuer != site.issuer.name {
            let happened = "the identity provider was changed in the meantime.";
            return Err(SignInFailure::over("sign_in_issuer_changed", happened));
        }
        Ok(())
    }
}

/// A sign-in whose person is known and has not answered yet.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    /// The sign-in.
    pub(super) transaction: Transaction,
    /// The person.
    pub(super) person: Person,
    /// The identity provider's refresh token, if it gave one.
    pub(super) provider_token: Option<String>,
}

/// The kinds of sealed text.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `state` towards the identity provider: a [`Transaction`].
    State,
    /// `transaction` of the consent page: a [`Pending`].
    Consent,
}

fn binding(kind: Kind, site: &Site<'_>, browser: &Browser) -> Binding {
    let (purpose, characters) = match kind {
        Kind::State => ("sign-in state", STATE_CHARACTERS),
        Kind::Consent => ("sign-in consent", CONSENT_CHARACTERS),
    };
    Binding::new(purpose).up_to(characters).with(site.url().as_bytes()).with(browser.binding())
}

/// Seals `content` for this browser.
pub(super) async fn seal<H: Host, T: Serialize>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    browser: &Browser,
    kind: Kind,
    content: &T,
) -> Result<String, SignInFailure> {
    let sealer = Sealer::required(gateway).await?;
    let content = serde_json::to_vec(content).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
    let too_long =
        || SignInFailure::request("sign_in_too_long", "the request, or what the identity provider sent, is too long.");
    sealer.seal(&binding(kind, site, browser), &content).ok_or_else(too_long)
}

/// Opens what [`seal`] has sealed for this browser.
pub(super) async fn open<H: Host, T: DeserializeOwned>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    browser: Option<&Browser>,
    kind: Kind,
    text: &str,
) -> Result<T, SignInFailure> {
    let happened = "this sign-in was begun in another browser, or it is not one of ours.";
    let foreign = || SignInFailure::forbidden("sign_in_of_another_browser", happened, START_AGAIN);
    let browser = browser.ok_or_else(foreign)?;
    let keys = keys::required_sealing(gateway).await?;
    let content = keys.open(&binding(kind, site, browser), text).ok_or_else(foreign)?;
    serde_json::from_slice(&content).map_err(|_| foreign())
}
