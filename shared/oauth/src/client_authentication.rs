//! Client authentication at the token endpoint (RFC 6749 §2.3.1): `client_secret_basic` and `client_secret_post`.
//!
//! ```text
//! Authorization: Basic BASE64(form-encoded client_id ":" form-encoded client_secret)
//! client_id=…&client_secret=…                                                          in the body instead
//! ```
//!
//! The registry holds `sha256:HEX` of each live secret, never the secret. A plain digest is enough because secrets are made
//! by a machine with at least 128 bits; it would not be for passwords.

use std::fmt;

use http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::claims::is_identifier;
use crate::form;
use crate::token_request::{TokenError, TokenRequest};

/// The longest secret in bytes that is looked at.
pub const MAX_SECRET_BYTES: usize = 1_024;

/// The two ways to authenticate, named as in RFC 8414's `token_endpoint_auth_methods_supported`.
pub const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// What a client presented; not checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedClient {
    /// The id that the client claims.
    pub client_id: String,
    secret: String,
}

impl fmt::Debug for PresentedClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PresentedClient").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Why a client is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthenticationError {
    /// Neither header nor body carry credentials.
    #[error("the client did not authenticate")]
    Missing,
    /// More than one way, or one way twice (RFC 6749 §2.3: a client must not).
    #[error("the client authenticated in more than one way")]
    MoreThanOne,
    /// The header and the body name two clients.
    #[error("the header and `client_id` name two clients")]
    TwoClients,
    /// `private_key_jwt` or another scheme in the header.
    #[error("this way of client authentication is not supported")]
    Unsupported,
    /// The credentials don't decode, or are empty or too long.
    #[error("the client credentials are garbled")]
    Garbled,
    /// The client is unknown or the secret is wrong; a caller can't tell which.
    #[error("the client is unknown or its secret is wrong")]
    Refused,
}

impl ClientAuthenticationError {
    /// The stable code of this error for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "client_authentication_missing",
            Self::MoreThanOne => "client_authentication_more_than_one",
            Self::TwoClients => "client_authentication_two_clients",
            Self::Unsupported => "client_authentication_unsupported",
            Self::Garbled => "client_authentication_garbled",
            Self::Refused => "client_authentication_refused",
        }
    }
}

impl From<ClientAuthenticationError> for TokenError {
    fn from(error: ClientAuthenticationError) -> Self {
        use ClientAuthenticationError as E;
        let description = error.to_string();
        match error {
            E::MoreThanOne | E::TwoClients => Self::invalid_request(error.reason(), &description),
            E::Missing | E::Unsupported | E::Garbled | E::Refused => Self::invalid_client(error.reason(), &description),
        }
    }
}

/// The credentials of a token request, from its header or its body.
///
/// # Errors
/// When there are none, too many, or they can't be read.
pub fn presented(headers: &HeaderMap, request: &TokenRequest) -> Result<PresentedClient, ClientAuthenticationError> {
    use ClientAuthenticationError as E;
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let header = values.next();
    if values.next().is_some() {
        return Err(E::MoreThanOne);
    }
    let ways = [header.is_some(), request.client_secret.is_some(), request.has_client_assertion];
    match ways.iter().filter(|way| **way).count() {
        0 => return Err(E::Missing),
        1 => {}
        _ => return Err(E::MoreThanOne),
    }
    let (client_id, secret) = match (header, &request.client_secret) {
        (Some(value), _) => {
            let text = value.to_str().map_err(|_| E::Garbled)?;
            let (scheme, credentials) = text.split_once(' ').ok_or(E::Garbled)?;
            if !scheme.eq_ignore_ascii_case("Basic") {
                return Err(E::Unsupported);
            }
            let (client_id, secret) = form::basic_credentials(credentials.trim_matches(' ')).ok_or(E::Garbled)?;
            // Some clients repeat their id in the body; that is no second way as long as it is the same.
            if request.client_id.as_ref().is_some_and(|other| *other != client_id) {
                return Err(E::TwoClients);
            }
            (client_id, secret)
        }
        (None, Some(secret)) => (request.client_id.clone().ok_or(E::Missing)?, secret.clone()),
        (None, None) => return Err(E::Unsupported),
    };
    if !is_identifier(&client_id) || secret.is_empty() || secret.len() > MAX_SECRET_BYTES {
        return Err(E::Garbled);
    }
    Ok(PresentedClient { client_id, secret })
}

/// Checks the presented secret against the live hashes of the client. For an unknown client pass none: the answer is the
/// same. Every hash is compared, each in constant time.
///
/// # Errors
/// [`ClientAuthenticationError::Refused`] when none fits.
pub fn check<H: AsRef<str>>(presented: &PresentedClient, hashes: &[H]) -> Result<(), ClientAuthenticationError> {
    let expected = hash(&presented.secret);
    let fits = hashes
        .iter()
        .fold(subtle::Choice::from(0), |fits, live| fits | live.as_ref().as_bytes().ct_eq(expected.as_bytes()));
    if bool::from(fits) { Ok(()) } else { Err(ClientAuthenticationError::Refused) }
}

/// The hash that the registry holds of a secret: `sha256:` and 64 lower-case hex digits.
#[must_use]
pub fn hash(secret: &str) -> String {
    format!("sha256:{}", hex(&Sha256::digest(secret)))
}

/// Whether a text is such a hash.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
