//! Weir's credential at an origin.

use oauth::openid_token_request::Method;
use serde::{Deserialize, Serialize};

use crate::name::{identity_provider_secret_name, origin_secret_name};

/// Weir's credential at an origin. Secrets are stored elsewhere, under names derived from the origin's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Credential {
    /// No credential.
    None,
    /// One header: `prefix` followed by the secret `ORIGIN_NAME_SECRET`.
    Header {
        /// The header's name.
        name: String,
        /// The text before the secret, such as `Bearer `.
        prefix: String,
    },
    /// A short JWT about the principal and the request, signed by Weir.
    SignedIdentity,
    /// An access token of the origin's authorization server for Weir itself (RFC 6749 §4.4).
    ClientCredentials {
        /// The origin's authorization server.
        server: AuthorizationServer,
        /// The place and the extent of the token.
        target: TokenTarget,
    },
    /// An access token of the origin's authorization server for the user, by a short JWT of Weir's about the user.
    TokenExchange {
        /// The origin's authorization server, which trusts Weir's subject tokens.
        server: AuthorizationServer,
        /// The place and the extent of the token.
        target: TokenTarget,
        /// The form of the request.
        #[serde(default, skip_serializing_if = "ExchangeForm::is_token_exchange")]
        form: ExchangeForm,
    },
    /// An access token of the origin's authorization server for the user, by an ID-JAG of the identity provider
    /// (draft-ietf-oauth-identity-assertion-authz-grant), with Weir as the requesting client.
    IdJag {
        /// The origin's authorization server, which trusts the identity provider.
        server: AuthorizationServer,
        /// The identity provider, which trusts Weir's subject tokens.
        identity_provider: AuthorizationServer,
        /// The place and the extent of the token; without a `resource` that of the origin's URL.
        target: TokenTarget,
    },
    /// A grant that the user has given Weir at the origin's authorization server, in a browser (RFC 6749 §4.1).
    Vault(Vault),
}

impl Credential {
    /// The names of the secrets that belong to the origin of this name.
    #[must_use]
    pub fn secrets(&self, origin: &str) -> Vec<String> {
        match self {
            Self::None | Self::SignedIdentity => Vec::new(),
            Self::Header { .. } | Self::ClientCredentials { .. } | Self::TokenExchange { .. } => {
                vec![origin_secret_name(origin)]
            }
            Self::IdJag { .. } => vec![origin_secret_name(origin), identity_provider_secret_name(origin)],
            Self::Vault(vault) => match &vault.client {
                Some(client) if client.authentication != Method::None => vec![origin_secret_name(origin)],
                _ => Vec::new(),
            },
        }
    }

    /// The authorization servers that are asked for tokens with a client of the registry.
    #[must_use]
    pub fn servers(&self) -> Vec<&AuthorizationServer> {
        match self {
            Self::None | Self::Header { .. } | Self::SignedIdentity | Self::Vault(_) => Vec::new(),
            Self::ClientCredentials { server, .. } | Self::TokenExchange { server, .. } => vec![server],
            Self::IdJag { server, identity_provider, .. } => vec![identity_provider, server],
        }
    }

    /// The user's grant, for this kind.
    #[must_use]
    pub const fn vault(&self) -> Option<&Vault> {
        match self {
            Self::Vault(vault) => Some(vault),
            _ => None,
        }
    }

    /// The URLs, beside the origin's own, that Weir sends requests to for it; for discovered endpoints, the issuer.
    #[must_use]
    pub fn requested_urls(&self) -> Vec<&str> {
        match self {
            Self::Vault(Vault { endpoints: Some(named), .. }) => vec![&named.token],
            Self::Vault(vault) => vec![&vault.issuer],
            kind => kind.servers().into_iter().map(|server| server.token_endpoint.as_str()).collect(),
        }
    }

    /// True if it tells the origin who the user is, so that there is none for callers without a token.
    #[must_use]
    pub const fn needs_user(&self) -> bool {
        match self {
            Self::None | Self::Header { .. } | Self::ClientCredentials { .. } => false,
            Self::SignedIdentity | Self::TokenExchange { .. } | Self::IdJag { .. } | Self::Vault(_) => true,
        }
    }

    /// The gateway's own set of keys that signs it, if any.
    #[must_use]
    pub const fn keys(&self) -> Option<&'static str> {
        match self {
            Self::None | Self::Header { .. } | Self::ClientCredentials { .. } | Self::Vault(_) => None,
            Self::SignedIdentity => Some("SIGNED_IDENTITY_KEYS"),
            Self::TokenExchange { .. } | Self::IdJag { .. } => Some("SUBJECT_TOKEN_KEYS"),
        }
    }

    /// Its `type` in the registry.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Header { .. } => "header",
            Self::SignedIdentity => "signed_identity",
            Self::ClientCredentials { .. } => "client_credentials",
            Self::TokenExchange { .. } => "token_exchange",
            Self::IdJag { .. } => "id_jag",
            Self::Vault(_) => "vault",
        }
    }
}

/// An authorization server, with Weir as its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationServer {
    /// Its issuer identifier (RFC 8414 §2).
    pub issuer: String,
    /// URL of its token endpoint.
    pub token_endpoint: String,
    /// Weir's client id there.
    pub client_id: String,
    /// Weir's client authentication there.
    pub client_authentication: ClientAuthentication,
    /// `aud` of Weir's client assertions, for [`ClientAuthentication::PrivateKeyJwt`].
    #[serde(default, skip_serializing_if = "AssertionAudience::is_issuer")]
    pub assertion_audience: AssertionAudience,
}

/// Weir's client authentication at an authorization server (RFC 6749 §2.3.1, RFC 7523 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClientAuthentication {
    /// The secret in `Authorization`.
    #[serde(rename = "client_secret_basic")]
    Basic,
    /// The secret in the form.
    #[serde(rename = "client_secret_post")]
    Post,
    /// A JWT that is signed with the private key in the secret.
    #[serde(rename = "private_key_jwt")]
    PrivateKeyJwt,
}

impl ClientAuthentication {
    /// Its registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Reads the registered name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Basic, Self::Post, Self::PrivateKeyJwt].into_iter().find(|method| method.as_str() == name)
    }
}

/// `aud` of a client assertion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer identifier (draft-ietf-oauth-rfc7523bis).
    #[default]
    Issuer,
    /// The token endpoint's URL (RFC 7523 §3), for servers that want it.
    TokenEndpoint,
}

impl AssertionAudience {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::TokenEndpoint => "token_endpoint",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Issuer, Self::TokenEndpoint].into_iter().find(|audience| audience.as_str() == text)
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    const fn is_issuer(&self) -> bool {
        matches!(self, Self::Issuer)
    }
}

/// The form of an exchange of the subject token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeForm {
    /// Token exchange (RFC 8693).
    #[default]
    TokenExchange,
    /// The JWT bearer grant (RFC 7523) with `requested_token_use=on_behalf_of`, as Microsoft Entra ID has it.
    OnBehalfOf,
}

impl ExchangeForm {
    /// Its text in the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenExchange => "token_exchange",
            Self::OnBehalfOf => "on_behalf_of",
        }
    }

    /// Reads the text of [`Self::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TokenExchange, Self::OnBehalfOf].into_iter().find(|form| form.as_str() == text)
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    const fn is_token_exchange(&self) -> bool {
        matches!(self, Self::TokenExchange)
    }
}

/// The place and the extent of an access token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenTarget {
    /// The scopes that are asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// `resource` (RFC 8707 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// `audience` (RFC 8693 §2.1; several servers take it with any grant).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
}

/// A grant of each user at a third party: the origin's authorization server, with Weir as its client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// Its issuer identifier (RFC 8414 §2). Users of this origin are sent to no other server; the origin's own metadata
    /// is not read.
    pub issuer: String,
    /// Its endpoints; discovered on the issuer's own web origin if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<VaultEndpoints>,
    /// Weir's client there; if absent, Weir uses its client-id metadata document or registers (RFC 7591).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<VaultClient>,
    /// The scopes that users are asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// `resource` (RFC 8707 §2); the origin's URL if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// True for a server that refuses requests with `resource`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub omit_resource: bool,
}

impl Vault {
    /// The value of `resource` in its requests for the origin with this URL; `None` if it is left out.
    #[must_use]
    pub fn requested_resource<'a>(&'a self, origin_url: &'a str) -> Option<&'a str> {
        (!self.omit_resource).then(|| self.resource.as_deref().unwrap_or(origin_url))
    }
}

/// Endpoints that the registry names; they may be on another web origin than the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultEndpoints {
    /// URL of the authorization endpoint.
    pub authorization: String,
    /// URL of the token endpoint.
    pub token: String,
}

/// Weir's client at the authorization server of a [`Vault`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultClient {
    /// Its client id.
    pub id: String,
    /// Its authentication at the token endpoint.
    pub authentication: Method,
}
