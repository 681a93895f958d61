//! JSON Web Keys (RFC 7517): the public keys that check a signature and the private keys that make one.
//!
//! ```text
//! public   {"keys":[{"kty":"EC","crv":"P-256","kid":"2026-11","x":"…","y":"…","alg":"ES256","use":"sig"}, …]}
//! private  {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"…","x":"…","d":"…"}, …]}     first signs, all verify
//! ```
//!
//! A published set is read leniently, as RFC 7517 §5 wants it: a key that we can't use is passed over, so that an issuer
//! may add new kinds of keys without breaking us. A private set is our own configuration and is read strictly.

mod private;
mod public;

pub use private::{PrivateKeySet, PrivateKeySetError, generate};
pub use public::{KeySet, KeySetError};

pub(crate) use public::{KeyChoiceError, PublicKey};

use serde::Deserialize;

/// The members of one JWK that Weir looks at (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2); the others say nothing that could
/// make us trust a key. A member that occurs twice is an error.
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
