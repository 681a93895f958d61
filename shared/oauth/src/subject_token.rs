//! The subject token: a short JWT of Weir's about the principal, for the authorization server of an origin, which
//! exchanges it for an access token (RFC 8693 §2.1, RFC 7523 §2.1).
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"weir-subject+jwt"}
//! claims  {"iss":"https://HOST","aud":"https://auth.example.com","sub":"…","idp":"…","client_id":"…",
//!          "groups":["…"],"team":"…","iat":…,"exp":iat+60,"jti":"…"}
//! ```
//!
//! Its keys differ from those of access tokens and of signed identities: an origin that gets a signed identity can't
//! use it at an authorization server, even if `typ` is not checked there.

use serde::Serialize;

use crate::jwk::PrivateKeySet;
use crate::jws::{self, SignError};
use crate::principal_claims::PrincipalClaims;

/// The `typ` of a subject token.
pub const TYPE: &str = "weir-subject+jwt";

/// Mints the token, signed with EdDSA and the first key of the set; `aud` of the principal's claims is the issuer
/// identifier of the authorization server. Deterministic: it draws no randomness.
///
/// # Errors
/// [`SignError`] if the claims can't be written as JSON, which does not happen for strings and numbers.
pub fn mint(keys: &PrivateKeySet, principal: &PrincipalClaims<'_>) -> Result<String, SignError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        #[serde(flatten)]
        principal: &'a PrincipalClaims<'a>,
        exp: u64,
    }
    jws::sign(keys, TYPE, &Claims { principal, exp: principal.expires_at() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::JwsError;
    use crate::testing;
    use crate::{access_token, signed_identity};

    #[test]
    fn subject_token_is_no_other_token_of_weirs() {
        let keys = testing::private_keys(1);
        let groups = ["support".to_owned()];
        let subject = PrincipalClaims {
            issuer: "https://mcp.example.com",
            audience: "https://auth.example.com",
            subject: "alice",
            identity_provider: "https://idp.example.com",
            client_id: "claude-code",
            groups: &groups,
            team: None,
            issued_at: 1000,
            jti: "one",
        };
        let token = mint(&keys, &subject).unwrap();
        let claims: serde_json::Value = jws::verify(&token, keys.public(), TYPE).unwrap();
        assert_eq!(
            claims,
            serde_json::json!({
                "iss": "https://mcp.example.com", "aud": "https://auth.example.com", "sub": "alice",
                "idp": "https://idp.example.com", "client_id": "claude-code", "groups": ["support"],
                "iat": 1000, "exp": 1060, "jti": "one",
            }),
            "every claim should be there, and no other"
        );
        for other in [access_token::TYPE, signed_identity::TYPE, jws::PLAIN_TYPE] {
            let verified: Result<serde_json::Value, _> = jws::verify(&token, keys.public(), other);
            assert_eq!(verified.unwrap_err(), JwsError::WrongType, "{other}");
        }
    }
}
