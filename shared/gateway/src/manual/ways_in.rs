//! Ways in: the tokens that `/mcp` accepts, and the rules by which their claims become groups, team and project.
//!
//! | way | who | needs | principal |
//! |---|---|---|---|
//! | ID-JAG, redeemed at `/oauth/token` | clients with enterprise-managed authorization | an `[[issuers]]` entry, `[[clients]]` | `User` |
//! | browser sign-in ([`super::sign_in`]) | clients that know only the URL | `[sign_in]` | `User` |
//! | access token of the identity provider | clients that sign in there by themselves | `modes = ["access_token"]`, `[[clients]]` | `User` |
//! | `client_credentials` at `/oauth/token` | bots, jobs | `[clients.service]` | `Service` |
//!
//! Pages for identity providers: [`super::okta`], [`super::entra_id`], [`super::keycloak`],
//! [`super::google_workspace`], [`super::other_providers`].
//!
//! ## Access tokens of the identity provider
//!
//! ```toml
//! [[issuers]]
//! name = "corporate"
//! issuer = "https://idp.example.com"
//! jwks_uri = "https://idp.example.com/keys"
//! algorithms = ["ES256"]
//! modes = ["id_jag", "access_token"]
//! audiences = { "api://weir" = "/mcp", "api://weir/support" = "/mcp/support" }
//! clients = { "0oa1B2c3D4" = "claude-code" }
//! ```
//!
//! A token is accepted if RFC 9068 §4 holds: `typ` is `at+jwt`, an algorithm and a key of the issuer, `iss`, `exp`,
//! `iat`, `sub`, `client_id` and `jti` are there. Beyond that:
//!
//! - `aud` is exactly one value: the resource that is called, `https://HOST/mcp` or `https://HOST/mcp/NAME`, or one of
//!   `audiences`, each of which stands for one path.
//! - `client_id` is the `id` of a `[[clients]]` entry, or is mapped to one by `clients`. Such an entry needs no
//!   credential. Its `scopes` bound those of the token; a token without `scope` has the issuer's `default_scopes`.
//! - `exp` is at most a day after `iat`. Weir can't ask the provider if a token was revoked: let it last minutes, and
//!   use the quarantine to end access at once. `[[not_before]]` counts by `iat`.
//! - `sub` is not `client_id`: a token that a client got for itself is about no user. Use a service instead.
//! - `cnf.jkt` binds the token to a key, which each request proves (DPoP). Another `cnf` is refused.
//!
//! A refused token's event and log have the reason:
//!
//! | reason | mend |
//! |---|---|
//! | `token_wrong_mode` | `access_token` is not among the issuer's `modes` |
//! | `token_wrong_audience` | `aud` has several values, or one that is neither the resource nor in `audiences` |
//! | `token_claim_missing` | a claim of RFC 9068 is missing, often `client_id` |
//! | `token_unknown_client` | `client_id` is no `[[clients]]` entry, not in `clients`, or a service |
//! | `token_wrong_tenant` | the token's tenant is not `tenant`, or the registry names none |
//!
//! Protected resource metadata names these issuers after Weir itself. Weir comes first, and is left out only if it can
//! issue nothing: deployed clients take the first entry.
//!
//! ## Services
//!
//! ```toml
//! [[clients]]
//! id = "nightly-report"
//! title = "Nightly report"
//! secret_hashes = ["sha256:…"]        # or `jwks`: `private_key_jwt`
//! scopes = ["tools:list", "tools:call"]
//!
//! [clients.service]
//! groups = ["reports"]
//! ```
//!
//! With a secret the client authenticates by HTTP Basic or in the form; with `jwks` it signs as *Clients that sign* in
//! [`super::registry_folder`] says, and sends `client_assertion` and `client_assertion_type` beside:
//!
//! ```text
//! POST /oauth/token
//! grant_type=client_credentials&resource=https%3A%2F%2FHOST%2Fmcp&scope=tools%3Alist
//! ```
//!
//! There is no refresh token. Policies name `Service::"nightly-report"`, or ask `principal is Service`; its groups give
//! it roles, as those of a user do. It is frozen as an agent, or as the user `https://HOST|nightly-report`. Events have
//! `user.type` `service`. Such a client redeems no ID-JAG and signs nobody in. It never has a user's identity: a call
//! to an origin whose credential is `token_exchange` or `id_jag` fails with `origin_needs_user`, one whose credential
//! is `vault` with `origin_grant_needed`, and a `signed_identity` says that the gateway itself vouches (`idp`).
//! `weir explain --service nightly-report` shows what it may do.
//!
//! ## From claims to groups, team and project
//!
//! | key of `[[issuers]]` | |
//! |---|---|
//! | `groups_claim` | a claim, or members of nested ones: `realm_access.roles`. A claim whose own name has dots is found first |
//! | `groups_separator` | ` `, `,`, `;` or `\|`, if one text holds several groups. Without it a text is one group |
//! | `group_names` | the issuer's groups, such as GUIDs or paths, and the names of `[[groups]]`. If it is there, no other group counts |
//! | `default_groups` | the groups of users who are in no group after these rules; without it they see nothing |
//! | `team_claim`, `project_claim` | claims of one text each; if the token lacks the claim, the groups decide |
//!
//! The rules are the same for ID-JAGs, access tokens and the ID tokens of a browser sign-in, which needs no entry in
//! `modes`. Names are taken as they
//! are: a path keeps its slashes, and a member of `/a/b` is no member of `/a`.
//!
//! A user in too many groups for the token is refused on each way in, with a reason that ends in
//! `groups_elsewhere`: the token only says where the groups are (`_claim_names`,
//! `hasgroups`).
//!
//! To see the mapping, paste the claims of a token, which are its middle part, decoded. Only the mapping is tried: the
//! issuer, the audience, the client and the times of the token are not looked at.
//!
//! ```text
//! weir explain registry/ --issuer corporate --claims '{"groups": ["9a7c…"], "department": "field"}'
//! ```
