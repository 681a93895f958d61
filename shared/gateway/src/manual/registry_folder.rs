//! The registry folder: the approved origins, virtual servers, roles and policies, as files in git.
//!
//! ```text
//! registry/gateway.toml                issuers, OAuth clients, roles, groups → roles, virtual server, team, project
//! registry/origins/NAME.toml           one approved origin: url, credential, tools, resources, prompts, prices, audit mode
//! registry/virtual-servers/NAME.toml   a view over origins, renamed and described as you like; calls per minute; public or not
//! registry/policies/*.cedar            conditions, down to argument values
//! registry/quarantine.toml             frozen principals, agents, origins and tools, now
//! registry/accepted.toml               accepted warnings, each with a reason
//! ```
//!
//! `tests/demo/registry` is one to start from. The first lines of `registry/src/document/gateway.rs`,
//! `registry/src/document/origin.rs` and `registry/src/document/virtual_server.rs` show every setting.
//!
//! ## Commands
//!
//! ```text
//! weir registry check registry                    # every fault at once, with file, line and the fix
//! weir registry diff main-checkout/registry registry
//! weir registry publish registry --key publisher.json --to workers --remote       # or --to spin
//! weir explain registry --group support --tool documents_delete --action call    # who may do what, and why
//! weir explain registry --group support --resource handbook://refunds --action read
//! weir cost report --url https://ledger.example.com --token-file token --month 2026-11 --by team
//! ```
//!
//! `diff` shows every member of every record that changes, with its whole value: texts for models, secret hashes and
//! policies with their line breaks. Hidden characters (control, bidirectional, zero-width) are shown as escapes in all
//! commands. Only regular files inside of the folder are read.
//!
//! `cargo weir …` runs the same command from a clone. Publishing compiles the folder, signs its records and writes them
//! to the gateway's key-value store; a running gateway follows within about a minute.
//!
//! ## Warnings
//!
//! `check` warns of what is written correctly and probably grants or hides too much: a `permit` for every caller, an entry
//! without a price, a destructive tool without `audit_arguments`, a review that is overdue, an unknown data class, a
//! hidden character. A group, team or data class that is close to a known one is an error. `check --strict`, `compile` and
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
//! is a warning itself. Size and depth of policies are bounded: `policy/src/bounds.rs`.
//!
//! ## Publication
//!
//! Records of a new epoch are written first, under keys that no gateway reads yet; `quarantine` and `head` follow. So
//! an interrupted publication leaves every gateway on the old epoch. `head` and `quarantine` expire after
//! `--valid-for`, by default 7 days: publish again before, or the gateway refuses every call. To undo a publication,
//! publish the older folder. A gateway refuses record members that it does not know, so upgrade the gateway before the
//! publisher.
//!
//! *quarantine.toml* freezes users (`ISSUER|SUBJECT`), agents, origins, tools, resources and prompts.
//! `weir registry publish --quarantine-only` publishes it alone, even while a policy file has faults.
//!
//! `weir explain --live` reads the published records instead of a folder. `weir explain --what-if GROUP` shows the
//! effect of one group more or less.
//!
//! ## Tools
//!
//! A tool, resource or prompt that no file lists is hidden. A tool's exposed name is `ORIGIN_TOOL`, unless the virtual
//! server sets another; roles and policies use exposed names. A change of membership never renames a tool.
//!
//! ## Resources and prompts
//!
//! Resources keep their URIs and are approved by pattern: `handbook://*` is every URI that begins so and has one
//! spelling (no `..`, no `#` or `;`, no needless percent-encoding); `docs://index` is one URI. In policies they are
//! `Resource::"PATTERN"`, read with `context.arguments.uri`. Prompts are `Prompt::"NAME"`, got with arguments like a
//! tool's.
//!
//! ## Public access
//!
//! `access = "public"` opens a virtual server to callers without a token. Then:
//!
//! - its tools must be approved `read_only`;
//! - its origins must not use `signed_identity`;
//! - it needs `calls_per_minute`, which is counted by address;
//! - `team` says who pays.
