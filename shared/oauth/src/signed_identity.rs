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
use crate::principal_claims::PrincipalClaims;

/// The `typ` of a signed identity.
pub const TYPE: &str = "weir-identity+jwt";

/// The claims of a signed identity.
#[derive(Clone, Copy, Debug)]
pub struct SignedIdentity<'a> {
    /// The principal; `aud` is the origin's URL as in the registry.
    pub principal: PrincipalClaims<'a>,
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
        #[serde(flatten)]
        principal: PrincipalClaims<'a>,
        exp: u64,
        request_sha256: String,
    }
    let (principal, request_sha256) = (identity.principal, hex::encode(identity.request_sha256));
    jws::sign(keys, TYPE, &Claims { principal, exp: principal.expires_at(), request_sha256 })
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
        let principal = PrincipalClaims {
            issuer: "https://mcp.example.com",
            audience: "https://origin.example.com/mcp",
            subject: "alice",
            identity_provider: "https://idp.example.com",
            client_id: "claude-code",
            groups: &GROUPS,
            team: None,
            issued_at: 1000,
            jti: "one",
        };
        SignedIdentity { principal, request_sha256: [7; 32] }
    }
}
