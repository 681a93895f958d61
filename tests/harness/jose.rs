//! Compact JWS built by hand, so that a test can break any part of it.
//!
//! ```text
//! base64url(header) . base64url(claims) . base64url(signature)
//! ```

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Map, Value, json};

/// A signing key.
#[derive(Clone)]
pub enum Key {
    /// ECDSA on P-256 with SHA-256.
    Es256(Box<SigningKey>),
    /// EdDSA on Ed25519.
    EdDsa(Box<ed25519_compact::KeyPair>),
    /// HMAC with SHA-256, for the attack that takes a public key as the secret.
    Hs256(Vec<u8>),
    /// No signature at all.
    Nothing,
}

impl Key {
    /// An ES256 key from 32 bytes; the same bytes give the same key.
    pub fn es256(seed: [u8; 32]) -> Self {
        Self::Es256(Box::new(SigningKey::from_slice(&seed).expect("the seed should be below the curve's order")))
    }

    /// An Ed25519 key from 32 bytes; the same bytes give the same key.
    pub fn ed25519(seed: [u8; 32]) -> Self {
        Self::EdDsa(Box::new(ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(seed))))
    }

    /// The `alg` that goes with it.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
            Self::Hs256(_) => "HS256",
            Self::Nothing => "none",
        }
    }

    /// The public JWK, without `kid`; `null` for keys that have no public half.
    pub fn public_jwk(&self) -> Value {
        match self {
            Self::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let half =
                    |bytes: Option<&[u8]>| URL_SAFE_NO_PAD.encode(bytes.expect("an uncompressed point has both"));
                json!({ "kty": "EC", "crv": "P-256", "x": half(point.x().map(|x| &x[..])), "y": half(point.y().map(|y| &y[..])) })
            }
            Self::EdDsa(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&pair.pk[..]) }),
            Self::Hs256(_) | Self::Nothing => Value::Null,
        }
    }

    /// The private JWK set that Weir accepts as a secret; Ed25519 only.
    pub fn private_set(&self, key_id: &str) -> String {
        let Self::EdDsa(pair) = self else { panic!("only an Ed25519 key should be kept in a private set") };
        let mut jwk = self.public_jwk();
        jwk["kid"] = json!(key_id);
        jwk["d"] = json!(URL_SAFE_NO_PAD.encode(&pair.sk.seed()[..]));
        json!({ "keys": [jwk] }).to_string()
    }

    /// The public JWK set with only this key.
    pub fn public_set(&self, key_id: &str) -> String {
        let mut jwk = self.public_jwk();
        jwk["kid"] = json!(key_id);
        jwk["alg"] = json!(self.algorithm());
        jwk["use"] = json!("sig");
        json!({ "keys": [jwk] }).to_string()
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let signature: Signature = key.sign(message.as_bytes());
                signature.to_bytes().to_vec()
            }
            Self::EdDsa(pair) => pair.sk.sign(message, None).to_vec(),
            Self::Hs256(secret) => hmac_sha256::HMAC::mac(message, secret).to_vec(),
            Self::Nothing => Vec::new(),
        }
    }
}

/// An unsigned token.
#[derive(Debug, Clone, Default)]
pub struct Token {
    /// The header's members; `alg` is set when it is signed, unless a test has set one.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

impl Token {
    /// With this `typ`, this `kid` and these claims.
    pub fn new(typ: &str, key_id: &str, claims: Value) -> Self {
        let Value::Object(claims) = claims else { panic!("claims should be an object") };
        let Value::Object(header) = json!({ "typ": typ, "kid": key_id }) else { unreachable!("an object literal") };
        Self { header, claims }
    }

    /// The token in a compact JWS, its signature not verified.
    pub fn read(compact: &str) -> Self {
        let mut parts = compact.split('.').map(|part| {
            let bytes = URL_SAFE_NO_PAD.decode(part).expect("each part should be base64url");
            serde_json::from_slice::<Map<String, Value>>(&bytes)
        });
        let mut next =
            || parts.next().expect("a token should have three parts").expect("header and claims should be objects");
        Self { header: next(), claims: next() }
    }

    /// Sets this claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Removes this claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets this header member.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Removes this header member.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Applies the changes of a test vector: sets `claims` and `header` members (`{"now": N}` is N seconds from `now`)
    /// and removes those in `without` and `without_header`.
    pub fn changed(self, vector: &Value, now: u64) -> Self {
        let object = |name: &str| vector[name].as_object().cloned().unwrap_or_default();
        let names = |name: &str| -> Vec<String> { serde_json::from_value(vector[name].clone()).unwrap_or_default() };
        let token = object("claims").into_iter().fold(self, |token, (name, value)| match value["now"].as_i64() {
            Some(offset) => token.claim(&name, now.saturating_add_signed(offset)),
            None => token.claim(&name, value),
        });
        let token = object("header").into_iter().fold(token, |token, (name, value)| token.header(&name, value));
        let token = names("without").iter().fold(token, |token, name| token.without(name));
        names("without_header").iter().fold(token, |token, name| token.without_header(name))
    }

    /// The text of a claim.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// The compact form, signed with `key`.
    pub fn signed(mut self, key: &Key) -> String {
        self.header.entry("alg").or_insert_with(|| json!(key.algorithm()));
        let part = |members: &Map<String, Value>| {
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(members).expect("JSON can be written"))
        };
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(&message));
        format!("{message}.{signature}")
    }
}

/// A text that is unique in this process.
pub fn unique(prefix: &str) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_token_is_read_back() {
        let key = Key::es256([7; 32]);
        let compact = Token::new("at+jwt", "one", json!({ "sub": "alice" })).claim("exp", 12).signed(&key);
        let read =
            Token::read(&compact.rsplit_once('.').map(|(message, _)| format!("{message}.")).expect("three parts"));
        assert_eq!(read.text("sub"), Some("alice"));
        assert_eq!(read.header["alg"], "ES256", "the algorithm should be the key's");
    }

    #[test]
    fn unsigned_token_ends_with_dot() {
        let compact = Token::new("at+jwt", "one", json!({})).signed(&Key::Nothing);
        assert!(compact.ends_with('.'), "a token without a signature should have an empty third part");
    }
}
