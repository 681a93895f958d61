//! OAuth 2.1 at the edge: ID-JAG, access tokens, metadata; keys and now are arguments.
//!
//! | document | section | file |
//! |---|---|---|
//! | RFC 6749 | §2.3.1 client password | [`client_authentication`] |
//! | | §3.2, §5.1, §5.2 token endpoint | [`token_request`], [`token_response`] |
//! | | §3.3 scope | [`scope`] |
//! | RFC 6750 | §2.1 bearer token, §3 challenge | [`bearer_token`] |
//! | RFC 7515 | §3.1 compact form, §4.1 header | [`jws`] |
//! | RFC 7517, 7518 §6, 8037 §2 | keys and key sets | [`jwk`] |
//! | RFC 7518 §3.1, 8037 §3.1, 9864 | algorithms | [`algorithm`] |
//! | RFC 7519 | §2, §4.1 claims | `claims` |
//! | RFC 7523 | §2.1, §3 the JWT bearer grant | [`token_request`], [`id_jag`] |
//! | draft-ietf-oauth-identity-assertion-authz-grant-04 | ID-JAG | [`id_jag`], [`grant`] |
//! | RFC 8414 | authorization server metadata | [`authorization_server`] |
//! | RFC 8707 | resource indicators | [`token_request`], [`grant`] |
//! | RFC 8725 | §3 best practices for JWTs | [`jws`] |
//! | RFC 9068 | JWT access tokens | [`access_token`] |
//! | RFC 9728 | protected resource metadata | [`protected_resource`] |
//! | (Weir's own) | the identity token for origins | [`signed_identity`] |
//!
//! **In scope**: reading and writing these formats, and every rule that needs only the text, trusted keys and the time.
//!
//! **Out of scope**: fetching and caching key sets, claiming a `jti` once, rate limits, the choice of trusted issuers
//! and clients, the status codes of `/mcp`; the gateway and the registry have them.
//!
//! **Not supported**: `private_key_jwt`, DPoP (an assertion with `cnf` is refused), token exchange,
//! `authorization_details` (refused), `aud_tenant`, introspection, revocation. An authorization endpoint and refresh
//! tokens are not planned: the identity provider has them.

pub mod access_token;
pub mod algorithm;
pub mod authorization_server;
pub mod bearer_token;
mod claims;
pub mod client_authentication;
mod form;
pub mod grant;
pub mod id_jag;
pub mod jwk;
pub mod jws;
pub mod protected_resource;
pub mod scope;
pub mod signed_identity;
#[cfg(test)]
mod testing;
pub mod token_request;
pub mod token_response;
