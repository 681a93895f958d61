//! DPoP proofs (RFC 9449 §4): a client shows with each request that it holds the key of its token.
//!
//! ```text
//! DPoP: <JWT>
//! header  {"alg":"ES256","typ":"dpop+jwt","jwk":{"kty":"EC","crv":"P-256","x":"…","y":"…"}}
//! claims  {"jti":"…","htm":"POST","htu":"https://HOST/mcp","iat":…,"nonce":"…","ath":"BASE64URL(SHA-256(access token))"}
//! ```
//!
//! The key is in the proof itself, so a valid proof says nothing but its key: the caller compares
//! [`Proof::thumbprint`] with that of a token (`cnf.jkt`), and [`Proof::nonce`] with its own (see [`nonce`]).

pub mod nonce;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, Claims, NumericDate};
use crate::jwk::PublicKey;
use crate::jws::{self, JwsError, Requirement};

/// The name of the request header.
pub const HEADER: &str = "dpop";

/// The name of the response header with a nonce (RFC 9449 §8).
pub const NONCE_HEADER: &str = "dpop-nonce";

/// The `typ` of a proof.
pub const TYPE: &str = "dpop+jwt";

/// The accepted signature algorithms: the value of `dpop_signing_alg_values_supported`. Without RSA: whoever makes a
/// proof chooses its key, and a large one would cost Weir more than its maker.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

/// The allowed difference between `iat` and Weir's clock, before and after, in seconds.
pub const WINDOW_SECONDS: u64 = 300;

/// The maximum length of a proof, in bytes; usual ones have 400 to 600.
pub const MAX_PROOF_BYTES: usize = 4 * 1024;

/// The values that a proof must match.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The request's method.
    pub method: &'a str,
    /// The request's URL as Weir names it, without query and fragment.
    pub url: &'a str,
    /// The access token that is presented with the proof; `None` at the token endpoint.
    pub access_token: Option<&'a str>,
    /// The current time, in Unix seconds.
    pub now: u64,
}

/// A valid proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The thumbprint of its key (RFC 7638 §3 with SHA-256), base64url: 43 characters.
    pub thumbprint: String,
    /// `jti`: unique among the proofs of this key.
    pub jti: String,
    /// `iat`, in Unix seconds.
    pub issued_at: u64,
    /// `nonce`, not verified; `None` if absent.
    pub nonce: Option<String>,
}

/// The reason for refusing a proof: `invalid_dpop_proof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no `DPoP` header.
    #[error("there is no `DPoP` header")]
    Absent,
    /// There is more than one `DPoP` header (RFC 9449 §4.3).
    #[error("more than one `DPoP` header was sent")]
    Repeated,
    /// The form, type, algorithm or signature of the proof is invalid.
    #[error("DPoP proof: {0}")]
    Token(#[from] JwsError),
    /// The header's `jwk` is missing, private, or no key of a supported type.
    #[error("the `jwk` of the DPoP proof is not a public P-256 or Ed25519 key")]
    Key,
    /// A claim is missing; carries its name.
    #[error("the DPoP proof has no `{0}`")]
    Missing(&'static str),
    /// A claim has the wrong type, is empty, longer than 512 bytes, or has control characters; carries its name.
    #[error("the `{0}` of the DPoP proof is malformed")]
    Malformed(&'static str),
    /// `htm` is another method.
    #[error("the DPoP proof is for another method")]
    WrongMethod,
    /// `htu` is another URL.
    #[error("the DPoP proof is for another URL")]
    WrongUrl,
    /// `iat` is further than [`WINDOW_SECONDS`] from now.
    #[error("the `iat` of the DPoP proof is more than {WINDOW_SECONDS} seconds away from now")]
    WrongTime,
    /// `ath` is of another access token.
    #[error("the DPoP proof is for another access token")]
    WrongToken,
    /// The key is not that of the token; the text is not of a proof alone, so it fits both.
    #[error("the DPoP proof is signed with another key than that of the token")]
    WrongKey,
}

impl ProofError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Absent => "proof_missing",
            Self::Repeated => "proof_repeated",
            Self::Token(_) => "proof_invalid",
            Self::Key => "proof_key_unusable",
            Self::Missing(_) => "proof_claim_missing",
            Self::Malformed(_) => "proof_claim_malformed",
            Self::WrongMethod => "proof_wrong_method",
            Self::WrongUrl => "proof_wrong_url",
            Self::WrongTime => "proof_wrong_time",
            Self::WrongToken => "proof_wrong_token",
            Self::WrongKey => "proof_wrong_key",
        }
    }
}

impl From<ClaimError> for ProofError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Missing(name) => Self::Missing(name),
            ClaimError::Malformed(name) => Self::Malformed(name),
        }
    }
}

/// The reason for refusing an access token because of its binding to a key, or the lack of one (RFC 9449 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// The proof is refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The proof has no current nonce.
    #[error("the DPoP proof needs the nonce of this response")]
    Nonce,
    /// A bound token with the scheme `Bearer` (RFC 9449 §7.2: a downgrade).
    #[error("this access token is bound to a key: send it with the scheme `DPoP` and a proof")]
    BoundAsBearer,
    /// A token without a key with the scheme `DPoP`.
    #[error("this access token is bound to no key: send it with the scheme `Bearer`")]
    UnboundAsDpop,
    /// A token without a key where the registry demands one.
    #[error("access tokens must be bound to a key here: get one with a DPoP proof")]
    Demanded,
}

impl BindingError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Proof(error) => error.reason(),
            Self::Nonce => "proof_nonce",
            Self::BoundAsBearer => "token_bound_as_bearer",
            Self::UnboundAsDpop => "token_unbound_as_dpop",
            Self::Demanded => "token_unbound",
        }
    }
}

/// Returns the one proof of a request; `None` without a `DPoP` header.
///
/// # Errors
/// [`ProofError::Repeated`] for several headers, [`ProofError::Token`] for one that is no text.
pub fn read(headers: &HeaderMap) -> Result<Option<&str>, ProofError> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ProofError::Repeated);
    }
    value.to_str().map(Some).map_err(|_| JwsError::Garbled.into())
}

/// Verifies a proof (RFC 9449 §4.3), but for its nonce, its key and its single use.
///
/// # Errors
/// The error of the first rule that the proof breaks.
pub fn verify(proof: &str, expectation: &Expectation<'_>) -> Result<Proof, ProofError> {
    #[derive(Deserialize)]
    struct Header<'a> {
        #[serde(borrow)]
        jwk: Option<&'a RawValue>,
    }
    if proof.len() > MAX_PROOF_BYTES {
        return Err(JwsError::TooLong.into());
    }
    let header = jws::unverified_header(proof)?;
    let header: Header<'_> = serde_json::from_slice(&header).map_err(|_| JwsError::Garbled)?;
    let jwk = header.jwk.ok_or(ProofError::Key)?;
    let (key, thumbprint) = PublicKey::embedded(jwk.get()).ok_or(ProofError::Key)?;
    let requirement = Requirement { types: &[TYPE], algorithms: &ALGORITHMS, now: None };
    let claims = jws::open_own(proof, &key, &requirement)?;
    let mut claims = Claims::read(&claims).ok_or(JwsError::GarbledClaims)?;
    if claims.identifier("htm")? != expectation.method {
        return Err(ProofError::WrongMethod);
    }
    if !is_same_url(&claims.required::<String>("htu")?, expectation.url) {
        return Err(ProofError::WrongUrl);
    }
    let NumericDate(issued_at) = claims.required("iat")?;
    if issued_at.abs_diff(expectation.now) > WINDOW_SECONDS {
        return Err(ProofError::WrongTime);
    }
    if let Some(token) = expectation.access_token
        && claims.identifier("ath")? != URL_SAFE_NO_PAD.encode(Sha256::digest(token))
    {
        return Err(ProofError::WrongToken);
    }
    let (jti, nonce) = (claims.identifier("jti")?, claims.optional_identifier("nonce")?);
    Ok(Proof { thumbprint, jti, issued_at, nonce })
}

/// Compares `htu` with Weir's own URL: without query and fragment (RFC 9449 §4.3), scheme and host without case, the
/// default port and one slash at the end left out, as the endpoint itself does.
fn is_same_url(htu: &str, own: &str) -> bool {
    fn parts(url: &str) -> Option<(String, &str)> {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let scheme = scheme.to_ascii_lowercase();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(default_port).unwrap_or(&authority);
        Some((format!("{scheme}://{authority}"), path.strip_suffix('/').unwrap_or(path)))
    }
    parts(htu).is_some_and(|parts_of_htu| Some(parts_of_htu) == parts(own))
}

/// True for the thumbprint of a key as `dpop_jkt` and `cnf.jkt` have it: 43 characters of base64url.
#[must_use]
pub fn is_thumbprint(text: &str) -> bool {
    text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok()
}

#[cfg(test)]
mod tests;
