//! Browser sign-in: clients that know only the gateway's URL, people who sign in at the corporate identity provider.
//!
//! ```text
//! client ── 401 ──▶ metadata ──▶ browser: /oauth/authorize ──▶ identity provider ──▶ /oauth/callback ──▶ consent
//!        ◀── code at its redirect URI ── /oauth/token: access token, refresh token ── /mcp
//! ```
//!
//! Claude Code, VS Code, Codex, Cursor, opencode, the Inspector and the SDKs sign in this way by themselves. A person
//! who signs in has the same groups, roles, team and project as with an ID-JAG.
//!
//! ## Switch it on
//!
//! 1. At the identity provider, create a web application with the redirect URI `https://HOST/oauth/callback`, the
//!    authorization code flow, refresh tokens, and a claim with the user's groups in the **ID token**.
//! 2. In *gateway.toml*, beside its `[[issuers]]` entry:
//!
//!    ```toml
//!    [sign_in]
//!    issuer = "corporate"       # the entry's name
//!    client_id = "weir"         # of that application
//!    ```
//! 3. Set the gateway's secrets `SIGN_IN_CLIENT_SECRET` and `SEALING_KEYS` (on Spin, variables of these names in lower
//!    case), publish, and look at `/healthz`. On Spin, `weir registry publish --to spin` also writes the hosts that the
//!    gateway may call.
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `client_authentication` | `client_secret_basic`, `client_secret_post` or `none` | `client_secret_basic` |
//! | `scopes` | asked of the identity provider; `openid` among them | `openid`, `email`, `offline_access` |
//! | `authorization_endpoint`, `token_endpoint` | both or neither | discovered, on the issuer's own origin |
//! | `registration` | clients may register themselves (RFC 7591) | `false` |
//! | `client_hosts` | hosts of client-id metadata documents | `claude.ai`, `chatgpt.com`, `vscode.dev`, `opencode.ai` |
//! | `redirect_uris` | of private-use schemes, such as `cursor://…`, for any client | none |
//! | `idle_seconds`, `longest_seconds` | a sign-in ends without a refresh, and in any case | 8 h, 30 days |
//!
//! Google needs both endpoints and a query: see [`super::google_workspace`]. [`super::ways_in`] says how claims become
//! groups, team and project.
//!
//! ## Clients
//!
//! | kind | known by | shown at consent as |
//! |---|---|---|
//! | `[[clients]]` with `redirect_uris`; `public = true` without a secret, `jwks` if it signs | the registry | known |
//! | client-id metadata document; with `private_key_jwt`, its keys in `jwks`, or at a `jwks_uri` of the same host | the URL that is its id, from one of `client_hosts` | proven by that host |
//! | the same, pinned: a `[[clients]]` entry whose `id` is the URL | the registry; nothing is fetched | known |
//! | registered by itself | its id, which is its sealed metadata | not proven |
//!
//! A client of another host than those listed gets a page that names the key. A program without a document needs
//! `registration = true`. Policies name clients as `Agent::"https://claude.ai/oauth/claude-code-client-metadata"`; the
//! quarantine takes these ids too, and `registered.…` from an audit event.
//!
//! A document and its keys are kept for as long as its host says, five minutes to a day: publish a new key that long
//! before it signs.
//!
//! ## Tokens that are bound to a key
//!
//! A client that sends DPoP proofs (RFC 9449) gets tokens of the type `DPoP`, which are good with its key alone: access
//! tokens at `/mcp`, and the refresh tokens of that sign-in. A proof is signed with `ES256` or `EdDSA` and needs a
//! nonce of Weir's (`use_dpop_nonce`, `DPoP-Nonce`). `dpop_jkt` binds the code as well. With `require_dpop = true`, at
//! the top of *gateway.toml* or in an `[[issuers]]` entry, nobody gets or uses a token without a key; many clients
//! don't speak DPoP yet.
//!
//! ## How a sign-in ends
//!
//! - A user who is disabled at the identity provider is out at the next refresh, and no later than the lifetime of an
//!   access token (`access_token_seconds`). Groups are read anew at each refresh.
//! - The quarantine ends access at once, and leaves the sign-in as it is. `weir quarantine add … token USER` ends the
//!   sign-ins and tokens of a user or an agent until now, and they sign in again.
//! - A client ends its sign-in at `/oauth/revoke` (RFC 7009) with a refresh token; the access token that it has lives
//!   out its time, `access_token_seconds` at most. To end access at once, use the quarantine.
//! - A code or refresh token that is used where it must not be ends the whole sign-in.
//! - Removing a sealing key ends the sign-ins that it protects: keep the key before for `longest_seconds`.
//! - If the identity provider gives no refresh token, Weir gives none either, and the client signs in again.
//!
//! Grants that the user has given at third parties ([`super::grants`]) are no part of a sign-in, and outlast it.
//!
//! While the identity provider or the store is down, refreshes get 503 with `Retry-After`, and nothing ends.
