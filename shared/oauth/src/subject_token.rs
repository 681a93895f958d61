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

/// The `typ` of a subject token.
pub const TYPE: &str = "weir-subject+jwt";

/// The lifetime of a subject token, in seconds: enough for one request and the difference of two clocks.
pub const LIFETIME_SECONDS: u64 = 60;

/// The claims of a subject token.
#[derive(Clone, Copy, Debug)]
pub struct SubjectToken<'a> {
    /// `iss`: the gateway's issuer identifier, `https://HOST`.
    pub issuer: &'a str,
    /// `aud`: the issuer identifier of the authorization server that it is for.
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
}

/// Mints the token, signed with EdDSA and the first key of the set. Deterministic: it draws no randomness.
///
/// # Errors
/// [`SignError`] if the claims can't be written as JSON, which does not happen for strings and numbers.
pub fn mint(keys: &PrivateKeySet, subject: &SubjectToken<'_>) -> Result<String, SignError> {
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
    }
    let claims = Claims {
        iss: subject.issuer,
        aud: subject.audience,
        sub: subject.subject,
        idp: subject.identity_provider,
        client_id: subject.client_id,
        groups: subject.groups,
        team: subject.team,
        iat: subject.issued_at,
        exp: subject.issued_at.saturating_add(LIFETIME_SECONDS),
        jti: subject.jti,
    };
    jws::sign(keys, TYPE, &claims)
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
        let subject = SubjectToken {
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
