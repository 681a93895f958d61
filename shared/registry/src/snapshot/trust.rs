//! Trust, in the record `gateway`: identity providers, OAuth clients, and the browser sign-in.

use std::collections::BTreeMap;

use oauth::algorithm::Algorithm;
use oauth::membership::Rules;
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
    /// The claim that lists the user's groups: its name, or the names of nested objects, separated by `.`.
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
    /// The kinds of its tokens that are accepted. ID-JAGs alone are omitted, so that older gateways read the record.
    #[serde(default = "default_modes", skip_serializing_if = "is_default_modes")]
    pub modes: Vec<IssuerMode>,
    /// Further values of `aud` in its access tokens, each with the path of the one protected resource that it stands
    /// for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub audiences: BTreeMap<String, String>,
    /// The registry's clients by their `client_id` at the issuer. If empty, both know a client by one id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, String>,
    /// The separator of groups within one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_separator: Option<char>,
    /// The registry's groups by the issuer's. If there are any, no other group of its counts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub group_names: BTreeMap<String, String>,
    /// The groups of users who are in no other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_groups: Vec<String>,
    /// The claim that names the team that pays; absent if groups decide it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_claim: Option<String>,
    /// The claim that names the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_claim: Option<String>,
}

impl Issuer {
    /// True if its tokens of this kind are accepted.
    #[must_use]
    pub fn has_mode(&self, mode: IssuerMode) -> bool {
        self.modes.contains(&mode)
    }

    /// Its rules for groups, team and project.
    #[must_use]
    pub fn membership(&self) -> Rules<'_> {
        Rules {
            groups_claim: &self.groups_claim,
            separator: self.groups_separator,
            group_names: &self.group_names,
            default_groups: &self.default_groups,
            team_claim: self.team_claim.as_deref(),
            project_claim: self.project_claim.as_deref(),
        }
    }

    /// The registry's id of a client that its access tokens name; `None` for one that isn't mapped.
    #[must_use]
    pub fn client<'a>(&'a self, client_id: &'a str) -> Option<&'a str> {
        match self.clients.is_empty() {
            true => Some(client_id),
            false => self.clients.get(client_id).map(String::as_str),
        }
    }
}

/// The kind of an identity provider's token by which callers come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssuerMode {
    /// ID-JAGs, which the token endpoint redeems.
    IdJag,
    /// Access tokens (RFC 9068) for a protected resource of this gateway, which the MCP endpoint accepts.
    AccessToken,
}

impl IssuerMode {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdJag => "id_jag",
            Self::AccessToken => "access_token",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::IdJag, Self::AccessToken].into_iter().find(|mode| mode.as_str() == text)
    }
}

fn default_modes() -> Vec<IssuerMode> {
    vec![IssuerMode::IdJag]
}

fn is_default_modes(modes: &[IssuerMode]) -> bool {
    modes == [IssuerMode::IdJag]
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
    /// The scopes that its tokens may have; all if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The principal of a client that acts for itself and for no user; absent for any other client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

impl Client {
    /// The scopes of `granted` that its tokens may have.
    #[must_use]
    pub fn narrow(&self, granted: Vec<String>) -> Vec<String> {
        let may_have = |scope: &String| self.scopes.is_empty() || self.scopes.contains(scope);
        granted.into_iter().filter(may_have).collect()
    }
}

/// The principal of a client that acts for itself (RFC 6749 §4.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The groups that it is in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The team that pays for its calls; decided by its groups if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The project that the team's costs are charged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The lifetime of its access tokens, seconds, 60 to 3,600; the gateway's own if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<u64>,
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
