//! The private key of one of Weir's own clients, with which it authenticates at another authorization server.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_compact::{KeyPair, Seed};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde::Deserialize;

use super::Jwk;
use crate::jws::{self, SignError};

/// A private key, Ed25519 or P-256.
pub struct ClientKey {
    key_id: String,
    pair: Pair,
}

enum Pair {
    Ed25519(Box<KeyPair>),
    P256(Box<SigningKey>),
}

/// The reason why a text holds no such key. No variant carries input, which is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// Not a JSON object with an array `keys` of JWKs, the first of which counts.
    #[error("the private key set is not a JSON object with an array `keys` of keys")]
    Malformed,
    /// Neither `OKP` on Ed25519 nor `EC` on P-256.
    #[error("the private key is neither an Ed25519 nor a P-256 key")]
    UnknownType,
    /// No `kid`, by which the authorization server finds the public half.
    #[error("the private key has no `kid`")]
    KeyId,
    /// `d` is not a private key, or the public members are not its own.
    #[error("the private and the public part of the key are not a pair")]
    NotAPair,
}

impl ClientKey {
    /// Reads the first key of a private JWK set (RFC 7517 §5).
    ///
    /// # Errors
    /// [`ClientKeyError`] if there is none.
    pub fn parse(document: &str) -> Result<Self, ClientKeyError> {
        #[derive(Deserialize)]
        struct Document {
            keys: Vec<Jwk>,
        }
        let document: Document = serde_json::from_str(document).map_err(|_| ClientKeyError::Malformed)?;
        let jwk = document.keys.into_iter().next().ok_or(ClientKeyError::Malformed)?;
        let key_id = jwk.kid.filter(|id| !id.is_empty()).ok_or(ClientKeyError::KeyId)?;
        let decode =
            |member: Option<String>| member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default();
        let (x, y, d) = (decode(jwk.x), decode(jwk.y), decode(jwk.d));
        let pair = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => {
                let seed = Seed::from_slice(&d).map_err(|_| ClientKeyError::NotAPair)?;
                let pair = KeyPair::try_from_seed(seed).map_err(|_| ClientKeyError::NotAPair)?;
                Some(pair).filter(|pair| pair.pk[..] == x[..]).map(|pair| Pair::Ed25519(Box::new(pair)))
            }
            ("EC", Some("P-256")) => {
                let key = SigningKey::from_slice(&d).map_err(|_| ClientKeyError::NotAPair)?;
                let point = key.verifying_key().to_sec1_point(false);
                let is_own = point.as_bytes().get(1..) == Some(&[x, y].concat()[..]);
                is_own.then(|| Pair::P256(Box::new(key)))
            }
            _ => return Err(ClientKeyError::UnknownType),
        };
        Ok(Self { key_id, pair: pair.ok_or(ClientKeyError::NotAPair)? })
    }

    /// Signs claims. Deterministic (RFC 8032 §5.1.6, RFC 6979): it draws no randomness.
    pub(crate) fn sign<T: serde::Serialize>(&self, typ: &str, claims: &T) -> Result<String, SignError> {
        let algorithm = match &self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
        };
        let header = serde_json::json!({ "alg": algorithm, "kid": self.key_id, "typ": typ });
        jws::write(&header, claims, |message| match &self.pair {
            Pair::Ed25519(pair) => Some(*pair.sk.sign(message, None)),
            Pair::P256(key) => key.try_sign(message).ok().map(|signature: Signature| signature.to_bytes().into()),
        })
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ClientKey").field(&self.key_id).finish()
    }
}
