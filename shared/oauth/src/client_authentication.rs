//! Client authentication at the token endpoint (RFC 6749 §2.3): `client_secret_basic`, `client_secret_post`,
//! `private_key_jwt` (see [`crate::client_assertion`]), and `none` for clients that the caller knows to be public.
//!
//! ```text
//! Authorization: Basic BASE64(form-encoded client_id ":" form-encoded client_secret)
//! client_id=…&client_secret=…                                                          or in the body
//! client_assertion=…&client_assertion_type=…                                           a signature
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
use crate::client_assertion::{self, ASSERTION_TYPE, ClientAssertion, ClientAssertionError};
use crate::form;
use crate::jwk::KeySet;
use crate::jws::JwsError;
use crate::token_request::{TokenError, TokenRequest};

/// The maximum length of a client secret, in bytes.
pub const MAX_SECRET_BYTES: usize = 1_024;

/// The client authentication methods with a credential: the value of `token_endpoint_auth_methods_supported` (RFC 8414
/// §2) of a deployment without a sign-in.
pub const METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", PRIVATE_KEY_JWT];

/// The method of clients that sign (OpenID Connect Core 1.0 §9, RFC 7591 §2).
pub const PRIVATE_KEY_JWT: &str = "private_key_jwt";

/// The method of public clients, which a deployment with a sign-in supports too (RFC 7591 §2).
pub const PUBLIC: &str = "none";

/// The credentials that a client sent, not yet verified.
#[derive(Clone, PartialEq, Eq)]
pub struct PresentedClient {
    /// `client_id` as claimed: 1 to 512 bytes.
    pub client_id: String,
    credential: Credential,
}

/// A credential, not verified.
#[derive(Clone, PartialEq, Eq)]
enum Credential {
    /// The client named itself only.
    None,
    Secret(String),
    /// A client assertion.
    Assertion(String),
}

impl PresentedClient {
    /// True if it brought no credential: enough for a client that is known to be public, and for no other.
    #[must_use]
    pub fn is_bare(&self) -> bool {
        self.credential == Credential::None
    }

    /// True if it brought a client assertion: its keys are needed to check it.
    #[must_use]
    pub fn has_assertion(&self) -> bool {
        matches!(self.credential, Credential::Assertion(_))
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
    /// The request uses another type of client assertion than JWT bearer, or another scheme than Basic.
    #[error("this client authentication method is not supported")]
    Unsupported,
    /// The credentials can't be decoded, are empty or too long.
    #[error("the client credentials are malformed")]
    Garbled,
    /// The client is unknown, or its secret or signature is wrong; the response does not tell them apart.
    #[error("the client is unknown or its credential is wrong")]
    Refused,
    /// The client assertion breaks a rule that says nothing about who the client is.
    #[error(transparent)]
    Assertion(#[from] ClientAssertionError),
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
            Self::Assertion(error) => error.reason(),
        }
    }
}

impl From<ClientAuthenticationError> for TokenError {
    fn from(error: ClientAuthenticationError) -> Self {
        use ClientAuthenticationError as E;
        let description = error.to_string();
        match error {
            E::MoreThanOne | E::TwoClients => Self::invalid_request(error.reason(), &description),
            E::Missing | E::Unsupported | E::Garbled | E::Refused | E::Assertion(_) => {
                Self::invalid_client(error.reason(), &description)
            }
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
    let signs = request.client_assertion.is_some() || request.client_assertion_type.is_some();
    let methods = [header.is_some(), request.client_secret.is_some(), signs];
    match methods.iter().filter(|used| **used).count() {
        0 | 1 => {}
        _ => return Err(E::MoreThanOne),
    }
    let (client_id, credential) = match (header, &request.client_secret) {
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
            (client_id, Credential::Secret(secret))
        }
        (None, None) if signs => signed_credential(request)?,
        (None, None) => (request.client_id.clone().ok_or(E::Missing)?, Credential::None),
        (None, Some(secret)) => (request.client_id.clone().ok_or(E::Missing)?, Credential::Secret(secret.clone())),
    };
    let fits = match &credential {
        Credential::Secret(secret) => (1..=MAX_SECRET_BYTES).contains(&secret.len()),
        Credential::None | Credential::Assertion(_) => true,
    };
    if !is_identifier(&client_id) || !fits {
        return Err(E::Garbled);
    }
    Ok(PresentedClient { client_id, credential })
}

/// The client that a client assertion is about; `client_id` beside it must name the same (RFC 7521 §4.2).
fn signed_credential(request: &TokenRequest) -> Result<(String, Credential), ClientAuthenticationError> {
    use ClientAuthenticationError as E;
    if request.client_assertion_type.as_deref() != Some(ASSERTION_TYPE) {
        return Err(E::Unsupported);
    }
    let assertion = request.client_assertion.clone().ok_or(E::Missing)?;
    let client_id = client_assertion::unverified_client(&assertion)?;
    if request.client_id.as_ref().is_some_and(|other| *other != client_id) {
        return Err(E::TwoClients);
    }
    Ok((client_id, Credential::Assertion(assertion)))
}

/// Verifies the client assertion with the client's keys. For an unknown client pass [`KeySet::empty`]: the error is the
/// same. The caller then claims the assertion, which counts once.
///
/// # Errors
/// [`ClientAuthenticationError::Refused`] if no key verifies it, [`ClientAuthenticationError::Assertion`] if it breaks
/// another rule, [`ClientAuthenticationError::Missing`] without one.
pub fn check_assertion(
    presented: &PresentedClient,
    keys: &KeySet,
    issuer: &str,
    now: u64,
) -> Result<ClientAssertion, ClientAuthenticationError> {
    let Credential::Assertion(assertion) = &presented.credential else {
        return Err(ClientAuthenticationError::Missing);
    };
    client_assertion::verify(assertion, keys, &presented.client_id, issuer, now).map_err(|error| match error {
        ClientAssertionError::Token(JwsError::UnknownKey | JwsError::WrongKeyType | JwsError::BadSignature) => {
            ClientAuthenticationError::Refused
        }
        other => other.into(),
    })
}

/// Compares the secret with all live hashes of the client, each in constant time. For an unknown client pass no hash:
/// the error is the same.
///
/// # Errors
/// [`ClientAuthenticationError::Missing`] without a credential, [`ClientAuthenticationError::Refused`] if no hash
/// matches.
pub fn check<H: AsRef<str>>(presented: &PresentedClient, hashes: &[H]) -> Result<(), ClientAuthenticationError> {
    let expected = match &presented.credential {
        Credential::Secret(secret) => hash(secret),
        Credential::None => return Err(ClientAuthenticationError::Missing),
        Credential::Assertion(_) => return Err(ClientAuthenticationError::Refused),
    };
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
