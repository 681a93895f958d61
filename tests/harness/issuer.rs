//! A corporate identity provider: its ES256 key, its key set, and the ID-JAGs that it issues.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::HeaderMap;
use serde_json::{Value, json};

use crate::{
    jose::{Key, Token, unique},
    openid::OpenId,
    origin::Step,
};

/// An identity provider. Clones share its state.
#[derive(Clone)]
pub struct Issuer {
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    key: Key,
    key_id: String,
    /// `None` if requests for the key set fail with 500.
    key_set: Option<String>,
    /// The headers of each request for it.
    fetches: Vec<HeaderMap>,
    /// The time until it answers.
    delay: Duration,
    /// `Content-Encoding` of its answers.
    coding: Option<String>,
    openid: OpenId,
    /// The steps before the key set.
    first: Vec<Step>,
}

impl Issuer {
    /// An identity provider at `url` (no trailing slash), which is also its `iss`.
    pub fn new(url: &str) -> Self {
        // SHA-256 of a unique text gives each issuer its own key; the key needs no secrecy.
        let key = Key::es256(hmac_sha256::Hash::hash(unique("issuer").as_bytes()));
        let key_set = Some(key.public_set("first"));
        let state = State {
            key,
            key_id: "first".to_owned(),
            key_set,
            fetches: Vec::new(),
            delay: Duration::ZERO,
            coding: None,
            openid: OpenId::default(),
            first: Vec::new(),
        };
        Self { url: url.to_owned(), state: Arc::new(Mutex::new(state)) }
    }

    /// Its `iss`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of its key set.
    pub fn jwks_uri(&self) -> String {
        format!("{}/jwks", self.url)
    }

    /// The key it signs with.
    pub fn key(&self) -> Key {
        self.lock().key.clone()
    }

    /// The id of the key it signs with.
    pub fn key_id(&self) -> String {
        self.lock().key_id.clone()
    }

    /// Reads or changes its state as an OpenID provider.
    pub(crate) fn openid<T>(&self, change: impl FnOnce(&mut OpenId) -> T) -> T {
        change(&mut self.lock().openid)
    }

    /// The answer to `GET /jwks` with these headers; `None` for a failure.
    pub fn serve_key_set(&self, headers: &HeaderMap) -> Option<String> {
        let mut state = self.lock();
        state.fetches.push(headers.clone());
        state.key_set.clone()
    }

    /// The number of requests for the key set.
    pub fn fetches(&self) -> usize {
        self.lock().fetches.len()
    }

    /// The headers of each request for the key set.
    pub fn received(&self) -> Vec<HeaderMap> {
        self.lock().fetches.clone()
    }

    /// Changes the response to `GET /jwks`; `None` for a failure.
    pub fn publish(&self, key_set: Option<String>) {
        self.lock().key_set = key_set;
    }

    /// From now on it answers after this time.
    pub fn slow_down(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// The time until it answers.
    pub fn delay(&self) -> Duration {
        self.lock().delay
    }

    /// From now on its answers claim to have this content coding.
    pub fn claim_coding(&self, coding: &str) {
        self.lock().coding = Some(coding.to_owned());
    }

    /// The content coding of its answers.
    pub fn coding(&self) -> Option<String> {
        self.lock().coding.clone()
    }

    /// From now on these steps come before the key set; with white space it stays valid.
    pub fn begin_with(&self, first: impl IntoIterator<Item = Step>) {
        self.lock().first = first.into_iter().collect();
    }

    /// The steps before the key set.
    pub fn first(&self) -> Vec<Step> {
        self.lock().first.clone()
    }

    /// Signs with a new key from now on, and publishes only that key.
    pub fn rotate(&self, key_id: &str) {
        let key = Key::es256(hmac_sha256::Hash::hash(unique("rotated").as_bytes()));
        let mut state = self.lock();
        state.key_set = Some(key.public_set(key_id));
        state.key = key;
        key_id.clone_into(&mut state.key_id);
    }

    /// An unsigned ID-JAG about `subject` for the client at the authorization server, with all scopes, valid for five
    /// minutes.
    pub fn id_jag(
        &self,
        subject: &str,
        groups: &[&str],
        client_id: &str,
        authorization_server: &str,
        now: u64,
    ) -> Token {
        let claims: Value = json!({
            "iss": self.url,
            "sub": subject,
            "aud": authorization_server,
            "client_id": client_id,
            "jti": unique("id-jag"),
            "iat": now,
            "exp": now + 300,
            "scope": oauth::scope::KNOWN.join(" "),
            "groups": groups,
        });
        Token::new("oauth-id-jag+jwt", &self.lock().key_id, claims)
    }

    /// An unsigned access token (RFC 9068) about `subject` for the resource `audience`, with all scopes, valid for five
    /// minutes.
    pub fn access_token(&self, subject: &str, groups: &[&str], client_id: &str, audience: &str, now: u64) -> Token {
        let token = self.id_jag(subject, groups, client_id, audience, now);
        token.header("typ", "at+jwt")
    }

    /// The token, signed by this issuer.
    pub fn sign(&self, token: Token) -> String {
        token.signed(&self.lock().key)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_changes_the_key_set_and_the_key_id() {
        let issuer = Issuer::new("http://127.0.0.1:1");
        let before = issuer.serve_key_set(&HeaderMap::new());
        issuer.rotate("second");
        assert_ne!(issuer.serve_key_set(&HeaderMap::new()), before, "the key set should be another one");
        let token = issuer.id_jag("alice", &[], "claude-code", "https://mcp.example.com", 1);
        assert_eq!(token.header["kid"], "second");
        assert_eq!(issuer.fetches(), 2);
    }
}
