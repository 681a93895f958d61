//! Keycloak: the claims and settings that Weir needs.
//!
//! Written from Keycloak's documents (26.8); nothing on this page was tried with a live realm. What is marked (?) is to
//! be checked first.
//!
//! ```toml
//! [[issuers]]
//! name = "keycloak"
//! issuer = "https://KEYCLOAK/realms/REALM"              # no slash
//! jwks_uri = "https://KEYCLOAK/realms/REALM/protocol/openid-connect/certs"
//! algorithms = ["RS256"]
//! groups_claim = "groups"                               # or "realm_access.roles"
//! group_names = { "/support" = "support", "/eu/engineering" = "engineering" }
//! modes = []                                            # or ["access_token"], see below; [sign_in] needs none
//!
//! [sign_in]
//! issuer = "keycloak"
//! client_id = "weir"
//! scopes = ["openid", "email"]                          # default: `offline_access`, too
//! ```
//!
//! `HOST` is the gateway's, `KEYCLOAK` the identity provider's.
//!
//! - **Groups.** Add a mapper *Group Membership* with the claim name `groups` to the client or to a client scope, for
//!   ID token and access token. With *full group path*, the default, names are paths such as `/eu/engineering`: map
//!   them, or write them so in `[[groups]]`. Without it `/eu/admins` and `/customers/admins` are one name. A member of
//!   `/eu/engineering` is not asserted as a member of `/eu`.
//! - **Roles** as groups: `groups_claim = "realm_access.roles"`. The ID token has them only if the mapper adds them.
//! - **Browser sign-in.** A confidential client with the redirect URI `https://HOST/oauth/callback`, written out
//!   without `*`. Refresh tokens end with the SSO session (idle 30 minutes, at most 10 hours by default); with the
//!   scope `offline_access` after 30 idle days. *Revoke refresh token* may be on.
//! - **Access tokens** (`modes = ["access_token"]`). In the client's advanced settings let the access token's header
//!   type be `at+jwt` (?). An *Audience* mapper adds `https://HOST/mcp`; the token must have no other `aud`, such as
//!   `account`, which the client scope `roles` adds: remove it, or switch *full scope allowed* off (?). A *Hardcoded
//!   claim* mapper adds `client_id`, which user tokens lack (?). They last five minutes by default. The token of a
//!   service account (`service-account-…`) is refused: it is about no user.
//! - **ID-JAG.** Experimental, and written to an early draft: not expected to work.
//! - **Keys** change by hand. Keep the old one *passive* for as long as its tokens last.
