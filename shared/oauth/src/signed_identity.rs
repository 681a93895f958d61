//! The identity that an origin sees: a short JWT about the principal and the one request it comes with.
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"weir-identity+jwt"}
//! claims  {"iss":"https://HOST","aud":"https://origin.example.com/mcp","sub":"…","idp":"…","client_id":"…",
//!          "groups":["…"],"team":"…","iat":…,"exp":iat+60,"jti":"…","request_sha256":"<64 hex digits>"}
//! ```
//!
//! An origin that verifies it with Weir's key set, its own address as `aud` and the digest of the body it received can
//! refuse every call that did not come through Weir. The key set is not that of access tokens, so neither can stand in
//! for the other even if a `typ` went unchecked.

use serde::Serialize;

use crate::jwk::PrivateKeySet;
use crate::jws::{self, SignError};

/// The `typ` of a signed identity.
pub const TYPE: &str = "weir-identity+jwt";

/// How long a signed identity is valid, in seconds: one request and a clock that is off.
pub const LIFETIME_SECONDS: u64 = 60;

/// Who calls, through which client, with what request.
#[derive(Clone, Copy, Debug)]
pub struct SignedIdentity<'a> {
    /// `iss`: the gateway's issuer identifier.
    pub issuer: &'a str,
    /// `aud`: the origin's address.
    pub audience: &'a str,
    /// `sub`: the user, unique together with the identity provider.
    pub subject: &'a str,
    /// `idp`: the issuer that vouched for the user.
    pub identity_provider: &'a str,
    /// `client_id`: the agent.
    pub client_id: &'a str,
    /// `groups` of the user.
    pub groups: &'a [String],
    /// `team` that pays.
    pub team: Option<&'a str>,
    /// `iat` in Unix seconds; `exp` lies [`LIFETIME_SECONDS`] later.
    pub issued_at: u64,
    /// `jti`: unique by issuer.
    pub jti: &'a str,
    /// SHA-256 of the request body as the origin receives it.
    pub request_sha256: [u8; 32],
}

/// Mints the token: EdDSA with the first key of the set, no randomness.
///
/// # Errors
/// Only when the claims can't be written as JSON, which plain strings and numbers always can.
pub fn mint(keys: &PrivateKeySet, identity: &SignedIdentity<'_>) -> Result<String, SignError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        aud: &'a str,
        sub: &'a str,
        idp: &'a str,
        client_id: &'a str,
        groups: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        team: Option<&'a str>,
        iat: u64,
        exp: u64,
        jti: &'a str,
        request_sha256: String,
    }
    let claims = Claims {
        iss: identity.issuer,
        aud: identity.audience,
        sub: identity.subject,
        idp: identity.identity_provider,
        client_id: identity.client_id,
        groups: identity.groups,
        team: identity.team,
        iat: identity.issued_at,
        exp: identity.issued_at.saturating_add(LIFETIME_SECONDS),
        jti: identity.jti,
        request_sha256: crate::client_authentication::hex(&identity.request_sha256),
    };
    jws::sign(keys, TYPE, &claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_token;
    use crate::jws::JwsError;
    use crate::testing;

    #[test]
    fn signed_identity_carries_principal_and_request() {
        let keys = testing::private_keys(1);
        let token = mint(&keys, &identity()).unwrap();
        let claims: serde_json::Value = jws::verify(&token, keys.public(), TYPE).unwrap();
        assert_eq!(
            claims,
            serde_json::json!({
                "iss": "https://mcp.example.com", "aud": "https://origin.example.com/mcp", "sub": "alice",
                "idp": "https://idp.example.com", "client_id": "claude-code", "groups": ["support"],
                "iat": 1000, "exp": 1060, "jti": "one",
                "request_sha256": "0707070707070707070707070707070707070707070707070707070707070707",
            }),
            "every claim should be there, and no other"
        );
    }

    #[test]
    fn signed_identity_is_no_access_token() {
        let keys = testing::private_keys(1);
        let token = mint(&keys, &identity()).unwrap();
        let verified = access_token::verify(
            &token,
            keys.public(),
            "https://mcp.example.com",
            "https://origin.example.com/mcp",
            1000,
        );
        assert_eq!(
            verified.map_err(|error| error.reason()).unwrap_err(),
            JwsError::WrongType.reason(),
            "the type alone should keep them apart, even under one key"
        );
    }

    fn identity() -> SignedIdentity<'static> {
        static GROUPS: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["support".to_owned()]);
        SignedIdentity {
            issuer: "https://mcp.example.com",
            audience: "https://origin.example.com/mcp",
            subject: "alice",
            identity_provider: "https://idp.example.com",
            client_id: "claude-code",
            groups: &GROUPS,
            team: None,
            issued_at: 1000,
            jti: "one",
            request_sha256: [7; 32],
        }
    }
}
