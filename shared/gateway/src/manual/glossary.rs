//! Glossary: the words of this manual, of the command and of the registry folder.
//!
//! | word | meaning |
//! |---|---|
//! | access token | the credential of a client at `/mcp`: a JWT for one protected resource, of Weir's (up to an hour) or of an identity provider (`modes = ["access_token"]`) |
//! | agent | the AI application, by its OAuth client id |
//! | approval | the entry of a tool, resource or prompt in its origin's file; without one it is hidden |
//! | audit event | one record per request, for every outcome |
//! | books | every charge, derived from the trail; reports read them |
//! | caller | the sender of a request: a user through an agent, a service, or anybody without a token at a public virtual server |
//! | circuit | the note of an isolate that an origin keeps failing; while it is open, the origin gets no requests |
//! | client | the MCP client, such as an IDE |
//! | decision | permit or refusal, with the policies that decided |
//! | epoch | one publication, by its time in Unix milliseconds; `head` names the current one |
//! | era | *modern* is MCP 2026-07-28, *legacy* is 2025-11-25 and before |
//! | exposed name | the name under which clients, roles and policies know a tool or prompt; `ORIGIN_TOOL` unless set |
//! | fault | an error or warning of `weir registry check`; also the health of a gateway that serves no call |
//! | freeze | an entry of the quarantine |
//! | grant | a user's consent at a third party, with the tokens that follow from it ([`super::grants`]) |
//! | head | the record that names the current epoch; it expires |
//! | hidden | exists, and this caller may not see it: answered as unknown |
//! | ID-JAG | Identity Assertion JWT Authorization Grant: a short-lived token of the identity provider, redeemed once for an access token |
//! | isolate | one running copy of the gateway; on Spin an instance |
//! | issuer | an identity provider that the registry trusts, by the `iss` of its tokens |
//! | ledger | the second function: it stores the trail and the books and answers reports |
//! | origin | an MCP server behind Weir |
//! | outbox | the place of events that the queue refused; the ledger empties it |
//! | policy | a rule in Cedar: of a file in `policies/`, or made of a role |
//! | principal | the verified user with agent, groups, team and tenant, or the verified service |
//! | project, team | the two names that a call's cost is charged to |
//! | publisher | the signer of the registry's records; no gateway has its private key |
//! | quarantine | the list of frozen users, agents, origins, tools, resources and prompts; a record of its own |
//! | reason | a stable code of a refusal or failure, such as `unknown_tool`; the same in answers, events and logs |
//! | record | one signed value in the store, such as `EPOCH/gateway` |
//! | registry | what is approved: a folder in git, and the records made of it |
//! | role | a grant of tools, resources, prompts, origins or virtual servers, in *gateway.toml*; a group has roles |
//! | scope | a permitted use of an access token: `tools:list`, `tools:call`, `resources:read`, `prompts:get` |
//! | sealed | encrypted and authenticated for the gateway alone: cursors, sessions, ids that clients keep |
//! | sequence | the number by which an older `head` or `quarantine` is refused |
//! | service | a client that acts for itself and for no user, as `Service::"ID"` in policies ([`super::ways_in`]) |
//! | signed identity | a JWT of Weir's about caller and request, for an origin ([`super::origin_owners`]) |
//! | store | the key-value store with the records: Workers KV, or Spin's store `default` |
//! | third party | the authorization server of an origin where each user has an account of their own |
//! | trail | every audit event, in append-only batches |
//! | two-phase | an audit mode: no request to the origin before its event is accepted |
//! | unpriced | a call without a price in the registry; it is never counted as free |
//! | vault | the kind of credential that uses each user's own grant (`type = "vault"`) |
//! | virtual server | a view over tools, resources and prompts of several origins, at an address of its own |
