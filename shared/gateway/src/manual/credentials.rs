//! Credentials at origins: how Weir authenticates to the servers behind it. The client's own token never reaches one.
//!
//! | `type` | an origin gets | about | secret of the gateway |
//! |---|---|---|---|
//! | `none` | nothing | nobody | none |
//! | `header` | a fixed secret in a header | nobody | `ORIGIN_NAME_SECRET` |
//! | `signed_identity` | a JWT in `Weir-Identity`, bound to the request | the user | `SIGNED_IDENTITY_KEYS` |
//! | `client_credentials` | an access token of its authorization server | Weir | `ORIGIN_NAME_SECRET` |
//!
//! A secret's name is made of its origin's name alone (`crm-eu`: `ORIGIN_CRM_EU_SECRET`), so no file of the registry
//! can send it to another server.
//!
//! ## Access tokens
//!
//! ```toml
//! [credential]                                         # origins/crm.toml, after its other keys
//! type = "client_credentials"
//! issuer = "https://auth.example.com"
//! token_endpoint = "https://auth.example.com/token"
//! client_id = "weir"
//! scopes = ["crm.read"]
//! ```
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `issuer` | identifier of the origin's authorization server (RFC 8414) | required |
//! | `token_endpoint` | its token endpoint; nothing is discovered | required |
//! | `foreign_token_endpoint` | it is on another web origin than `issuer`, and that is right | `false` |
//! | `client_id` | Weir's client there | required |
//! | `client_authentication` | `client_secret_basic`, `client_secret_post` or `private_key_jwt` | `client_secret_basic` |
//! | `assertion_audience` | `aud` of a `private_key_jwt`: `issuer` or `token_endpoint` (Microsoft Entra ID) | `issuer` |
//! | `scopes` | requested scopes | none |
//! | `resource`, `audience` | parameters of the request (RFC 8707; `audience` as Auth0 and others take it) | none |
//!
//! Without `scopes`, `resource` and `audience`, `weir registry check` warns: such a token may be good at other servers,
//! and the origin could use it there. Both addresses follow the rules of origins: `https:` and a public host, unless
//! `[development]` allows others.
//!
//! For `private_key_jwt`, `ORIGIN_NAME_SECRET` is a private JWK set whose first key signs: Ed25519, as `weir key new`
//! makes it, or P-256 (ES256). Give its public half (`weir key public`) to the authorization server.
//!
//! ## Life of a token
//!
//! An isolate keeps a token until 30 s before its end (`expires_in`), in memory and nowhere else. One that lasts less
//! than a minute is kept for half of its life, one whose response doesn't say for four and a half minutes, and none for
//! more than 24 h. A call that finds one asks nobody. A call that finds none gets one first, within its own timeout and
//! in 5 s at most. Calls that start at once in an isolate get one each, because none can wait for another's request;
//! the last is kept.
//!
//! If the origin answers 401 to a token that was kept, Weir gets a new one and sends the request once more. If that is
//! refused too, the call fails with `origin_refused_credential`. After a change of a secret, deploy or restart, as for
//! every secret.
//!
//! ## Failures
//!
//! A call without a token is not sent to its origin, and costs nothing. Its event has the reason and, in `detail`, the
//! kind of credential, the status and the error code, and nothing else of the response.
//!
//! | reason | cause | who can mend it |
//! |---|---|---|
//! | `origin_token_unavailable` | no answer in time, 5xx, 429 | try again later |
//! | `origin_token_unusable` | a redirect, HTML, too long, no `Bearer` token, a status without an error code | platform team |
//! | `origin_token_refused` | `invalid_client`, `invalid_scope`, `unsupported_grant_type` and others | platform team |
//! | `origin_refused_credential` | the origin refuses a new token, too | platform team |
//! | `secret_missing`, `keys_malformed` | the gateway's secret | platform team |
//!
//! A response that refuses counts for ten seconds, so that an authorization server doesn't lock out Weir's client.
//! Failures for the platform team are also in the log, with the origin's name.
