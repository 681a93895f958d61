//! Compact JSON Web Signatures (RFC 7515 §3.1): signing, and verifying under an explicit requirement.
//!
//! ```text
//! BASE64URL({"alg":"EdDSA","kid":"…","typ":"at+jwt"}) "." BASE64URL(claims) "." BASE64URL(signature)
//! ```
//!
//! The header of a token is untrusted until its signature is verified. `kid` selects among the *trusted* keys, `alg`
//! among the *caller's* allow-list; keys or URLs of keys in a header (`jwk`, `jku`, `x5c`, `x5u`) are never used
//! here; the key of a DPoP proof is (see [`crate::dpop`]).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jwt_simple::JWTError;
use jwt_simple::prelude::{Duration, Token, UnixTimeStamp, VerificationOptions};
use serde::{Deserialize, Serialize, de::DeserializeOwned, de::IgnoredAny};

use crate::algorithm::Algorithm;
use crate::claims::object;
use crate::jwk::{KeyChoiceError, KeySet, PrivateKeySet, PublicKey};

/// The maximum length of a token, in bytes: room for a few hundred groups.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The allowed difference between two clocks, in seconds. The library's default is 15 minutes, while a usual ID-JAG
/// lasts 5 minutes.
pub const TOLERANCE_SECONDS: u64 = 60;

/// The `typ` of tokens that have no type of their own, such as ID tokens (RFC 7519 §5.1); a header without `typ` has
/// it.
pub(crate) const PLAIN_TYPE: &str = "JWT";

/// The reason for refusing a token by its header, signature or times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// The token is longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is longer than {MAX_TOKEN_BYTES} bytes")]
    TooLong,
    /// The token is not three base64url parts with a JSON header (RFC 7515 §3.1).
    #[error("the token is not a compact signed token")]
    Garbled,
    /// The header lists critical extensions (RFC 7515 §4.1.11); none is supported.
    #[error("the token has a critical header that is not supported")]
    CriticalHeader,
    /// The header's `typ` is missing or another than required (RFC 8725 §3.11).
    #[error("the token is of another type")]
    WrongType,
    /// The header's `alg` is not in the allow-list, `none` and `HS256` included (RFC 8725 §3.1).
    #[error("the signature algorithm of the token is not allowed")]
    AlgorithmRefused,
    /// No trusted key has the id of the header's `kid`.
    #[error("the key of the token is unknown")]
    UnknownKey,
    /// The trusted key does not serve the header's `alg`.
    #[error("the key of the token is not for its algorithm")]
    WrongKeyType,
    /// No trusted key verifies the signature.
    #[error("the signature of the token is invalid")]
    BadSignature,
    /// The payload is not the expected JSON object.
    #[error("the claims of the token are malformed")]
    GarbledClaims,
    /// `exp` is past, by more than [`TOLERANCE_SECONDS`].
    #[error("the token has expired")]
    Expired,
    /// `nbf` is ahead, by more than [`TOLERANCE_SECONDS`].
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iat` is ahead, by more than [`TOLERANCE_SECONDS`].
    #[error("the token was issued in the future")]
    IssuedInFuture,
}

impl JwsError {
    /// The stable reason code for audit events.
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

/// The claims can't be written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims can't be written as JSON")]
pub struct SignError;

/// Signs claims with EdDSA and the first key of the set; the header has its `kid` and the given `typ`. Deterministic:
/// it draws no randomness.
///
/// # Errors
/// [`SignError`] if `claims` can't be written as JSON.
pub fn sign<T: Serialize + ?Sized>(keys: &PrivateKeySet, typ: &str, claims: &T) -> Result<String, SignError> {
    let header = serde_json::json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": typ });
    write(&header, claims, |message| keys.signature(message))
}

/// Writes a token with this header and the signature that `signature` makes.
pub(crate) fn write<T: Serialize + ?Sized>(
    header: &serde_json::Value,
    claims: &T,
    signature: impl FnOnce(&[u8]) -> Option<[u8; 64]>,
) -> Result<String, SignError> {
    let claims = serde_json::to_vec(claims).map_err(|_| SignError)?;
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = signature(token.as_bytes()).ok_or(SignError)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// Verifies a token signed by Weir or its publisher (EdDSA, the given `typ`) and reads its claims. Does not check
/// times: for records whose validity does not depend on `exp`.
///
/// # Errors
/// [`JwsError`] if the token is not validly signed, or its claims are not a `T`.
pub fn verify<T: DeserializeOwned>(token: &str, keys: &KeySet, typ: &str) -> Result<T, JwsError> {
    let claims = open(token, keys, &Requirement { types: &[typ], algorithms: &[Algorithm::EdDsa], now: None })?;
    object(&claims).ok_or(JwsError::GarbledClaims)
}

/// The conditions on a token's header and times.
pub(crate) struct Requirement<'a> {
    /// The accepted `typ`s, without `application/`.
    pub(crate) types: &'a [&'a str],
    /// The allow-list of signature algorithms.
    pub(crate) algorithms: &'a [Algorithm],
    /// The current time in Unix seconds, to check `exp`, `nbf` and `iat` where present; `None` checks none of them.
    /// Their presence is a rule of the kind of token, checked elsewhere.
    pub(crate) now: Option<u64>,
}

/// Checks header, key, signature and times, in this order, and returns the JSON text of the claims.
pub(crate) fn open(token: &str, keys: &KeySet, requirement: &Requirement<'_>) -> Result<Vec<u8>, JwsError> {
    let parts = Parts::split(token)?;
    let header = parts.header()?;
    let algorithm = requirement.algorithm(&header)?;
    let candidates = keys.choose(header.kid.as_deref(), algorithm).map_err(|error| match error {
        KeyChoiceError::Unknown => JwsError::UnknownKey,
        KeyChoiceError::OtherType => JwsError::WrongKeyType,
    })?;
    // Decoded before the library sees them, so that an error it does not name is one of the signature. It also reads
    // header members that are ignored here, and refuses those of an unexpected type.
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

/// Checks header and signature of a token that is signed with `key`, which the token carries itself, and returns the
/// JSON text of the claims. Checks no times.
pub(crate) fn open_own(token: &str, key: &PublicKey, requirement: &Requirement<'_>) -> Result<Vec<u8>, JwsError> {
    let parts = Parts::split(token)?;
    let algorithm = requirement.algorithm(&parts.header()?)?;
    if !key.serves(algorithm) {
        return Err(JwsError::WrongKeyType);
    }
    let (claims, signature) = decode(parts.claims).zip(decode(parts.signature)).ok_or(JwsError::Garbled)?;
    let (message, _) = token.rsplit_once('.').ok_or(JwsError::Garbled)?;
    if key.has_signed(message.as_bytes(), &signature, algorithm) { Ok(claims) } else { Err(JwsError::BadSignature) }
}

/// Returns the unverified `kid` of a token's header. Use it only to choose and fetch keys.
///
/// # Errors
/// [`JwsError`] if the token is too long or its header can't be read.
pub fn unverified_key_id(token: &str) -> Result<Option<String>, JwsError> {
    Ok(Parts::split(token)?.header()?.kid)
}

/// True for a text with the header of a signed token of this `typ`; nothing is verified.
pub(crate) fn has_type(token: &str, typ: &str) -> bool {
    let header = Parts::split(token).and_then(|parts| parts.header());
    header.is_ok_and(|header| header.typ.is_some_and(|found| same_type(&found, typ)))
}

/// Returns the unverified header of a token as JSON. Use it only for a key that the token carries and proves itself.
pub(crate) fn unverified_header(token: &str) -> Result<Vec<u8>, JwsError> {
    decode(Parts::split(token)?.header).ok_or(JwsError::Garbled)
}

/// Returns the unverified claims of a token. Use them only to choose the issuer whose keys verify it.
pub(crate) fn unverified_claims<T: DeserializeOwned>(token: &str) -> Result<T, JwsError> {
    let claims = decode(Parts::split(token)?.claims).ok_or(JwsError::Garbled)?;
    object(&claims).ok_or(JwsError::GarbledClaims)
}

impl Requirement<'_> {
    /// The algorithm of a header that meets it.
    fn algorithm(&self, header: &Header) -> Result<Algorithm, JwsError> {
        if header.crit.is_some() {
            return Err(JwsError::CriticalHeader);
        }
        let typ = header.typ.as_deref().unwrap_or(PLAIN_TYPE);
        if !self.types.iter().any(|accepted| same_type(typ, accepted)) {
            return Err(JwsError::WrongType);
        }
        let algorithm = Algorithm::parse(&header.alg);
        algorithm.filter(|algorithm| self.algorithms.contains(algorithm)).ok_or(JwsError::AlgorithmRefused)
    }
}

struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
}

/// The header members that Weir reads (RFC 7515 §4.1); a member that occurs twice is an error.
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

/// Compares media types without case; `application/` may be omitted (RFC 7515 §4.1.9, RFC 9068 §4).
fn same_type(typ: &str, expected: &str) -> bool {
    const PREFIX: &str = "application/";
    let bare = match typ.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    bare.eq_ignore_ascii_case(expected)
}

/// Returns the library's options with our time. Without `now`, time 0 and `accept_future` make every time valid.
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
        // Everything else, errors of the arithmetic included, is an invalid signature.
        _ => JwsError::BadSignature,
    }
}

#[cfg(test)]
mod tests;
