//! A set of private Ed25519 keys: the first signs, all verify, so that a key can be rotated without downtime.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_compact::{KeyPair, Seed};
use hmac_sha256::HMAC;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Jwk, KeySet, PublicKey};

/// The private keys of one purpose: access tokens, signed identities, or registry records.
#[derive(Clone)]
pub struct PrivateKeySet {
    keys: Vec<PrivateKey>,
    public: KeySet,
}

#[derive(Clone)]
struct PrivateKey {
    key_id: String,
    pair: KeyPair,
}

/// The reason why a document is not a private key set. No variant carries input, which is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeySetError {
    /// The document is not a JSON object with an array `keys` of JWKs.
    #[error("the private key set is not a JSON object with an array `keys` of keys")]
    Malformed,
    /// The array is empty or has more than [`PrivateKeySet::MAX_KEYS`] elements.
    #[error("the private key set must have 1 to {} keys", PrivateKeySet::MAX_KEYS)]
    Count,
    /// A key is not `"kty":"OKP","crv":"Ed25519"`.
    #[error("a key of the private key set is not an Ed25519 key")]
    NotEd25519,
    /// A key has no `kid`, or two keys have the same.
    #[error("every key of the private key set needs a unique `kid`")]
    KeyId,
    /// `d` is not a seed of 32 bytes, or `x` is not its public key.
    #[error("`d` and `x` of a key of the private key set are not a key pair")]
    NotAPair,
}

impl PrivateKeySetError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "private_key_set_malformed",
            Self::Count => "private_key_set_count",
            Self::NotEd25519 => "private_key_set_not_ed25519",
            Self::KeyId => "private_key_set_key_id",
            Self::NotAPair => "private_key_set_not_a_pair",
        }
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

impl PrivateKeySet {
    /// The maximum number of keys in a set: the live one, its predecessor, and room to recover from a mistake.
    pub const MAX_KEYS: usize = 8;

    /// Reads a private JWK set (RFC 7517 §5 with the keys of RFC 8037 §2).
    ///
    /// # Errors
    /// [`PrivateKeySetError`] if the document or one of its keys breaks a rule.
    pub fn parse(document: &str) -> Result<Self, PrivateKeySetError> {
        let document: Document = serde_json::from_str(document).map_err(|_| PrivateKeySetError::Malformed)?;
        if document.keys.is_empty() || document.keys.len() > Self::MAX_KEYS {
            return Err(PrivateKeySetError::Count);
        }
        let mut keys: Vec<PrivateKey> = Vec::with_capacity(document.keys.len());
        let mut public = Vec::with_capacity(document.keys.len());
        for jwk in document.keys {
            let key = PrivateKey::read(jwk)?;
            if keys.iter().any(|other| other.key_id == key.key_id) {
                return Err(PrivateKeySetError::KeyId);
            }
            public.push(PublicKey::ed25519(key.key_id.clone(), &key.pair.pk[..]).ok_or(PrivateKeySetError::NotAPair)?);
            keys.push(key);
        }
        Ok(Self { keys, public: KeySet::from_keys(public) })
    }

    /// Returns the public keys, to verify with.
    #[must_use]
    pub fn public(&self) -> &KeySet {
        &self.public
    }

    /// Returns the public keys as a JWK set document, without the private part `d`.
    #[must_use]
    pub fn public_json(&self) -> String {
        let keys: Vec<serde_json::Value> = self
            .keys
            .iter()
            .map(|key| {
                serde_json::json!({
                    "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&key.pair.pk[..]),
                    "kid": key.key_id, "alg": "EdDSA", "use": "sig",
                })
            })
            .collect();
        serde_json::json!({ "keys": keys }).to_string()
    }

    /// Returns the `kid` of the key that signs.
    #[must_use]
    pub fn signing_key_id(&self) -> &str {
        self.keys.first().map_or("", |key| &key.key_id)
    }

    /// Returns a symmetric key that follows from each private key, for authentication codes.
    pub(crate) fn derived(&self) -> impl Iterator<Item = [u8; 32]> {
        self.keys.iter().map(|key| HMAC::mac(b"weir nonce of DPoP proofs", &key.pair.sk.seed()[..]))
    }

    /// Signs with the first key. Deterministic (RFC 8032 §5.1.6): it needs no randomness, which a host may lack outside
    /// a request.
    pub(crate) fn signature(&self, message: &[u8]) -> Option<[u8; 64]> {
        self.keys.first().map(|key| *key.pair.sk.sign(message, None))
    }
}

impl fmt::Debug for PrivateKeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.keys.iter().map(|key| &key.key_id)).finish()
    }
}

impl PrivateKey {
    fn read(jwk: Jwk) -> Result<Self, PrivateKeySetError> {
        if jwk.kty != "OKP" || jwk.crv.as_deref() != Some("Ed25519") {
            return Err(PrivateKeySetError::NotEd25519);
        }
        let key_id = jwk.kid.filter(|id| !id.is_empty()).ok_or(PrivateKeySetError::KeyId)?;
        let decode =
            |member: Option<String>| member.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default();
        let seed = Seed::from_slice(&decode(jwk.d)).map_err(|_| PrivateKeySetError::NotAPair)?;
        let pair = KeyPair::try_from_seed(seed).map_err(|_| PrivateKeySetError::NotAPair)?;
        if pair.pk[..] != decode(jwk.x)[..] {
            return Err(PrivateKeySetError::NotAPair);
        }
        Ok(Self { key_id, pair })
    }
}

/// Makes a private Ed25519 JWK as JSON, one element of `keys`. `kid` is the key's thumbprint (RFC 7638 §3).
///
/// # Errors
/// [`PrivateKeySetError::NotAPair`] if the entropy is 32 zero bytes, which no working source returns.
pub fn generate(entropy: [u8; 32]) -> Result<String, PrivateKeySetError> {
    let pair = KeyPair::try_from_seed(Seed::new(entropy)).map_err(|_| PrivateKeySetError::NotAPair)?;
    let x = URL_SAFE_NO_PAD.encode(&pair.pk[..]);
    // RFC 8037 appendix A.3: the members in lexicographic order, without white space.
    let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
    Ok(serde_json::json!({
        "kty": "OKP", "crv": "Ed25519", "kid": URL_SAFE_NO_PAD.encode(thumbprint),
        "x": x, "d": URL_SAFE_NO_PAD.encode(entropy),
    })
    .to_string())
}
