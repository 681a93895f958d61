//! The state of a consent at a third party: sealed, kept by the browser, and bound to its cookie.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ports::{Clock, Host};
use serde::{Deserialize, Serialize};

use crate::endpoints::sign_in::browser::Browser;
use crate::endpoints::sign_in::failure::SignInFailure;
use crate::endpoints::sign_in::site::Site;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;
use crate::sealed::{Binding, Sealer};
use crate::vault::client::ClientKind;
use crate::vault::grant::Holder;

/// The longest time of a consent.
const LONGEST: Duration = Duration::from_secs(600);
/// The most characters of a state.
const STATE_CHARACTERS: usize = 4_096;

/// A consent that was begun. Short names: it is part of a URL.
#[derive(Serialize, Deserialize)]
pub(super) struct Consenting {
    /// 32 random bytes, base64url: the seed of the verifier.
    #[serde(rename = "x")]
    random: String,
    /// The user, as signed in, and the origin.
    #[serde(rename = "h")]
    pub(super) holder: Holder,
    /// The virtual server whose record has the origin.
    #[serde(rename = "s")]
    pub(super) server: String,
    /// Digest of the origin's URL and credential.
    #[serde(rename = "f")]
    pub(super) facts: String,
    /// Weir's client.
    #[serde(rename = "c")]
    pub(super) client: ClientKind,
    /// The time of the sign-in, Unix seconds: what ended before it doesn't count.
    #[serde(rename = "b")]
    pub(super) began_at: u64,
    /// Its end, Unix seconds.
    #[serde(rename = "e")]
    ends_at: u64,
}

impl Consenting {
    /// A consent that begins now.
    pub(super) fn begin<H: Host>(
        gateway: &Gateway<H>,
        holder: Holder,
        server: String,
        (facts, client): (String, ClientKind),
    ) -> Result<Self, Fault> {
        let now = gateway.host.clock().now();
        Ok(Self {
            random: identifier::text::<H, 32>(&gateway.host)?,
            holder,
            server,
            facts,
            client,
            began_at: now.seconds(),
            ends_at: now.after(LONGEST).seconds(),
        })
    }

    /// The verifier of the code challenge (RFC 7636 §4.1).
    pub(super) fn verifier(&self) -> String {
        let seed = URL_SAFE_NO_PAD.decode(&self.random).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(hmac_sha256::HMAC::mac(b"grant verifier", seed))
    }

    /// The key under which its one answer is claimed.
    pub(super) fn claim(&self) -> String {
        format!("grant/{}", self.random)
    }

    /// Its end, Unix seconds.
    pub(super) const fn ends_at(&self) -> u64 {
        self.ends_at
    }

    fn binding(site: &Site<'_>, browser: &Browser) -> Binding {
        let binding = Binding::new("grant state").up_to(STATE_CHARACTERS);
        binding.with(site.url().as_bytes()).with(browser.binding())
    }

    /// Seals it for this browser.
    pub(super) async fn seal<H: Host>(
        &self,
        gateway: &Gateway<H>,
        site: &Site<'_>,
        browser: &Browser,
    ) -> Result<String, SignInFailure> {
        let content = serde_json::to_vec(self).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
        let sealer = Sealer::required(gateway).await?;
        let too_long = || SignInFailure::request("sign_in_too_long", "the name of your account is too long.");
        sealer.seal(&Self::binding(site, browser), &content).ok_or_else(too_long)
    }

    /// Opens what [`Consenting::seal`] has sealed for this browser, unless it is over.
    pub(super) async fn open<H: Host>(
        gateway: &Gateway<H>,
        site: &Site<'_>,
        browser: Option<&Browser>,
        state: &str,
    ) -> Result<Option<Self>, Fault> {
        let (Some(browser), Some(keys)) = (browser, keys::sealing(gateway).await?) else { return Ok(None) };
        let content = keys.open(&Self::binding(site, browser), state);
        let found: Option<Self> = content.and_then(|content| serde_json::from_slice(&content).ok());
        let now = gateway.host.clock().now().seconds();
        Ok(found.filter(|found| now < found.ends_at))
    }
}
