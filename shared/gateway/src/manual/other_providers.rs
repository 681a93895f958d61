//! Other providers: Auth0, Ping, authentik and Cloudflare Access in short.
//!
//! Written from the vendors' documents; nothing on this page was tried live. What is marked (?) is to be checked first.
//! For any OpenID provider: `--claims` of `weir explain` shows how the claims of a token are mapped.
//!
//! | | Auth0 | Ping | authentik | Cloudflare Access |
//! |---|---|---|---|---|
//! | `issuer` | `https://TENANT.REGION.auth0.com/`, **with** slash | PingOne `https://auth.pingone.REGION/ENV/as`, PingFederate its base URL (?) | `https://HOST/application/o/SLUG/`, with slash (?) | `https://TEAM.cloudflareaccess.com/cdn-cgi/access/sso/oidc/CLIENT_ID` (?) |
//! | groups | an Action adds a claim with a namespace: `groups_claim = "https://acme.example.com/groups"` | under any name, by attribute mapping (?) | `groups`, with the scope `profile` | `groups`, with the scope `groups` (?) |
//! | refresh token | `offline_access`, and *Allow Offline Access* of the API | as configured | `offline_access` | switched on for the application |
//! | ID-JAG | as an issuer none found | PingFederate 13.1, over an *OAuth Token Exchange* connection | none found | none found |
//! | access tokens (`modes = ["access_token"]`) | with `audience` and the API's profile RFC 9068 (?); ask for no `openid`, which adds a second `aud` | with the RFC 9068 header type (?) | not expected: no `at+jwt` (?) | not expected |
//!
//! - **Auth0**: an access token is opaque without `audience`. *Overlap period* of refresh tokens may stay 0: one
//!   refresh at a time reaches the provider. The default lifetime of an access token is a day; let it be shorter.
//! - **PingFederate** gives an ID-JAG for a refresh token; for an ID token it needs the *JWT Token Processor*.
//! - **authentik**: `scopes = ["openid", "email", "profile", "offline_access"]` in `[sign_in]`.
//! - **Cloudflare Access**: a SaaS application of the type OIDC. Its keys change about every six weeks (?).
