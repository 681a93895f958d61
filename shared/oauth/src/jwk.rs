//! JSON Web Keys (RFC 7517): public keys to verify signatures, private keys to sign.
//!
//! ```text
//! public   {"keys":[{"kty":"EC","crv":"P-256","kid":"2026-11","x":"…","y":"…","alg":"ES256","use":"sig"}, …]}
//! private  {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"…","x":"…","d":"…"}, …]}     the first signs, all verify
//! ```
//!
//! A published set is read leniently, as RFC 7517 §5 recommends: an unusable key is ignored, so that an issuer may add
//! new kinds of keys. A private set is Weir's own configuration and is read strictly.

mod client;
mod private;
mod public;

pub use client::{ClientKey, ClientKeyError};
pub use private::{PrivateKeySet, PrivateKeySetError, generate};
pub use public::{KeySet, KeySetError};

pub(crate) use public::{KeyChoiceError, PublicKey};

use serde::Deserialize;

/// The members of one JWK that Weir reads (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). No other member can make a key
/// trusted. A member that occurs twice is an error.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
}

#[cfg(test)]
mod tests;
