//! Compact JSON Web Signatures (RFC 7515 §3.1): one way to sign, one way to open.
//!
//! ```text
//! BASE64URL({"alg":"EdDSA","kid":"…","typ":"at+jwt"}) "." BASE64URL(claims) "." BASE64URL(signature)
//! ```
//!
//! The header of a token is an attacker's text until the signature stands. From it we take which of the *trusted* keys to
//! try (`kid`) and which algorithm of the *caller's* allow-list is meant (`alg`); keys or addresses of keys inside a header
//! (`jwk`, `jku`, `x5c`, `x5u`) are never used.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jwt_simple::JWTError;
use jwt_simple::prelude::{Duration, Token, UnixTimeStamp, VerificationOptions};
use serde::{Deserialize, Serialize, de::DeserializeOwned, de::IgnoredAny};

use crate::algorithm::Algorithm;
use crate::claims::object;
use crate::jwk::{KeyChoiceError, KeySet, PrivateKeySet};

/// The longest token in bytes that is looked at: room for a few hundred groups.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// How far two clocks may be apart, in seconds. The library's own default is 15 minutes: longer than our tokens live.
pub const TOLERANCE_SECONDS: u64 = 60;

/// Why a token is refused before its claims are looked at, or for its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// Not three base64url parts with a JSON header.
    #[error("the token is not a compact signed token")]
    Garbled,
    /// The header lists critical extensions (RFC 7515 §4.1.11); we know none.
    #[error("the token has a critical header that is not understood")]
    CriticalHeader,
    /// The header's `typ` is missing or another one (RFC 8725 §3.11).
    #[error("the token is of another type")]
    WrongType,
    /// The header's `alg` is not in the allow-list, `none` and `HS256` included (RFC 8725 §3.1).
    #[error("the signature algorithm of the token is not allowed")]
    AlgorithmRefused,
    /// No trusted key has the id of the header's `kid`.
    #[error("the key of the token is unknown")]
    UnknownKey,
    /// The trusted key is not for the header's `alg`.
    #[error("the key of the token is not for its algorithm")]
    WrongKeyType,
    /// The signature was not made with a trusted key.
    #[error("the signature of the token does not stand")]
    BadSignature,
    /// The payload is not the JSON object it should be.
    #[error("the claims of the token are garbled")]
    GarbledClaims,
    /// `exp` is over.
    #[error("the token has expired")]
    Expired,
    /// `nbf` lies ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` lies ahead.
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

impl JwsError {
    /// The stable code of this error for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong => "token_too_long",
            Self::Garbled => "token_garbled",
            Self::CriticalHeader => "token_critical_header",
            Self::WrongType => "token_wrong_type",
            Self::AlgorithmRefused => "token_algorithm_refused",
            Self::UnknownKey => "token_unknown_key",
            Self::WrongKeyType => "token_wrong_key_type",
            Self::BadSignature => "token_bad_signature",
            Self::GarbledClaims => "token_garbled_claims",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::IssuedInFuture => "token_issued_in_future",
        }
    }
}

/// The claims could not be written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims can't be written as JSON")]
pub struct SignError;

/// Signs claims with the first key of the set: EdDSA, `kid` and the given `typ` in the header, no randomness.
///
/// # Errors
/// When `claims` refuse to be written as JSON.
pub fn sign<T: Serialize + ?Sized>(keys: &PrivateKeySet, typ: &str, claims: &T) -> Result<String, SignError> {
    let header = serde_json::json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": typ });
    let claims = serde_json::to_vec(claims).map_err(|_| SignError)?;
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = keys.signature(token.as_bytes()).ok_or(SignError)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// Opens a token of ours: EdDSA only, of the given `typ`, and reads its claims. Times are not looked at: for records
/// whose validity is not a matter of `exp`.
///
/// # Errors
/// When the signature does not stand, or the claims are not a `T`.
pub fn verify<T: DeserializeOwned>(token: &str, keys: &KeySet, typ: &str) -> Result<T, JwsError> {
    let claims = open(token, keys, &Requirement { typ, algorithms: &[Algorithm::EdDsa], now: None })?;
    object(&claims).ok_or(JwsError::GarbledClaims)
}

/// What a token must be before its claims are worth reading.
pub(crate) struct Requirement<'a> {
    /// The one `typ` that this place accepts, without `application/`.
    pub(crate) typ: &'a str,
    /// The allow-list of algorithms.
    pub(crate) algorithms: &'a [Algorithm],
    /// Unix seconds, when `exp`, `nbf` and `iat` are to be checked where present. That they are present is a rule of the
    /// kind of token, not of its signature.
    pub(crate) now: Option<u64>,
}

/// Checks header, key, signature and times in this order and gives back the JSON text of the claims.
pub(crate) fn open(token: &str, keys: &KeySet, requirement: &Requirement<'_>) -> Result<Vec<u8>, JwsError> {
    let parts = Parts::split(token)?;
    let header = parts.header()?;
    if header.crit.is_some() {
        return Err(JwsError::CriticalHeader);
    }
    if !header.typ.as_deref().is_some_and(|typ| same_type(typ, requirement.typ)) {
        return Err(JwsError::WrongType);
    }
    let algorithm = Algorithm::parse(&header.alg)
        .filter(|algorithm| requirement.algorithms.contains(algorithm))
        .ok_or(JwsError::AlgorithmRefused)?;
    let candidates = keys.choose(header.kid.as_deref(), algorithm).map_err(|error| match error {
        KeyChoiceError::Unknown => JwsError::UnknownKey,
        KeyChoiceError::OtherType => JwsError::WrongKeyType,
    })?;
    // Decoded before the library sees them: what it then can't name is a matter of the signature. It also reads header
    // members that we leave alone, and refuses those of an unusual shape.
    let claims = decode(parts.claims).ok_or(JwsError::Garbled)?;
    decode(parts.signature).ok_or(JwsError::Garbled)?;
    Token::decode_metadata(token).map_err(|_| JwsError::Garbled)?;
    for key in candidates {
        match key.verify(token, algorithm, options(requirement.now)) {
            Ok(()) => return Ok(claims),
            Err(error) => match refusal(&error) {
                JwsError::BadSignature => {}
                other => return Err(other),
            },
        }
    }
    Err(JwsError::BadSignature)
}

/// The `kid` of a token's header, unverified: good for choosing and fetching keys, for nothing else.
///
/// # Errors
/// When the token is too long or has no readable header.
pub fn unverified_key_id(token: &str) -> Result<Option<String>, JwsError> {
    Ok(Parts::split(token)?.header()?.kid)
}

/// The claims of a token, unverified: good for finding out whom to ask for keys, for nothing else.
pub(crate) fn unverified_claims<T: DeserializeOwned>(token: &str) -> Result<T, JwsError> {
    let claims = decode(Parts::split(token)?.claims).ok_or(JwsError::Garbled)?;
    object(&claims).ok_or(JwsError::GarbledClaims)
}

struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// The header members we act upon (RFC 7515 §4.1); a member that occurs twice is an error.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, JwsError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsError::TooLong);
        }
        let mut parts = token.split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(header), Some(claims), Some(signature), None) => Ok(Self { header, claims, signature }),
            _ => Err(JwsError::Garbled),
        }
    }

    fn header(&self) -> Result<Header, JwsError> {
        let header = decode(self.header).ok_or(JwsError::Garbled)?;
        object(&header).ok_or(JwsError::Garbled)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Media types compare without case, and `application/` may be left out (RFC 7515 §4.1.9, RFC 9068 §4).
fn same_type(typ: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    bare.eq_ignore_ascii_case(expected)
}

/// Our clock for the library. Without `now` it stands at 0 and accepts what lies ahead, so that no time refuses.
fn options(now: Option<u64>) -> VerificationOptions {
    VerificationOptions {
        artificial_time: Some(UnixTimeStamp::from_secs(now.unwrap_or(0))),
        time_tolerance: Some(Duration::from_secs(now.map_or(0, |_| TOLERANCE_SECONDS))),
        accept_future: now.is_none(),
        max_token_length: Some(MAX_TOKEN_BYTES),
        ..VerificationOptions::default()
    }
}

fn refusal(error: &jwt_simple::Error) -> JwsError {
    if error.is::<serde_json::Error>() {
        return JwsError::GarbledClaims;
    }
    match error.downcast_ref::<JWTError>() {
        Some(JWTError::TokenHasExpired) => JwsError::Expired,
        Some(JWTError::TokenNotValidYet) => JwsError::NotYetValid,
        Some(JWTError::ClockDrift) => JwsError::IssuedInFuture,
        Some(JWTError::UnknownCriticalExtension) => JwsError::CriticalHeader,
        Some(JWTError::CompactEncodingError | JWTError::HeaderTooLarge | JWTError::NotJWT) => JwsError::Garbled,
        Some(JWTError::TokenTooLong) => JwsError::TooLong,
        Some(JWTError::AlgorithmMismatch) => JwsError::WrongKeyType,
        // Everything else, the errors of the arithmetic included: it did not stand.
        _ => JwsError::BadSignature,
    }
}

#[cfg(test)]
mod tests;
