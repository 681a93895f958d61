//! Trust, in the record `gateway`: identity providers, OAuth clients, and the browser sign-in.

use oauth::algorithm::Algorithm;
use oauth::openid_token_request::Method;
use serde::{Deserialize, Serialize};

/// One trusted identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its name in the registry.
    pub name: String,
    /// The `iss` claim of its assertions, compared byte for byte.
    pub issuer: String,
    /// URL of its JWK set (RFC 7517).
    pub jwks_uri: String,
    /// JWS algorithms it may sign with; at least one.
    pub algorithms: Vec<Algorithm>,
    /// Name of the claim that lists the user's groups.
    pub groups_claim: String,
    /// The only trusted tenant, for an issuer with several: subjects are unique per tenant only, and another tenant may
    /// have a group of the same name. If absent, assertions that name a tenant are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The `aud_tenant` that its assertions must have: the tenant that it knows this gateway as. If absent, assertions
    /// that name one are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aud_tenant: Option<String>,
    /// The longest lifetime (`exp` − `iat`) of its assertions, seconds; 60 to 3,600.
    #[serde(default = "default_assertion_seconds")]
    pub assertion_seconds: u64,
    /// The scopes that an assertion without `scope` grants. If empty, such an assertion is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_scopes: Vec<String>,
    /// True if access tokens for its users must be bound to a key (RFC 9449).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_dpop: bool,
}

/// The lifetime in records of publishers that write none.
const fn default_assertion_seconds() -> u64 {
    oauth::id_jag::LIFETIME_SECONDS
}

/// One registered OAuth client: an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its OAuth `client_id`.
    pub id: String,
    /// Its title for people.
    pub title: String,
    /// `sha256:HEX` of each live secret; one to four, two during a rotation, none of a public client
    /// or one that signs.
    pub secret_hashes: Vec<String>,
    /// The public keys of a client that signs (`private_key_jwt`): a JWK set as JSON; absent of any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<String>,
    /// True for a client without a secret: PKCE and its redirect URIs protect it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// The redirect URIs of its sign-ins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_uris: Vec<String>,
}

/// The browser sign-in at the corporate identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name of the issuer where people sign in.
    pub issuer: String,
    /// Weir's client id there.
    pub client_id: String,
    /// Weir's client authentication there.
    pub client_authentication: Method,
    /// The scopes asked of it; `openid` among them.
    pub scopes: Vec<String>,
    /// URL of its authorization endpoint; discovered if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// URL of its token endpoint; discovered if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint: Option<String>,
    /// True if clients may register themselves (RFC 7591).
    pub registration: bool,
    /// The hosts whose client-id metadata documents are fetched; none if empty.
    pub client_hosts: Vec<String>,
    /// Redirect URIs of private-use schemes that any client may have.
    pub redirect_uris: Vec<String>,
    /// The time without a refresh after which a sign-in ends, seconds; 300 to 2,592,000.
    pub idle_seconds: u64,
    /// The time after which a sign-in ends in any case, seconds; 3,600 to 7,776,000.
    pub longest_seconds: u64,
}

/// The beginning of the id of a client that has registered itself: no name in the registry has a `.`, and no URL begins
/// so.
pub const REGISTERED: &str = "registered.";
