//! A corporate identity provider: its ES256 key, its key set, and the ID-JAGs it mints.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::jose::{Key, Token, unique};

/// An identity provider. Clones are the same one.
#[derive(Clone)]
pub struct Issuer {
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    key: Key,
    key_id: String,
    /// `None`: the key set can't be had (the provider answers 500).
    key_set: Option<String>,
    fetches: usize,
    /// The time until it answers.
    delay: Duration,
}

impl Issuer {
    /// An identity provider at `url` (no trailing slash), which is also its `iss`.
    pub fn new(url: &str) -> Self {
        // SHA-256 of something unique gives each issuer its own key; nobody relies on its secrecy.
        let key = Key::es256(hmac_sha256::Hash::hash(unique("issuer").as_bytes()));
        let key_set = Some(key.public_set("first"));
        let state = State { key, key_id: "first".to_owned(), key_set, fetches: 0, delay: Duration::ZERO };
        Self { url: url.to_owned(), state: Arc::new(Mutex::new(state)) }
    }

    /// Its `iss`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where its key set is.
    pub fn jwks_uri(&self) -> String {
        format!("{}/jwks", self.url)
    }

    /// The key it signs with.
    pub fn key(&self) -> Key {
        self.lock().key.clone()
    }

    /// What `GET /jwks` answers; `None` for a failure.
    pub fn serve_key_set(&self) -> Option<String> {
        let mut state = self.lock();
        state.fetches += 1;
        state.key_set.clone()
    }

    /// How often the key set was asked for.
    pub fn fetches(&self) -> usize {
        self.lock().fetches
    }

    /// From now on `GET /jwks` answers this; `None` for a failure.
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

    /// Signs with a new key from now on, and publishes it alone.
    pub fn rotate(&self, key_id: &str) {
        let key = Key::es256(hmac_sha256::Hash::hash(unique("rotated").as_bytes()));
        let mut state = self.lock();
        state.key_set = Some(key.public_set(key_id));
        state.key = key;
        key_id.clone_into(&mut state.key_id);
    }

    /// An ID-JAG about `subject` for the client at the authorization server, five minutes long, to be changed and
    /// signed.
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
            "groups": groups,
        });
        Token::new("oauth-id-jag+jwt", &self.lock().key_id, claims)
    }

    /// The token as this issuer signs it.
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
        let before = issuer.serve_key_set();
        issuer.rotate("second");
        assert_ne!(issuer.serve_key_set(), before, "the key set should be another one");
        let token = issuer.id_jag("alice", &[], "claude-code", "https://mcp.example.com", 1);
        assert_eq!(token.header["kid"], "second");
        assert_eq!(issuer.fetches(), 2);
    }
}
