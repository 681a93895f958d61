//! Weir's own requests to the token endpoint of an OpenID provider (OpenID Connect Core 1.0 §3.1.3, §12).
//!
//! ```text
//! POST https://idp.example.com/token
//! Authorization: Basic …
//!
//! grant_type=authorization_code&code=…&redirect_uri=https%3A%2F%2FHOST%2Foauth%2Fcallback&code_verifier=…
//! grant_type=refresh_token&refresh_token=…
//!
//! {"id_token":"…","refresh_token":"…","access_token":"…","token_type":"Bearer"}
//! ```
//!
//! The access token is ignored: Weir asks for nothing but who the person is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::claims::object;
use crate::issued_token::error_code;
use crate::own_client::{EncodedRequest, OwnClient, Proof};

/// The maximum size of a response, in bytes: an ID token of 200 groups, an access token and a refresh token.
pub const MAX_RESPONSE_BYTES: usize = 64 * 1024;

/// The maximum length of the provider's refresh token, in bytes; real ones have 45 to 1,300.
pub const MAX_REFRESH_TOKEN_BYTES: usize = 8 * 1024;

/// Weir's client authentication at the provider (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Method {
    /// `client_secret_basic`.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// `client_secret_post`.
    #[serde(rename = "client_secret_post")]
    Post,
    /// `none`: a public client, which PKCE alone protects.
    #[serde(rename = "none")]
    None,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Post, Self::None];

    /// Returns the registered name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::None => "none",
        }
    }

    /// Reads the registered name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Returns the proof with this secret, which [`Method::None`] ignores.
    #[must_use]
    pub fn proof(self, secret: &str) -> Proof<'_> {
        match self {
            Self::Basic => Proof::Basic(secret),
            Self::Post => Proof::Post(secret),
            Self::None => Proof::None,
        }
    }
}

impl OwnClient<'_> {
    /// Returns the request that redeems `code`.
    #[must_use]
    pub fn redeem(&self, code: &str, redirect_uri: &str, verifier: &str) -> EncodedRequest {
        let grant = [("grant_type", "authorization_code"), ("code", code)];
        self.write(&[&grant[..], &[("redirect_uri", redirect_uri), ("code_verifier", verifier)]].concat())
    }

    /// Returns the request that refreshes.
    #[must_use]
    pub fn refresh(&self, refresh_token: &str) -> EncodedRequest {
        self.write(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
    }
}

/// The tokens of a successful response.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// `id_token`, not verified.
    pub id_token: String,
    /// `refresh_token`; `None` if the provider issued none, or no new one.
    pub refresh_token: Option<String>,
}

impl fmt::Debug for Tokens {
    /// Omits the tokens, which must never be logged.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tokens").field("refreshes", &self.refresh_token.is_some()).finish_non_exhaustive()
    }
}

/// The reason why the provider gave no tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenIdTokenError {
    /// `invalid_grant`: the code or refresh token is over, or the user is disabled. Nothing will change that.
    #[error("the identity provider refuses the grant")]
    InvalidGrant,
    /// Another error, which is Weir's or the provider's fault; carries the status and the error code.
    #[error("the identity provider answered {0}")]
    Failed(String),
    /// 200 without a usable `id_token`, which a refresh must return too if Weir is to see the user's groups.
    #[error("the identity provider returned no ID token")]
    NoIdToken,
}

/// Reads the response with `status` (RFC 6749 §5).
///
/// # Errors
/// [`OpenIdTokenError`] unless there are tokens.
pub fn read_response(status: u16, body: &[u8]) -> Result<Tokens, OpenIdTokenError> {
    #[derive(Deserialize)]
    struct Success {
        id_token: Option<String>,
        refresh_token: Option<String>,
    }
    if status != 200 {
        // Only as a client error: a proxy's page must not end a sign-in.
        return Err(match (status, error_code(body).as_str()) {
            (400 | 401, "invalid_grant") => OpenIdTokenError::InvalidGrant,
            (_, code) => OpenIdTokenError::Failed(format!("{status} {code}").trim_end().to_owned()),
        });
    }
    let found: Success = object(body).ok_or(OpenIdTokenError::NoIdToken)?;
    let id_token = found.id_token.filter(|token| !token.is_empty()).ok_or(OpenIdTokenError::NoIdToken)?;
    let refresh_token = found.refresh_token.filter(|token| (1..=MAX_REFRESH_TOKEN_BYTES).contains(&token.len()));
    Ok(Tokens { id_token, refresh_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(method: Method) -> OwnClient<'static> {
        OwnClient { id: "https://weir", proof: method.proof("a:b c") }
    }

    #[test]
    fn client_authenticates_by_its_method() {
        let basic = client(Method::Basic).redeem("c/1", "https://h/cb", "v");
        // `https%3A%2F%2Fweir:a%3Ab%20c`
        assert_eq!(basic.authorization.as_deref(), Some("Basic aHR0cHMlM0ElMkYlMkZ3ZWlyOmElM0FiJTIwYw=="));
        let code = "grant_type=authorization_code&code=c%2F1&redirect_uri=https%3A%2F%2Fh%2Fcb&code_verifier=v";
        assert_eq!(basic.body, code);
        let post = client(Method::Post).refresh("r+");
        let refresh = "grant_type=refresh_token&refresh_token=r%2B";
        assert_eq!(
            (post.authorization, post.body),
            (None, format!("{refresh}&client_id=https%3A%2F%2Fweir&client_secret=a%3Ab%20c"))
        );
        let none = client(Method::None).refresh("r+");
        assert_eq!((none.authorization, none.body), (None, format!("{refresh}&client_id=https%3A%2F%2Fweir")));
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str()), Some(method));
        }
    }

    #[test]
    fn only_the_providers_invalid_grant_ends_a_sign_in() {
        use OpenIdTokenError::{Failed, InvalidGrant, NoIdToken};
        let failed = |text: &str| Err(Failed(text.to_owned()));
        for (status, body, expected) in [
            (400, r#"{"error":"invalid_grant"}"#, Err(InvalidGrant)),
            (401, r#"{"error":"invalid_grant"}"#, Err(InvalidGrant)),
            (500, r#"{"error":"invalid_grant"}"#, failed("500 invalid_grant")),
            (503, "invalid_grant", failed("503")),
            (400, r#"{"error":"invalid_client"}"#, failed("400 invalid_client")),
            (400, r#"{"error":"<script>"}"#, failed("400")),
            (302, "", failed("302")),
            (200, "", Err(NoIdToken)),
            (200, r#"{"access_token":"a"}"#, Err(NoIdToken)),
            (200, r#"{"id_token":""}"#, Err(NoIdToken)),
        ] {
            assert_eq!(read_response(status, body.as_bytes()), expected, "{status} {body}");
        }
        let tokens = read_response(200, br#"{"id_token":"a.b.c","refresh_token":"r","token_type":"bearer"}"#).unwrap();
        assert_eq!((tokens.id_token.as_str(), tokens.refresh_token.as_deref()), ("a.b.c", Some("r")));
        assert!(!format!("{tokens:?}").contains("a.b.c"), "a log should not contain the token");
    }
}
