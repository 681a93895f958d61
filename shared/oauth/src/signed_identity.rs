//! The identity token for origins: a short-lived JWT about the principal and one request.
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"weir-identity+jwt"}
//! claims  {"iss":"https://HOST","aud":"https://origin.example.com/mcp","sub":"…","idp":"…","client_id":"…",
//!          "groups":["…"],"team":"…","iat":…,"exp":iat+60,"jti":"…","request_sha256":"<64 hex digits>"}
//! ```
//!
//! An origin that verifies the signature with Weir's key set, `aud` with its own URL and `request_sha256` with the body
//! it received can refuse every call that did not come through Weir. The key set differs from that of access tokens, so
//! that neither token can replace the other even if `typ` is not checked.

use serde::Serialize;

use crate::jwk::PrivateKeySet;
use crate::jws::{self, SignError};

/// The `typ` of a signed identity.
pub const TYPE: &str = "weir-identity+jwt";

/// The lifetime of a signed identity, in seconds: enough for one request and the difference of two clocks.
pub const LIFETIME_SECONDS: u64 = 60;

/// The claims of a signed identity.
#[derive(Clone, Copy, Debug)]
pub struct SignedIdentity<'a> {
    /// `iss`: the gateway's issuer identifier, `https://HOST`.
    pub issuer: &'a str,
    /// `aud`: the origin's URL as in the registry.
    pub audience: &'a str,
    /// `sub`: the user's identifier, unique together with the identity provider.
    pub subject: &'a str,
    /// `idp`: the issuer identifier of the user's identity provider.
    pub identity_provider: &'a str,
    /// `client_id`: the OAuth client identifier of the agent.
    pub client_id: &'a str,
    /// `groups`: the user's groups; may be empty.
    pub groups: &'a [String],
    /// `team`: the team that the call is charged to; `None` if the registry assigns none.
    pub team: Option<&'a str>,
    /// `iat`, in Unix seconds; `exp` is [`LIFETIME_SECONDS`] later.
    pub issued_at: u64,
    /// `jti`: unique per issuer.
    pub jti: &'a str,
    /// `request_sha256`: the SHA-256 digest of the request body as the origin receives it.
    pub request_sha256: [u8; 32],
}

/// Mints the token, signed with EdDSA and the first key of the set. Deterministic: it draws no randomness.
///
/// # Errors
/// [`SignError`] if the claims can't be written as JSON, which does not happen for strings and numbers.
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
        request_sha256: hex::encode(identity.request_sha256),
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
            "the type alone should tell them apart, even under one key"
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
