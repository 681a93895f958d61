//! Client authentication at the token endpoint (RFC 6749 §2.3.1): `client_secret_basic`, `client_secret_post`, and
//! `none` for clients that the caller knows to be public.
//!
//! ```text
//! Authorization: Basic BASE64(form-encoded client_id ":" form-encoded client_secret)
//! client_id=…&client_secret=…                                                          or in the body
//! client_id=…                                                                          of a public client
//! ```
//!
//! The registry holds `sha256:HEX` of each live secret, never the secret. A plain digest suffices because secrets are
//! random, with at least 128 bits; it would not suffice for passwords.

use std::fmt;

use http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::claims::is_identifier;
use crate::form;
use crate::token_request::{TokenError, TokenRequest};

/// The maximum length of a client secret, in bytes.
pub const MAX_SECRET_BYTES: usize = 1_024;

/// The client authentication methods with a secret: the value of `token_endpoint_auth_methods_supported` (RFC 8414 §2)
/// of a deployment without a sign-in.
pub const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// The method of public clients, which a deployment with a sign-in supports too (RFC 7591 §2).
pub const PUBLIC: &str = "none";

/// The credentials that a client sent, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedClient {
    /// `client_id` as claimed: 1 to 512 bytes.
    pub client_id: String,
    /// `None` if the client named itself only.
    secret: Option<String>,
}

impl PresentedClient {
    /// True if it brought no secret: enough for a client that is known to be public, and for no other.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.secret.is_none()
    }
}

impl fmt::Debug for PresentedClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PresentedClient").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// The reason why a client is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientAuthenticationError {
    /// Neither the header nor the body has credentials.
    #[error("the client did not authenticate")]
    Missing,
    /// The request uses more than one method, or one method twice (RFC 6749 §2.3 forbids it).
    #[error("the client used more than one authentication method")]
    MoreThanOne,
    /// The header and the body name different clients.
    #[error("the `Authorization` header and `client_id` name different clients")]
    TwoClients,
    /// The request uses `private_key_jwt`, or another scheme than Basic.
    #[error("this client authentication method is not supported")]
    Unsupported,
    /// The credentials can't be decoded, are empty or too long.
    #[error("the client credentials are malformed")]
    Garbled,
    /// The client is unknown or its secret is wrong; the response does not tell them apart.
    #[error("the client is unknown or its secret is wrong")]
    Refused,
}

impl ClientAuthenticationError {
    /// The stable reason code for audit events.
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

/// Reads the client credentials of a token request, from its `Authorization` header or its body.
///
/// # Errors
/// [`ClientAuthenticationError`] if there are none, more than one, or malformed ones.
pub fn read_credentials(
    headers: &HeaderMap,
    request: &TokenRequest,
) -> Result<PresentedClient, ClientAuthenticationError> {
    use ClientAuthenticationError as E;
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let header = values.next();
    if values.next().is_some() {
        return Err(E::MoreThanOne);
    }
    let methods = [header.is_some(), request.client_secret.is_some(), request.has_client_assertion];
    match methods.iter().filter(|used| **used).count() {
        0 | 1 => {}
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
            // Some clients repeat their id in the body: not a second method as long as it is the same.
            if request.client_id.as_ref().is_some_and(|other| *other != client_id) {
                return Err(E::TwoClients);
            }
            (client_id, Some(secret))
        }
        (None, None) if request.has_client_assertion => return Err(E::Unsupported),
        (None, secret) => (request.client_id.clone().ok_or(E::Missing)?, secret.clone()),
    };
    let fits = |secret: &String| (1..=MAX_SECRET_BYTES).contains(&secret.len());
    if !is_identifier(&client_id) || !secret.as_ref().is_none_or(fits) {
        return Err(E::Garbled);
    }
    Ok(PresentedClient { client_id, secret })
}

/// Compares the secret with all live hashes of the client, each in constant time. For an unknown client pass no hash:
/// the error is the same.
///
/// # Errors
/// [`ClientAuthenticationError::Missing`] without a secret, [`ClientAuthenticationError::Refused`] if no hash matches.
pub fn check<H: AsRef<str>>(presented: &PresentedClient, hashes: &[H]) -> Result<(), ClientAuthenticationError> {
    let expected = hash(presented.secret.as_deref().ok_or(ClientAuthenticationError::Missing)?);
    let matches = hashes
        .iter()
        .fold(subtle::Choice::from(0), |any, live| any | live.as_ref().as_bytes().ct_eq(expected.as_bytes()));
    if bool::from(matches) { Ok(()) } else { Err(ClientAuthenticationError::Refused) }
}

/// Returns the hash of a secret as the registry holds it: `sha256:` and 64 lower-case hex digits.
#[must_use]
pub fn hash(secret: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(secret)))
}

/// True for `sha256:` and 64 lower-case hex digits.
#[must_use]
pub fn is_hash(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests;
