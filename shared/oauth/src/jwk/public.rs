//! A set of public keys, and the choice of keys that may verify a given signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jwt_simple::prelude::{ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, PS256PublicKey, RS256PublicKey};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Jwk;
use crate::algorithm::Algorithm;

/// The keys of one issuer, from its JWK set document (RFC 7517 §5).
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

/// The reason why a document is not a key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// The document has more than [`KeySet::MAX_BYTES`] bytes.
    #[error("the key set is larger than {} bytes", KeySet::MAX_BYTES)]
    TooLarge,
    /// The document is no JSON object with an array `keys`.
    #[error("the key set is not a JSON object with an array `keys`")]
    Malformed,
    /// The array has more than [`KeySet::MAX_KEYS`] elements.
    #[error("the key set has more than {} keys", KeySet::MAX_KEYS)]
    TooManyKeys,
    /// An element is no signature key of a supported type, or has a private part (of [`KeySet::parse_strict`]).
    #[error("a key of the set is not a public signature key of a supported type")]
    UnusableKey,
    /// No element is a signature key of a supported type.
    #[error("the key set has no usable signature key")]
    NoUsableKey,
}

impl KeySetError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge => "key_set_too_large",
            Self::Malformed => "key_set_malformed",
            Self::TooManyKeys => "key_set_too_many_keys",
            Self::UnusableKey => "key_set_with_unusable_key",
            Self::NoUsableKey => "key_set_without_usable_key",
        }
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

impl KeySet {
    /// The maximum number of keys in a set, ignored ones included.
    pub const MAX_KEYS: usize = 64;
    /// The maximum length of the document, in bytes: 64 RSA keys of 4,096 bits with a short certificate chain each.
    pub const MAX_BYTES: usize = 256 * 1024;
    /// The maximum number of keys tried per signature, so that a token without `kid` can't cost 64 RSA operations.
    pub const MAX_TRIES: usize = 4;

    /// Reads a JWK set document.
    ///
    /// Ignores unknown `kty`, `crv` or `alg`; `use` other than `sig`; `key_ops` without `verify`; RSA below 2,048 or
    /// above 4,096 bits; weak or malformed key material; a key that is published together with its private part.
    ///
    /// # Errors
    /// [`KeySetError`] if the document is too large, not a key set, or has no usable key.
    pub fn parse(document: &str) -> Result<Self, KeySetError> {
        if document.len() > Self::MAX_BYTES {
            return Err(KeySetError::TooLarge);
        }
        let document: Document<'_> = serde_json::from_str(document).map_err(|_| KeySetError::Malformed)?;
        if document.keys.len() > Self::MAX_KEYS {
            return Err(KeySetError::TooManyKeys);
        }
        let keys: Vec<PublicKey> =
            document.keys.iter().filter_map(|raw| PublicKey::read(serde_json::from_str(raw.get()).ok()?)).collect();
        if keys.is_empty() {
            return Err(KeySetError::NoUsableKey);
        }
        Ok(Self { keys })
    }

    /// Reads a JWK set document of which every key must be usable: one that people write.
    ///
    /// # Errors
    /// [`KeySetError`], as [`Self::parse`]; [`KeySetError::UnusableKey`] where that one would ignore a key.
    pub fn parse_strict(document: &str) -> Result<Self, KeySetError> {
        let set = Self::parse(document)?;
        let document: Document<'_> = serde_json::from_str(document).map_err(|_| KeySetError::Malformed)?;
        if document.keys.len() == set.len() { Ok(set) } else { Err(KeySetError::UnusableKey) }
    }

    /// Returns the set without a key, which verifies nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { keys: Vec::new() }
    }

    /// Returns the number of usable keys: 1 to [`Self::MAX_KEYS`].
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a set that was read has a key")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True if a key has this id. A token with another `kid` is a reason to fetch the set again.
    #[must_use]
    pub fn contains(&self, key_id: &str) -> bool {
        self.keys.iter().any(|key| key.key_id.as_deref() == Some(key_id))
    }

    pub(super) fn from_keys(keys: Vec<PublicKey>) -> Self {
        Self { keys }
    }

    /// Returns the keys that may verify a signature, at most [`Self::MAX_TRIES`]: those that serve the algorithm and,
    /// if an id is given, have it.
    pub(crate) fn choose(&self, key_id: Option<&str>, algorithm: Algorithm) -> Result<Vec<&PublicKey>, KeyChoiceError> {
        let named = |key: &&PublicKey| key_id.is_none() || key.key_id.as_deref() == key_id;
        if !self.keys.iter().any(|key| named(&key)) {
            return Err(KeyChoiceError::Unknown);
        }
        let fitting: Vec<&PublicKey> =
            self.keys.iter().filter(named).filter(|key| key.material.fits(algorithm)).take(Self::MAX_TRIES).collect();
        if fitting.is_empty() { Err(KeyChoiceError::OtherType) } else { Ok(fitting) }
    }
}

/// The reason why no key of a set can verify a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyChoiceError {
    /// No key has the token's `kid`.
    Unknown,
    /// The keys with this id do not serve the token's algorithm.
    OtherType,
}

/// One public key with the `kid` that its issuer gives it.
#[derive(Clone, Debug)]
pub(crate) struct PublicKey {
    key_id: Option<String>,
    material: Material,
}

/// The key by type. The type decides the algorithms that the key verifies; the token's header never does.
#[derive(Clone, Debug)]
enum Material {
    Ed25519(Ed25519PublicKey),
    P256(ES256PublicKey),
    /// An RSA key without `alg` serves both paddings; a key with `alg` has one of the two.
    Rsa {
        pkcs1: Option<Box<RS256PublicKey>>,
        pss: Option<Box<PS256PublicKey>>,
    },
}

impl Material {
    fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::Rsa { pkcs1, pss } => match algorithm {
                Algorithm::Rs256 => pkcs1.is_some(),
                Algorithm::Ps256 => pss.is_some(),
                Algorithm::EdDsa | Algorithm::Es256 => false,
            },
        }
    }
}

impl PublicKey {
    pub(super) fn ed25519(key_id: String, point: &[u8]) -> Option<Self> {
        let key = Ed25519PublicKey::from_bytes(point).ok()?;
        Some(Self { key_id: Some(key_id), material: Material::Ed25519(key) })
    }

    /// Returns the public key that a token carries, and its thumbprint (RFC 7638 §3, RFC 8037 §2); `None` for a private
    /// key, and for all but P-256 and Ed25519.
    pub(crate) fn embedded(jwk: &str) -> Option<(Self, String)> {
        let jwk: Jwk = serde_json::from_str(jwk).ok()?;
        let text = match (jwk.kty.as_str(), jwk.crv.as_deref(), &jwk.x, &jwk.y) {
            ("EC", Some("P-256"), Some(x), Some(y)) => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            ("OKP", Some("Ed25519"), Some(x), _) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            _ => return None,
        };
        // Whatever is read here has one spelling in base64url, so one key has one thumbprint.
        let key = Self::read(jwk)?;
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(text));
        Some((key, thumbprint))
    }

    /// Verifies the signature of a message, for a token whose header the library refuses; false for RSA.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8], algorithm: Algorithm) -> bool {
        match (&self.material, algorithm) {
            (Material::Ed25519(key), Algorithm::EdDsa) => {
                let key = ed25519_compact::PublicKey::from_slice(&key.to_bytes());
                let signature = ed25519_compact::Signature::from_slice(signature);
                key.is_ok_and(|key| signature.is_ok_and(|signature| key.verify(message, &signature).is_ok()))
            }
            (Material::P256(key), Algorithm::Es256) => {
                let (key, digest) = (key.public_key().as_ref(), Sha256::digest(message));
                Signature::from_slice(signature).is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok())
            }
            _ => false,
        }
    }

    /// True if the key is of the kind that the algorithm needs.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.material.fits(algorithm)
    }

    /// Verifies a compact JWS with this key; the conditions of `options` on the claims are checked after the signature.
    pub(crate) fn verify(
        &self,
        token: &str,
        algorithm: Algorithm,
        options: jwt_simple::prelude::VerificationOptions,
    ) -> Result<(), jwt_simple::Error> {
        use jwt_simple::prelude::{EdDSAPublicKeyLike, NoCustomClaims, RSAPublicKeyLike};
        let options = Some(options);
        let claims = match (&self.material, algorithm) {
            (Material::Ed25519(key), Algorithm::EdDsa) => key.verify_token::<NoCustomClaims>(token, options),
            (Material::P256(key), Algorithm::Es256) => key.verify_token::<NoCustomClaims>(token, options),
            (Material::Rsa { pkcs1: Some(key), .. }, Algorithm::Rs256) => {
                key.verify_token::<NoCustomClaims>(token, options)
            }
            (Material::Rsa { pss: Some(key), .. }, Algorithm::Ps256) => {
                key.verify_token::<NoCustomClaims>(token, options)
            }
            _ => return Err(jwt_simple::JWTError::AlgorithmMismatch.into()),
        };
        claims.map(|_| ())
    }

    /// Reads a JWK; `None` if it is ignored.
    fn read(jwk: Jwk) -> Option<Self> {
        let for_signatures = jwk.r#use.as_deref().is_none_or(|name| name == "sig");
        let for_verifying = jwk.key_ops.as_deref().is_none_or(|names| names.iter().any(|name| name == "verify"));
        if !for_signatures || !for_verifying || jwk.d.is_some() {
            return None;
        }
        let algorithm = match jwk.alg.as_deref() {
            None => None,
            Some(name) => Some(Algorithm::parse(name)?),
        };
        let allows = |candidate: Algorithm| algorithm.is_none_or(|only| only == candidate);
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) if allows(Algorithm::EdDsa) => {
                Material::Ed25519(Ed25519PublicKey::from_bytes(&octets(jwk.x?)?).ok()?)
            }
            ("EC", Some("P-256")) if allows(Algorithm::Es256) => {
                let (x, y) = (octets(jwk.x?)?, octets(jwk.y?)?);
                if x.len() != 32 || y.len() != 32 {
                    return None;
                }
                // SEC 1 §2.3.3: an uncompressed point is 04, then x, then y.
                Material::P256(ES256PublicKey::from_bytes(&[&[4], &x[..], &y[..]].concat()).ok()?)
            }
            ("RSA", None) => {
                let (n, e) = (octets(jwk.n?)?, octets(jwk.e?)?);
                // The library would index into an empty modulus.
                if n.is_empty() || e.is_empty() {
                    return None;
                }
                let pkcs1 = allows(Algorithm::Rs256)
                    .then(|| RS256PublicKey::from_components(&n, &e).ok().map(Box::new))
                    .flatten();
                let pss = allows(Algorithm::Ps256)
                    .then(|| PS256PublicKey::from_components(&n, &e).ok().map(Box::new))
                    .flatten();
                if pkcs1.is_none() && pss.is_none() {
                    return None;
                }
                Material::Rsa { pkcs1, pss }
            }
            _ => return None,
        };
        Some(Self { key_id: jwk.kid, material })
    }
}

/// Decodes a Base64urlUInt or octet string member (RFC 7518 §2), without padding.
fn octets(text: String) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
