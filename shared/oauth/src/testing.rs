//! Keys and tokens for the tests of this crate, forged tokens included.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::jwk::{self, PrivateKeySet};

/// Returns a private key set of one key, the same for the same seed.
pub(crate) fn private_keys(seed: u8) -> PrivateKeySet {
    private_key_set(&[seed])
}

/// Returns a private key set of one key per seed; the first signs.
pub(crate) fn private_key_set(seeds: &[u8]) -> PrivateKeySet {
    PrivateKeySet::parse(&private_json(seeds)).unwrap()
}

/// Returns the JWK set document of [`private_key_set`].
pub(crate) fn private_json(seeds: &[u8]) -> String {
    let keys: Vec<Value> =
        seeds.iter().map(|seed| serde_json::from_str(&jwk::generate([*seed; 32]).unwrap()).unwrap()).collect();
    serde_json::json!({ "keys": keys }).to_string()
}

/// Returns a token with the given header and claims, signed with Ed25519 whatever `alg` is.
pub(crate) fn forge(keys: &PrivateKeySet, header: &Value, claims: &Value) -> String {
    forge_with(header, claims, |input| keys.signature(input).unwrap().to_vec())
}

/// Returns a token with the given header and claims, and the signature that `signature` makes.
pub(crate) fn forge_with(header: &Value, claims: &Value, signature: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(signature(input.as_bytes()));
    format!("{input}.{signature}")
}

/// Computes HMAC-SHA256 (RFC 2104), for tokens that misuse a public key as a shared secret.
pub(crate) fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut block = [0u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}
