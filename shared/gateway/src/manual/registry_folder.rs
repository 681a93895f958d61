//! The registry folder: the approved origins, virtual servers, roles and policies, as files in git.
//!
//! ```text
//! registry/gateway.toml                issuers, OAuth clients, roles, groups → roles, virtual server, team, project
//! registry/origins/NAME.toml           one approved origin: url, credential, tools, resources, prompts, prices, audit mode
//! registry/virtual-servers/NAME.toml   a view over origins, renamed and described as you like; calls per minute; public or not
//! registry/policies/*.cedar            conditions, down to argument values
//! registry/quarantine.toml             frozen users, agents, origins, tools, resources and prompts, now
//! registry/accepted.toml               accepted warnings, each with a reason
//! ```
//!
//! To start, copy `tests/demo/registry` into a repository of your own. In *gateway.toml* set `url` to the gateway's
//! address, remove `[development]` (it allows origins on loopback), set `access_token_seconds`, and name your issuer,
//! OAuth clients, groups and roles. An issuer whose assertions last longer than 300 s needs `assertion_seconds`, and
//! one whose assertions have no `scope` needs `default_scopes`. Then replace the files of `origins`, `virtual-servers`
//! and `policies`.
//! `weir registry check registry` names each fault that is left, and its fix. Every setting is in `docs/settings.md`,
//! and what a policy can say in [`super::policies`]. For `[sign_in]` see
//! [`super::sign_in`], for `credential` [`super::credentials`].
//!
//! A caller's first group in *gateway.toml* with a virtual server decides which one `/mcp` is, and likewise the first
//! with a team who pays. Origins need a public `https:` address: one on a private network or in a cluster is refused,
//! except in development. Put such an origin behind a TLS proxy with a public name that admits Weir's signed identity
//! only.
//!
//! ## Commands
//!
//! ```text
//! weir registry check registry                    # every fault at once, with file, line and the fix
//! weir registry diff main-checkout/registry registry
//! weir registry publish registry --key publisher.json --to workers --remote       # or --to spin
//! weir explain registry --group support --tool documents_delete --action call    # who may do what, and why
//! weir explain registry --group support --resource handbook://refunds --action read
//! weir cost report --url https://ledger.example.com --token-file read-token --month 2026-11 --by team
//! ```
//!
//! `diff` shows every member of every record that changes, with its whole value: texts for models, secret hashes and
//! policies, these line by line with three unchanged lines around each change. Hidden characters (control,
//! bidirectional, zero-width) are shown as escapes in all commands. Only regular files inside of the folder are read.
//!
//! `cargo install --path infra/weir` installs the command; `cargo weir …` runs the same from a clone. Publishing
//! compiles the folder, signs its records and writes them to the gateway's key-value store; a running gateway follows
//! within about a minute.
//!
//! ## Warnings
//!
//! `check` warns of valid settings that probably grant or hide too much: a `permit` for every caller, an entry without
//! a price, a destructive tool without `audit_arguments`, a review that is overdue, an unknown data class, a hidden
//! character, two groups, teams, projects, owners or regions that are written almost alike. A group, team or data class
//! in a policy that is close to a known one is an error, and so is a secret in a URL. `check --strict`, `compile` and
//! `publish` refuse a folder with warnings, unless *accepted.toml* has each with a reason:
//!
//! ```toml
//! [[warnings]]
//! file = "origins/everything.toml"
//! warning = "the tool `export` has no price: its calls are booked as unpriced"
//! reason = "free until the contract of January (FIN-12)"
//! ```
//!
//! The file has an owner of its own in a CODEOWNERS file, `diff` shows each new entry, and an entry without its warning
//! is a warning itself. Size and depth of policies are bounded: `shared/policy-compiler/src/bounds.rs`.
//!
//! ## Publication
//!
//! Records of a new epoch are written first, under keys that no gateway reads yet; `quarantine` and `head` follow. So
//! an interrupted publication leaves every gateway on the old epoch. (An *epoch* is one publication; the record `head`
//! names the current one.) `head` expires after `--valid-for`, by default 7 days, and `quarantine` after
//! `--quarantine-valid-for`, by default 2 days. **Publish again before, daily from CI, even if nothing has changed:
//! without it the gateway refuses every call.** To undo a publication, publish the older folder. A gateway refuses
//! record members that it does not know, so upgrade the gateway before the publisher.
//!
//! `publish` first compares its key with the gateway's `REGISTRY_KEYS`, where the configuration on this machine has
//! them, and then asks the gateway until it serves the new epoch. It says `published` only after that; see
//! [`super::operating`] for its exit codes.
//!
//! ## Quarantine
//!
//! ```toml
//! principals = ["https://idp.example.com|carol"]   # users, ISSUER|SUBJECT, as in their audit events
//! agents = ["claude-code"]                         # ids of OAuth clients, also of those that no file names
//! tools = [                                        # exposed names; likewise origins, resources, prompts
//!   { name = "documents_delete", reason = "incident 4711", until = 2026-12-01T18:00:00Z },
//! ]
//!
//! [[not_before]]                                   # ends what was issued earlier: tokens, sign-ins, ID-JAGs
//! user = "https://idp.example.com|carol"           # `user`, `agent` or both
//! instant = 2026-11-30T12:00:00Z
//! reason = "lost laptop"
//! ```
//!
//! `weir quarantine` edits the file, keeps its comments, and with `--to` publishes it alone, even while a policy file
//! has faults:
//!
//! ```text
//! weir quarantine add registry user 'https://idp.example.com|carol' --reason 'left the company' \
//!     --key publisher.json --to workers --remote --token-file health.token
//! weir quarantine add registry token 'https://idp.example.com|carol' --reason 'lost laptop' --key … --to …
//! weir quarantine add registry tool documents_delete --reason 'incident 4711' --until 4h --key … --to …
//! weir quarantine list registry
//! weir quarantine remove registry tool documents_delete --key … --to …
//! ```
//!
//! With `--token-file` (the secret `HEALTH_TOKEN`) the command ends when the gateway has the record, else it says that
//! this is not confirmed. A gateway reads the record again after 30 s, and the store may take as long to give it: a
//! freeze holds within about a minute, for streams that are under way as well. An entry with an end frees within half a
//! minute after it. Commit the file: a publication of a folder that lacks a live freeze, or lets it end earlier, is
//! refused without `--thaw`. The end of a sign-in also counts for the tokens that it gets until gateways know of it.
//!
//! ## Live records
//!
//! `weir explain --live` reads the published records instead of a folder, with the publisher's public keys
//! (`weir key public publisher.json > publisher.public.json`):
//! `weir explain --live --remote --keys publisher.public.json --group support`, on Spin with `--from spin`.
//! `weir explain --what-if GROUP` shows the effect of one group more or less.
//!
//! ## Tools
//!
//! A tool, resource or prompt that no file lists is hidden. A tool's exposed name is `ORIGIN_TOOL`, unless the virtual
//! server sets another; roles and policies use exposed names. A change of membership never renames a tool.
//!
//! `@message("…")` of a `forbid` is shown to refused callers: a model reads it and can correct its call.
//!
//! ```cedar
//! @id("small-refunds")
//! @message("a refund of up to 500 needs no approval; for more, open a ticket")
//! forbid (principal, action == Action::"call", resource == Tool::"orders_refund")
//! when { context.arguments.amount > 500 };
//! ```
//!
//! ## Requests for input
//!
//! `may_ask` in an origin's file names the requests for input that the origin may make: `elicitation_form` (fill in a
//! form), `elicitation_url` (open a page that the origin chooses), `sampling` (a prompt for the client's model),
//! `roots` (names of the client's folders). By default it may make none. `weir explain` shows it, and so does `diff`.
//!
//! ## Resources and prompts
//!
//! Resources keep their URIs and are approved by pattern: `handbook://*` is every URI that begins so and has one
//! spelling (no `..`, no `#` or `;`, no needless percent-encoding); `docs://index` is one URI. In policies they are
//! `Resource::"PATTERN"`, read with `context.arguments.uri`. A template such as `handbook://{page}` is approved by the
//! pattern of its URIs. Two virtual servers may have one pattern of two origins, as long as no role or policy names it;
//! `weir explain --resource URI` says why a URI or template isn't listed. Prompts are `Prompt::"NAME"`, got with
//! arguments like a tool's.
//!
//! ## Clients that sign
//!
//! A client with `jwks` in place of `secret_hashes` authenticates by `private_key_jwt`. One to four public keys, the
//! private halves stay with the client:
//!
//! ```toml
//! [[clients]]
//! id = "build-agent"
//! title = "Build agent"
//! jwks = '{"keys":[{"kty":"EC","crv":"P-256","kid":"2026-11","x":"…","y":"…"}]}'
//! ```
//!
//! To rotate, add the new key, publish, let the client sign with it, then remove the old one and publish again. `aud`
//! of a client assertion is `url` of *gateway.toml* as one string, `exp` at most ten minutes ahead, `jti` new each
//! time.
//!
//! ## Limits
//!
//! ```toml
//! [limits]                      # gateway.toml
//! access_token_seconds = 600    # 60 to 3,600
//! requests_per_minute = 300     # 30 to 100,000: of one user, or one address without a token, in one isolate
//! ```
//!
//! `requests_per_minute` counts everything besides permitted calls: lists, completions, pings, notifications, refused
//! calls. A list counts one more for each origin that it asks. Clients that open many sessions at legacy origins need
//! most: a client that opens at 17 such origins, and lists tools, resources, templates and prompts, counts for 90.
//! `calls_per_minute` in a virtual server's file counts calls, reads and gets of one user, once for all isolates.
//!
//! ## Public access
//!
//! `access = "public"` opens a virtual server to callers without a token. Then:
//!
//! - its tools must be approved `read_only`;
//! - its origins must not use a credential about the user, such as `signed_identity` ([`super::credentials`]);
//! - it needs `calls_per_minute`, which counts every message of an address, refused ones too;
//! - `team` says who pays.
