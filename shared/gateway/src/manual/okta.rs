//! Okta: the claims and settings that Weir needs.
//!
//! Written from Okta's documents; nothing on this page was tried with a live org. What is marked (?) is to be checked
//! first.
//!
//! ```toml
//! [[issuers]]
//! name = "okta"
//! issuer = "https://ORG.okta.com"                       # a custom server: https://ORG.okta.com/oauth2/ID; no slash
//! jwks_uri = "https://ORG.okta.com/oauth2/v1/keys"      # custom: https://ORG.okta.com/oauth2/ID/v1/keys (?)
//! algorithms = ["RS256"]
//! groups_claim = "groups"
//!
//! [limits]
//! access_token_seconds = 3600                           # see *ID-JAG*
//! ```
//!
//! - **Issuer.** A custom authorization server can have a *dynamic* issuer, which is the host of the request. Choose a
//!   fixed one: Weir compares `iss` byte for byte.
//! - **Groups.** Add a claim `groups` to the ID token, by a filter such as *starts with* or by a list, in the
//!   application (org server) or in the authorization server (custom). The org server also wants the scope `groups`
//!   (?): then `scopes = ["openid", "email", "groups", "offline_access"]` in `[sign_in]`. Send the groups that Weir
//!   knows, not all.
//! - **Browser sign-in.** A *web application* with the redirect URI `https://HOST/oauth/callback`, the grants
//!   *authorization code* and *refresh token*. Rotating refresh tokens are fine: one refresh at a time reaches Okta.
//! - **ID-JAG** (*Cross App Access*). Register `https://HOST` as the resource application's issuer, and each client's
//!   id of `[[clients]]` as its id there. Under the SSO licence Okta issues 250 ID-JAGs per user, application and
//!   month: with tokens of ten minutes that is a week, with tokens of an hour a month.
//! - **Access tokens** (`modes = ["access_token"]`). Not expected to work: Okta names the client `cid`, not
//!   `client_id`, and writes no `typ` of RFC 9068 (?). Use ID-JAG or the browser sign-in.
//! - **Keys** change by themselves. Nothing is to be done.
