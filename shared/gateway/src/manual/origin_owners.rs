//! For owners of origins: the approval of an MCP server, the requests that reach it, and failures as users see them.
//!
//! An *origin* is an MCP server behind Weir. This page is for the team that runs one.
//!
//! ## To be approved
//!
//! Tell the platform team:
//!
//! | what | example | where it goes |
//! |---|---|---|
//! | the address of the MCP endpoint, Streamable HTTP | `https://crm.example.com/mcp` | `url` |
//! | the tools, resources and prompts to approve, each with its arguments and their types | `search(query, limit)` | `[tools.search]` |
//! | for each tool: does it only read, does it destroy, may it be repeated | `read_only = true` | the same |
//! | the arguments that tell what a destructive call did, and hold no personal data | `id` | `audit_arguments` |
//! | the classes of data that it returns, and the risk of a call | `customer`, `high` | `data_classes`, `risk` |
//! | the longest time of a call | 30 s | `timeout_ms`, 5 minutes at most |
//! | what it may ask of a person or a model while a call runs | a form | `may_ask`; nothing by default |
//! | the price of a call, also if it is 0 | 0.002 USD | `[[prices]]` |
//! | how Weir authenticates | a token in `Authorization` | `credential`, see [`super::credentials`] |
//! | the responsible team, and the date of the next review | `knowledge`, 2027-11-01 | `owner`, `review` |
//!
//! They write the origin's file and review it as code; `weir registry check` and `weir registry diff` print what the
//! file grants. A secret goes to the platform team by your usual way for secrets, never into the file and never into
//! the URL: `check` refuses a URL with one. A tool that no file lists is hidden, so tell the platform team of a new
//! one before you tell your users.
//!
//! The address must be public and `https:`. An origin on a private network needs a TLS proxy with a public name that
//! lets only requests with Weir's signed identity in.
//!
//! ## What reaches you
//!
//! One `POST` per request, or a `GET` for the server-initiated stream of a legacy session. Headers are an allow-list:
//!
//! | header | value |
//! |---|---|
//! | `Content-Type`, `Accept` | as MCP says |
//! | `User-Agent` | `weir/VERSION`, unless your file says otherwise |
//! | `traceparent` | Weir's span in the caller's trace (W3C Trace Context) |
//! | `MCP-Protocol-Version`, `Mcp-Method`, `Mcp-Name` | of MCP 2026-07-28 |
//! | `Mcp-Param-*` | arguments that your schema asks to mirror |
//! | `Mcp-Session-Id` | the one that you gave, in the legacy eras |
//! | `Authorization`, or the header of your `credential` | Weir's secret, or an access token of your authorization server |
//! | `Weir-Identity` | with `signed_identity` |
//!
//! The client's own token, its address and its cookies never arrive. Arguments pass byte for byte. `clientInfo` says
//! `weir` in requests that Weir makes for itself, such as lists, and to legacy origins.
//!
//! ## Signed identity
//!
//! With `credential = { type = "signed_identity" }` each request has a JWT in `Weir-Identity` that names the caller and
//! is valid for this body alone. Refuse every request without a valid one, so that no client can bypass the gateway.
//!
//! ```text
//! header  {"alg":"EdDSA","kid":"…","typ":"weir-identity+jwt"}
//! claims  iss             https://HOST, the gateway
//!         aud             your `url` as in the registry
//!         sub, idp        the user, and the identity provider that vouches; unique together
//!         client_id       the AI application
//!         groups, team    as the registry has them; `team` may be absent
//!         iat, exp, jti   60 s
//!         request_sha256  SHA-256 of the body as you receive it, in hexadecimal
//! ```
//!
//! ```python
//! import hashlib, jwt                                   # PyJWT with `cryptography`
//!
//! KEYS = jwt.PyJWKClient("https://HOST/oauth/jwks", lifespan=300)
//!
//! def caller(token, body, url):
//!     """The claims about the caller; an exception for a request that did not come through Weir."""
//!     if jwt.get_unverified_header(token).get("typ") != "weir-identity+jwt":
//!         raise ValueError("another kind of token")
//!     key = KEYS.get_signing_key_from_jwt(token).key
//!     claims = jwt.decode(token, key, algorithms=["EdDSA"], audience=url, issuer="https://HOST", leeway=30,
//!                         options={"require": ["exp", "iat", "jti", "sub"]})
//!     if claims["request_sha256"] != hashlib.sha256(body).hexdigest():
//!         raise ValueError("another request")
//!     return claims
//! ```
//!
//! These lines were run against a good token and against another body, audience, issuer, type, algorithm and an expired
//! one, not in an origin. Check `typ`: the key set has other keys of Weir, too. For calls that must not be repeated,
//! remember `jti` until `exp`. If the gateway trusts two identity providers, `sub` is unique only together with `idp`.
//!
//! ## When something fails
//!
//! | at your side | a caller reads | Weir does |
//! |---|---|---|
//! | the connection is refused or breaks, or no response in time | the call failed, with a code such as `origin_unreachable` or `origin_too_slow` | sends requests that only read once more, others never |
//! | five such failures in a row that no single caller can cause | `origin_circuit_open`, at once | leaves you alone for ten seconds in that isolate, then one request tries |
//! | 401 or 403 | `origin_refused_credential` | gets a new access token once, if it has one; see [`super::credentials`] |
//! | a response that is not MCP | the call failed | writes the reason into the event, never the response |
//! | a list fails or gets no response | a list without your tools | waits for ten seconds at most, and asks again for the next list |
//!
//! Your users see your tools vanish from lists while you are down; the tools of other origins stay. To stop calls on
//! purpose, ask security for a freeze of the origin or of one tool (`weir quarantine add registry origin NAME`): it
//! holds within about a minute. Each call has one event, with your origin's name and its time, in the ledger.
//!
//! ## Changes
//!
//! | change | tell the platform team first |
//! |---|---|
//! | a new tool, another name, another type of an argument | yes: what is not approved is hidden or refused |
//! | another description or schema of an approved tool | yes, if a model may act on it: Weir passes your texts on unless the virtual server has its own |
//! | another address or secret | yes; keep both until they have published and deployed |
//! | a change of the gateway's signing keys | no: read `/oauth/jwks` again for an unknown `kid`, as the lines above do |
