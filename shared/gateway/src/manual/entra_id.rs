//! Entra ID: the claims and settings that Weir needs.
//!
//! Written from Microsoft's documents; nothing on this page was tried with a live tenant. What is marked (?) is to be
//! checked first.
//!
//! ```toml
//! [[issuers]]
//! name = "entra"
//! issuer = "https://login.microsoftonline.com/TENANT/v2.0"
//! jwks_uri = "https://login.microsoftonline.com/TENANT/discovery/v2.0/keys"
//! algorithms = ["RS256"]
//! tenant = "TENANT"                                     # compared with `tid`
//! groups_claim = "groups"
//! group_names = { "9a7c0c1e-…" = "support", "0b3f55d2-…" = "engineering" }
//!
//! [sign_in]
//! issuer = "entra"
//! client_id = "APPLICATION_ID"
//! ```
//!
//! - **Issuer.** Write your tenant's id, never `common` or `organizations`. A v1 token has another issuer,
//!   `https://sts.windows.net/TENANT/` with a slash. For access tokens the *resource's* manifest decides
//!   (`requestedAccessTokenVersion`: `null` or 1 is v1), not the endpoint. ID tokens of the v2 endpoint are v2.
//! - **Groups** are GUIDs: name them in `group_names`. In *Token configuration* add the groups claim with *groups
//!   assigned to the application*. A token has at most 200 groups, nested ones counted; beyond that it only says where
//!   they are (`_claim_names`, or `hasgroups`), and Weir refuses the user: to follow that link, Weir would need rights
//!   at Microsoft Graph for every user.
//! - **App roles** are the better groups: `groups_claim = "roles"`, with names of your choice and no such limit.
//! - **Browser sign-in.** A *web* platform with the redirect URI `https://HOST/oauth/callback`, a client secret, and
//!   the scope `offline_access`, which is asked by default.
//! - **Users.** Entra gives a user another `sub` in each application. In quarantine and policies write the `sub` that
//!   events show.
//! - **ID-JAG.** No support was found. **Access tokens** (`modes = ["access_token"]`): not expected to work. Entra
//!   writes `typ` `JWT` and names the client `azp` (v2) or `appid` (v1) (?); Weir takes tokens of RFC 9068 alone,
//!   because any other could be an ID token. Use the browser sign-in.
//! - **Keys** change without notice, several at once, and are shared by all tenants: only the issuer and `tenant` tell
//!   tenants apart.
