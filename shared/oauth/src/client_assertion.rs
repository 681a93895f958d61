//! Client assertions: the client authentication `private_key_jwt` (RFC 7521 §4.2, RFC 7523 §2.2 and §3).
//!
//! ```text
//! client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=<JWT>
//! header  {"alg":"ES256","kid":"…"}             `typ` absent, `JWT`, or `client-authentication+jwt`
//! claims  {"iss":"CLIENT","sub":"CLIENT","aud":"https://HOST","jti":"…","exp":…,"iat":…}
//! ```
//!
//! `aud` is Weir's issuer identifier as one string (draft-ietf-oauth-rfc7523bis §4): an assertion for an endpoint's
//! URL, or for several servers, could be meant for another one. Single use is the caller's part: it claims `(client_id,
//! jti)` until [`ClientAssertion::expires_at`].

use serde::Deserialize;

use crate::algorithm::Algorithm;
use crate::claims::{ClaimError, Claims, NumericDate, is_identifier};
use crate::jwk::KeySet;
use crate::jws::{self, JwsError, Requirement};

/// The value of `client_assertion_type` (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The `typ` of a client assertion (draft-ietf-oauth-rfc7523bis §4); RFC 7523 had none.
pub const TYPE: &str = "client-authentication+jwt";

/// The accepted signature algorithms: the value of `token_endpoint_auth_signing_alg_values_supported` (RFC 8414 §2).
pub const ALGORITHMS: [Algorithm; 4] = Algorithm::ALL;

/// The longest time until `exp`, in seconds: it bounds how long a used `jti` is kept. Known clients take 60 to 300.
pub const LIFETIME_SECONDS: u64 = 600;

/// A verified client assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAssertion {
    /// `jti`: unique per client.
    pub jti: String,
    /// `exp`, in Unix seconds.
    pub expires_at: u64,
}

/// The reason for refusing a client assertion; `invalid_client` at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAssertionError {
    /// The form, type, algorithm, key, signature or times of the token are invalid.
    #[error("client assertion: {0}")]
    Token(#[from] JwsError),
    /// A required claim is missing; carries its name.
    #[error("the client assertion has no `{0}`")]
    Missing(&'static str),
    /// A claim has the wrong type, is empty, longer than 512 bytes, or has control characters; carries its name.
    #[error("the `{0}` of the client assertion is malformed")]
    Malformed(&'static str),
    /// `iss` or `sub` is not the client; carries its name.
    #[error("the `{0}` of the client assertion is not the client")]
    WrongClient(&'static str),
    /// `aud` is not this authorization server's issuer identifier.
    #[error("the `aud` of the client assertion must be this server's `issuer`, as one string")]
    WrongAudience,
    /// `exp` is more than [`LIFETIME_SECONDS`] ahead.
    #[error("the `exp` of the client assertion is more than {LIFETIME_SECONDS} seconds ahead")]
    LifetimeTooLong,
}

impl ClientAssertionError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Token(error) => error.reason(),
            Self::Missing(_) => "client_assertion_claim_missing",
            Self::Malformed(_) => "client_assertion_claim_malformed",
            Self::WrongClient(_) => "client_assertion_wrong_client",
            Self::WrongAudience => "client_assertion_wrong_audience",
            Self::LifetimeTooLong => "client_assertion_lifetime_too_long",
        }
    }
}

impl From<ClaimError> for ClientAssertionError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Missing(name) => Self::Missing(name),
            ClaimError::Malformed(name) => Self::Malformed(name),
        }
    }
}

/// Returns the unverified `sub` of a client assertion. Use it only to choose the client whose keys verify it.
///
/// # Errors
/// [`ClientAssertionError`] if the assertion is too long, malformed, or has no `sub`.
pub fn unverified_client(assertion: &str) -> Result<String, ClientAssertionError> {
    #[derive(Deserialize)]
    struct Subject {
        sub: Option<String>,
    }
    let claims: Subject = jws::unverified_claims(assertion)?;
    let client_id = claims.sub.ok_or(ClientAssertionError::Missing("sub"))?;
    if is_identifier(&client_id) { Ok(client_id) } else { Err(ClientAssertionError::Malformed("sub")) }
}

/// Verifies a client assertion with the client's own keys; those of an unknown client are [`KeySet::empty`]. `issuer`
/// is Weir's issuer identifier, `now` is in Unix seconds; clocks may differ by [`jws::TOLERANCE_SECONDS`].
///
/// # Errors
/// The error of the first rule that the assertion breaks.
pub fn verify(
    assertion: &str,
    keys: &KeySet,
    client_id: &str,
    issuer: &str,
    now: u64,
) -> Result<ClientAssertion, ClientAssertionError> {
    // Types of other tokens are refused, so that none of them, signed by the same key, authenticates a client.
    let requirement = Requirement { types: &[jws::PLAIN_TYPE, TYPE], algorithms: &ALGORITHMS, now: Some(now) };
    let claims = jws::open(assertion, keys, &requirement)?;
    let mut claims = Claims::read(&claims).ok_or(JwsError::GarbledClaims)?;
    for name in ["iss", "sub"] {
        if claims.identifier(name)? != client_id {
            return Err(ClientAssertionError::WrongClient(name));
        }
    }
    if claims.required::<String>("aud").map_err(|_| ClientAssertionError::WrongAudience)? != issuer {
        return Err(ClientAssertionError::WrongAudience);
    }
    let NumericDate(expires_at) = claims.required("exp")?;
    if expires_at.saturating_sub(now) > LIFETIME_SECONDS {
        return Err(ClientAssertionError::LifetimeTooLong);
    }
    Ok(ClientAssertion { jti: claims.identifier("jti")?, expires_at })
}

#[cfg(test)]
mod tests;
