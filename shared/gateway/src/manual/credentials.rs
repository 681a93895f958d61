//! Credentials at origins: how Weir authenticates to the servers behind it. The client's own token never reaches one.
//!
//! | `type` | an origin gets | about | secret of the gateway |
//! |---|---|---|---|
//! | `none` | nothing | nobody | none |
//! | `header` | a fixed secret in a header | nobody | `ORIGIN_NAME_SECRET` |
//! | `signed_identity` | a JWT in `Weir-Identity`, bound to the request | the user | `SIGNED_IDENTITY_KEYS` |
//! | `client_credentials` | an access token of its authorization server | Weir | `ORIGIN_NAME_SECRET` |
//! | `token_exchange` | the same | the user | `ORIGIN_NAME_SECRET`, `SUBJECT_TOKEN_KEYS` |
//! | `id_jag` | the same, for an ID-JAG of the identity provider | the user | these two and `IDP_NAME_SECRET` |
//! | `vault` | an access token that the user has consented to, see [`super::grants`] | the user | `ORIGIN_NAME_SECRET`, if Weir's client has one |
//!
//! A secret's name is made of its origin's name alone (`crm-eu`: `ORIGIN_CRM_EU_SECRET`, `IDP_CRM_EU_SECRET`), so no
//! file of the registry can send it to another server.
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
//! | `form` | of `token_exchange`: also `on_behalf_of` | `token_exchange` |
//! | `resource`, `audience` | parameters of the request (RFC 8707; `audience` as Auth0 and others take it) | none |
//!
//! Without `scopes`, `resource` and `audience`, `weir registry check` warns: such a token may be good at other servers,
//! and the origin could use it there. Both addresses follow the rules of origins: `https:` and a public host, unless
//! `[development]` allows others.
//!
//! For `private_key_jwt`, `ORIGIN_NAME_SECRET` is a private JWK set whose first key signs: Ed25519, as `weir key new`
//! makes it, or P-256 (ES256). Give its public half (`weir key public`) to the authorization server.
//!
//! ## Tokens of users
//!
//! `token_exchange` asks for the user's own rights (RFC 8693): `subject_token` is a JWT of Weir's about the user,
//! signed for this request alone, with `subject_token_type` `urn:ietf:params:oauth:token-type:jwt`, and without an
//! actor token. What the client presented to Weir, an access token or an ID-JAG, is for Weir alone and is never sent
//! on.
//!
//! The authorization server has to trust Weir as an issuer of subject tokens: issuer `https://HOST`, keys at
//! `https://HOST/oauth/jwks`, `typ` `weir-subject+jwt`, `aud` its own `issuer`, 60 s. Claims: `sub` and `idp` (the
//! user, and the identity provider that vouches), `client_id` (the AI application), `groups`, `team`, `jti`. Let it
//! check `typ` and `aud`: the key set has Weir's access tokens, too.
//!
//! With `form = "on_behalf_of"` the same JWT is the `assertion` of a JWT bearer grant with
//! `requested_token_use=on_behalf_of`, which is the form of Microsoft Entra ID. **Entra itself accepts only access
//! tokens that it has issued for the calling application as assertion, and Weir keeps none of a user's: with Entra this
//! kind doesn't work yet.** It is for authorization servers that take this form and trust Weir.
//!
//! ## ID-JAG to an origin
//!
//! ```toml
//! [credential]
//! type = "id_jag"
//! issuer = "https://auth.example.com"                  # the origin's authorization server, and Weir's client there
//! token_endpoint = "https://auth.example.com/token"
//! client_id = "weir"
//! scopes = ["crm.read"]
//! resource = "https://crm.example.com/mcp"             # default: the origin's `url`
//!
//! [credential.identity_provider]                       # Weir's client there; its secret is IDP_NAME_SECRET
//! issuer = "https://idp.example.com"
//! token_endpoint = "https://idp.example.com/token"
//! client_id = "weir-at-idp"
//! ```
//!
//! Weir is the requesting client of enterprise-managed authorization, in both legs: token exchange at the identity
//! provider with `requested_token_type` `…:id-jag`, `audience` the origin's authorization server and `resource` the
//! origin; then the JWT bearer grant at that server. What the identity provider answers is passed on only if it is an
//! ID-JAG for that server and Weir's client there. Each ID-JAG is used once.
//!
//! The subject token is the JWT of the section before, so **the identity provider has to trust Weir as an issuer of
//! subject tokens. Providers that take only ID tokens or refresh tokens of their own, such as Okta, can't be used
//! yet**: Weir can't reuse the ID-JAG that a client presents, and the refresh token of a browser sign-in is under the
//! secret that only the client has, so no call can open it.
//!
//! ## Whose token it is
//!
//! A token is kept for one user, through one AI application, in the same groups and team. Lists of such an origin are
//! kept for each caller apart. A public virtual server can't have one.
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
//! refused too, the call fails with `origin_refused_credential`, and calls of the next ten seconds show the same token
//! again: an origin that refuses every token makes no call ask for one. After a change of a secret, deploy or restart,
//! as for every secret.
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
//! | `origin_user_refused` | `invalid_grant`, `access_denied` for a user | platform team: an account, or its rights |
//! | `origin_consent_needed` | `interaction_required`, `consent_required`, `login_required` and others | the user, in the application of that server |
//! | `origin_needs_user` | the caller is a service, and the token would be about a user | platform team: a credential that needs no user |
//! | `origin_refused_credential` | the origin refuses a new token, too | platform team |
//! | `secret_missing`, `keys_malformed` | the gateway's secret | platform team |
//!
//! A response that refuses counts for ten seconds, so that an authorization server doesn't lock out Weir's client.
//! Failures for the platform team are also in the log, with the origin's name.
