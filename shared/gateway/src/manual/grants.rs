//! Grants of users: origins where each user has an account of their own at a third party (`type = "vault"`).
//!
//! ```text
//! tools/call ── no grant yet ──▶ link ──▶ browser: corporate sign-in ──▶ consent at the third party ──▶ grant
//! tools/call ── with the user's own access token ──▶ origin
//! ```
//!
//! The *third party* is the origin's authorization server, which has accounts of its own. Its token never reaches the
//! client, and the client's token never reaches the third party.
//!
//! ## Switch it on
//!
//! ```toml
//! [credential]                                         # origins/tickets.toml, after its other keys
//! type = "vault"
//! issuer = "https://auth.example.com"
//! scopes = ["tickets.read"]
//! ```
//!
//! | key | meaning | default |
//! |---|---|---|
//! | `issuer` | identifier of the origin's authorization server; users are sent to no other | required |
//! | `scopes` | scopes that users are asked for | none |
//! | `resource` | RFC 8707, in the authorization request and every token request | the origin's `url` |
//! | `omit_resource` | the server refuses requests with `resource` | `false` |
//! | `client_id` | Weir's client there, with the redirect URI `https://HOST/oauth/grants/callback/NAME` | see below |
//! | `client_authentication` | with `client_id`: `client_secret_basic`, `client_secret_post` (secret `ORIGIN_NAME_SECRET`), `none` | `client_secret_basic` |
//! | `authorization_endpoint`, `token_endpoint` | both or neither; with both, `client_id` is required | discovered |
//!
//! It needs `[sign_in]` ([`super::sign_in`]) and `SEALING_KEYS`: a person signs in before Weir keeps a grant for them.
//! Only users of the identity provider of `[sign_in]` can have grants; the calls of others fail, with a text that sends
//! them to their platform team.
//!
//! Weir discovers the endpoints in the order of MCP clients. For `https://auth.example.com/a` it asks for
//! `/.well-known/oauth-authorization-server/a`, `/.well-known/openid-configuration/a` and
//! `/a/.well-known/openid-configuration`. Every endpoint must be on the web origin of `issuer`, and the metadata must
//! name `S256`. For a server with endpoints elsewhere, such as Google, write them into the registry.
//!
//! Two servers that need more than `issuer`:
//!
//! | server | keys |
//! |---|---|
//! | Google | `client_id`, `authorization_endpoint = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"`, `token_endpoint = "https://oauth2.googleapis.com/token"` |
//! | Microsoft Entra ID, whose metadata names no `S256` | `client_id`, both endpoints, `omit_resource = true`, `offline_access` among `scopes` |
//!
//! Neither was tried against the real server.
//!
//! Without `client_id` Weir is a public client: by its client-id metadata document `https://HOST/oauth/client/NAME` if
//! the server reads such documents, else by one registration (RFC 7591), which is kept for the origin and the issuer. A
//! server that takes neither needs a `client_id`. `NAME` is the origin's: each has a redirect URI of its own, so that
//! the answer of one server can't be taken for another's.
//!
//! ## The client's view
//!
//! | client | a call without a grant |
//! |---|---|
//! | 2026-07-28 that declares `elicitation.url`; `tools/call`, `prompts/get`, `resources/read` | `input_required` with an elicitation in URL mode |
//! | 2025-11-25 that declares it, in its session | error -32042 with the elicitation |
//! | any other | a result with `isError`, or an error, with the link in its text |
//!
//! The event's reason is `origin_grant_needed`. Weir sends no `notifications/elicitation/complete`; a client repeats
//! the call. Until there is a grant, `tools/list` has the approved tools by name, with a description that says that the
//! account is not connected. The origin's resources and prompts are missing from lists.
//!
//! A link is for one user and one origin, works once, and expires after 15 minutes. It signs nobody in: the person who
//! opens it signs in at the corporate identity provider, and anybody but the link's user is refused. The consent must
//! end in the same browser within ten minutes.
//!
//! ## Life of a grant
//!
//! The record of a user and origin is in the `VersionedStore`, its tokens encrypted under a key that is derived from
//! a sealing key, the user and the origin. A grant serves its user through every AI application. It ends
//!
//! - when the user revokes it at `https://HOST/me`;
//! - when the third party answers a refresh with `invalid_grant`;
//! - 180 days after its last refresh;
//! - when the origin's URL or credential in the registry changes: the user has consented to something else;
//! - when the sealing key that encrypts its tokens is removed. Each refresh encrypts them under the first key, so after
//!   a rotation keep the old key for as long as unused grants should last;
//! - with `weir quarantine add … token USER`, for grants from before that instant.
//!
//! The next call then asks the user again. An isolate keeps an access token for five minutes at most; a call that
//! finds it reads no store. So a revoked grant may be used for five more minutes, unless the third party ends its
//! tokens. A token is renewed one minute before it expires, by one request for all isolates, which goes on if the
//! client disconnects. A token without `expires_in` is used until it is refused. If the origin answers 401, Weir
//! renews the token once and sends the request once more; if that is refused, too, it asks the user again.
//!
//! While the store is down, calls that find no token in memory fail with -31503, and nothing ends. While the third
//! party is down, calls fail with `origin_token_unavailable` once the access token has expired, and the grant stays.
//!
//! ## `/me`
//!
//! The page lists the grants of the person who is signed in, with scopes and times, and revokes each one: here first,
//! then at the third party if it has a revocation endpoint (RFC 7009). It says if that failed.
//!
//! | event | `method` |
//! |---|---|
//! | the person came back from the identity provider | `oauth/callback` |
//! | a grant was given, or refused (`grant_refused`, `grant_wrong_issuer`, …) | `oauth/grants/callback` |
//! | the page was shown, a grant was revoked | `me`, `me/revoke` |
//!
//! Their `agent` is the gateway's own address, and their `origin` is the grant's.
