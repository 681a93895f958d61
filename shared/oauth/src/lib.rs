//! OAuth 2.1 at the edge: ID-JAG, access tokens, metadata; keys and now are arguments.
//!
//! | document | section | file |
//! |---|---|---|
//! | OAuth 2.1 | §4.1.1, §4.1.2 authorization endpoint | [`authorization_request`], [`authorization_response`] |
//! | | §4.1.3, §4.3 code and refresh token | [`token_request`], [`refresh_token`] |
//! | RFC 6749 | §2.3.1 client password | [`client_authentication`] |
//! | | §3.2, §5.1, §5.2 token endpoint | [`token_request`], [`token_response`] |
//! | | §3.3 scope | [`scope`] |
//! | | §4.4, §5 Weir as a client: requests and responses of token endpoints | [`outbound_grant`], [`own_client`], [`issued_token`] |
//! | RFC 6750 | §2.1 bearer token, §3 challenge | [`bearer_token`] |
//! | RFC 7515 | §3.1 compact form, §4.1 header | [`jws`] |
//! | RFC 7009 | revocation | [`token_request`] |
//! | RFC 7517, 7518 §6, 8037 §2 | keys and key sets | [`jwk`] |
//! | RFC 7518 §3.1, 8037 §3.1, 9864 | algorithms | [`algorithm`] |
//! | RFC 7519 | §2, §4.1 claims | `claims` |
//! | RFC 7523 | §2.1, §3 the JWT bearer grant | [`token_request`], [`id_jag`] |
//! | | §2.2, §3 client assertions: those of clients, and Weir's own | [`client_assertion`], [`own_client_assertion`] |
//! | RFC 7591 | client registration | [`client_metadata`] |
//! | RFC 7636 | PKCE | [`pkce`] |
//! | draft-ietf-oauth-client-id-metadata-document-00 | client-id metadata documents | [`client_metadata`] |
//! | draft-ietf-oauth-identity-assertion-authz-grant-04 | ID-JAG | [`id_jag`], [`grant`] |
//! | RFC 8414 | authorization server metadata | [`authorization_server`] |
//! | RFC 8252 | §7 redirect URIs of native apps | [`redirect_uri`], [`web_url`] |
//! | RFC 8693 | token exchange, with Weir as the client | [`outbound_grant`], [`subject_token`] |
//! | RFC 8707 | resource indicators | [`token_request`], [`grant`], [`authorization_request`] |
//! | RFC 8725 | §3 best practices for JWTs | [`jws`] |
//! | RFC 9068 | JWT access tokens: Weir's own, and those of identity providers | [`access_token`], [`provider_access_token`] |
//! | RFC 9207 | `iss` in authorization responses | [`authorization_response`], [`openid_provider`] |
//! | RFC 9728 | protected resource metadata | [`protected_resource`] |
//! | RFC 9449 | DPoP | [`dpop`], [`bearer_token`], [`access_token`] |
//! | OpenID Connect Core 1.0, Discovery 1.0 | Weir as relying party | [`openid_provider`], [`openid_token_request`], [`id_token`] |
//! | RFC 8414, 7591, 8707 | Weir as client of a third party for its users | [`grant_server`], [`own_registration`] |
//! | (Weir's own) | the identity token for origins | [`signed_identity`] |
//! | | groups, team and project from claims | [`membership`] |
//!
//! **In scope**: reading and writing these formats, and every rule that needs only the text, trusted keys and the time.
//!
//! **Out of scope**: fetching and caching key sets, claiming a `jti` once, rate limits, the choice of trusted issuers
//! and clients, the status codes of `/mcp`; the gateway and the registry have them.
//!
//! **Not supported**: token exchange at Weir's token endpoint, `authorization_details` (refused), introspection,
//! revocation of access tokens. Weir signs nobody in by itself: the identity provider does, and Weir's authorization
//! endpoint is its client.

pub mod access_token;
pub mod algorithm;
pub mod authorization_request;
pub mod authorization_response;
pub mod authorization_server;
pub mod bearer_token;
mod claims;
pub mod client_assertion;
pub mod client_authentication;
pub mod client_metadata;
pub mod dpop;
pub mod form;
pub mod grant;
pub mod grant_server;
pub mod id_jag;
pub mod id_token;
pub mod issued_token;
pub mod jwk;
pub mod jws;
pub mod membership;
pub mod openid_provider;
pub mod openid_token_request;
pub mod outbound_grant;
pub mod own_client;
pub mod own_client_assertion;
pub mod own_registration;
pub mod pkce;
pub mod principal_claims;
pub mod protected_resource;
pub mod provider_access_token;
pub mod redirect_uri;
pub mod refresh_token;
pub mod scope;
pub mod signed_identity;
pub mod subject_token;
#[cfg(test)]
mod testing;
pub mod token_request;
pub mod token_response;
pub mod web_url;
