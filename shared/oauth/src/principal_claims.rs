//! The claims by which Weir says about whom a token of its own is: a signed identity or a subject token.

use serde::Serialize;

/// The lifetime of such a token, in seconds: enough for one request and the difference of two clocks.
pub const LIFETIME_SECONDS: u64 = 60;

/// The claims about the principal of a call.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PrincipalClaims<'a> {
    /// `iss`: the gateway's issuer identifier, `https://HOST`.
    #[serde(rename = "iss")]
    pub issuer: &'a str,
    /// `aud`: the URL of the origin as in the registry, or the issuer identifier of the authorization server.
    #[serde(rename = "aud")]
    pub audience: &'a str,
    /// `sub`: the user's identifier, unique together with the identity provider.
    #[serde(rename = "sub")]
    pub subject: &'a str,
    /// `idp`: the issuer identifier of the user's identity provider.
    #[serde(rename = "idp")]
    pub identity_provider: &'a str,
    /// `client_id`: the OAuth client identifier of the agent.
    pub client_id: &'a str,
    /// `groups`: the user's groups; may be empty.
    pub groups: &'a [String],
    /// `team`: the team that the call is charged to; `None` if the registry assigns none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<&'a str>,
    /// `iat`, in Unix seconds; `exp` is [`LIFETIME_SECONDS`] later.
    #[serde(rename = "iat")]
    pub issued_at: u64,
    /// `jti`: unique per issuer.
    pub jti: &'a str,
}

impl PrincipalClaims<'_> {
    /// `exp`, in Unix seconds.
    pub(crate) fn expires_at(&self) -> u64 {
        self.issued_at.saturating_add(LIFETIME_SECONDS)
    }
}
