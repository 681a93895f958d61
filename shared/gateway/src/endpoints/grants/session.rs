//! The person who is signed in to `/me`: a sealed cookie for ten minutes.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};
use ports::{Clock, Host};
use serde::{Deserialize, Serialize};

use crate::endpoints::sign_in::browser::{cookie, set_cookie};
use crate::endpoints::sign_in::site::Site;
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::identifier;
use crate::keys;
use crate::sealed::{Binding, Sealer, SealingKeys};

/// The life of a session.
const LIFE: Duration = Duration::from_secs(600);
/// The most characters of the cookie.
const CHARACTERS: usize = 2_048;

/// A session.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    /// The user.
    #[serde(rename = "u")]
    pub(super) user: String,
    /// A random identifier, to which the page's forms are bound.
    #[serde(rename = "i")]
    id: String,
    /// The time of the sign-in, Unix seconds.
    #[serde(rename = "b")]
    pub(super) began_at: u64,
}

fn name(site: &Site<'_>) -> &'static str {
    if site.is_secure() { "__Host-weir-me" } else { "weir-me" }
}

fn binding(site: &Site<'_>) -> Binding {
    Binding::new("me session").up_to(CHARACTERS).with(site.url().as_bytes())
}

impl Session {
    /// A session of `user` that begins now.
    pub(super) fn begin<H: Host>(gateway: &Gateway<H>, user: String) -> Result<Self, Fault> {
        let began_at = gateway.host.clock().now().seconds();
        Ok(Self { user, id: identifier::random(&gateway.host)?, began_at })
    }

    /// `Set-Cookie`.
    pub(super) async fn cookie<H: Host>(
        &self,
        gateway: &Gateway<H>,
        site: &Site<'_>,
    ) -> Result<Option<HeaderValue>, Fault> {
        let content = serde_json::to_vec(self).map_err(|error| Fault::Unwritable { detail: error.to_string() })?;
        let sealed = Sealer::required(gateway).await?.seal(&binding(site), &content);
        Ok(sealed.and_then(|sealed| set_cookie(site, name(site), &sealed, LIFE.as_secs())))
    }

    /// The session of a browser that sends these headers.
    pub(super) async fn read<H: Host>(
        gateway: &Gateway<H>,
        site: &Site<'_>,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, Fault> {
        let (Some(text), Some(keys)) = (cookie(headers, name(site)), keys::sealing(gateway).await?) else {
            return Ok(None);
        };
        let content = keys.open(&binding(site), text);
        let session: Option<Self> = content.and_then(|content| serde_json::from_slice(&content).ok());
        let now = gateway.host.clock().now().seconds();
        Ok(session.filter(|session| now < session.began_at.saturating_add(LIFE.as_secs())))
    }

    fn form(&self, origin: &str) -> Binding {
        Binding::new("me form").with(self.user.as_bytes()).with(self.id.as_bytes()).with(origin.as_bytes())
    }

    /// The proof that a form about `origin` is of this session's page.
    pub(super) fn proof(&self, keys: &SealingKeys, origin: &str) -> String {
        URL_SAFE_NO_PAD.encode(keys.tag(&self.form(origin)))
    }

    /// True if a form has that proof.
    pub(super) fn has_proof(&self, keys: &SealingKeys, origin: &str, proof: &str) -> bool {
        let tag = URL_SAFE_NO_PAD.decode(proof).unwrap_or_default();
        tag.len() == 32 && keys.has_tag(&self.form(origin), &tag)
    }
}
