//! Contributing: the code, its tests, and the steps of the usual additions.
//!
//! ## Commands
//!
//! ```text
//! cargo xtask demo         # gets what is missing, builds, plays the main job with a real MCP client, then keeps
//! serving cargo xtask test         # every test there is; ends with `N passed, N failed, N skipped`; --target
//! memory|workers|spin cargo xtask conformance  # the official suite, clients of four SDKs, nine that sign in, agents;
//! --host workers|spin cargo xtask fuzz         # sends random bytes to what strangers can reach: each target for a
//! minute, or `--seconds N` cargo xtask bench        # direct origin, bare pass-throughs and Weir in one run: a table,
//! ratios, target/bench/ cargo xtask tidy         # format, lints, docs, files, packages; `--files` takes seconds cargo
//! xtask docs         # writes docs/ from this manual cargo xtask build        # the artefacts of both functions;
//! `build gateway --host spin` makes one cargo xtask size         # their sizes, raw and gzip; fails above the budget
//! cargo xtask ci           # tidy, test, size: all that the build server runs, the same as .ci/run
//! ```
//!
//! They need rustup and npm. `test` also needs a C++ compiler (as do `fuzz` and `tidy`), python3 with venv (as does
//! `conformance`) and a `redis-server`; missing ones are installed, as root on Debian. `--once` makes the demo exit
//! after the walk. `demo` and `bench` run on local workerd, on Spin with `--host spin`; `test` and `conformance` run on
//! both. Without a `spin` 4 on the PATH, and for the tests always, a test host made of wasmtime stands in for Spin. One
//! person of the demo signs in with a Chromium: the one that `CHROMIUM` names, one on the PATH, or Debian's; without
//! any, or with an empty `CHROMIUM`, that part is left out. `bench --memory` and `bench --registry-size` measure what
//! an isolate keeps and what a large registry costs.
//!
//! ## The code
//!
//! | folder | content |
//! |---|---|
//! | `shared/mcp` | the Model Context Protocol on the wire |
//! | `shared/oauth` | OAuth 2.1 at the edge: ID-JAG, access tokens, metadata |
//! | `shared/policy` | the decision: evaluator, request, form of policies in records |
//! | `shared/policy-compiler` | Cedar at publish: parsing, validation, translation, and the oracle of the evaluator |
//! | `shared/registry` | the folder as written, the snapshot as used, the records as signed |
//! | `shared/audit` | the event, redaction, cost |
//! | `shared/json` | a JSON scanner that keeps the bytes |
//! | `shared/ports` | what a host supplies: one trait per file, its contract, an implementation in memory |
//! | `shared/gateway` | the line (`shared/gateway/src/line`), endpoints, origins, sealed texts, memory of an isolate, this manual |
//! | `shared/ledger` | from queue to trail and books |
//! | `shared/host-workers`, `shared/host-spin` | the ports on each host, file by file the same; no other crate in `shared` knows a host |
//! | `functions` | one folder, one artefact: bind, call, nothing else |
//! | `infra/weir` | the `weir` command |
//! | `infra/spin` | SpinKube manifests |
//! | `infra/xtask`, `infra/bench` | `cargo xtask`: demo, test, bench, build, size, tidy, docs, ci |
//! | `tests` | the suite that every host passes, its harness, the demo |
//!
//! `shared/gateway/src/line.rs` is the order of the stages as code. A stage hands the next a proof that only its own
//! module can make, so *forwarded without being authorized* does not compile.
//!
//! ## The tests
//!
//! `cargo xtask test` runs all of these; `test --quick` fuzzes for a moment only.
//!
//! | tests | place |
//! |---|---|
//! | unit and property tests, natively; the shared crates on wasm32 too | each crate |
//! | the contract of every port, inside workerd and inside Spin | `tests/contracts-workers`, `tests/contracts-spin` |
//! | the stage suite: whole requests through the line, the same in memory, on workerd and on Spin | `tests/stages.rs` and the files beside it |
//! | the response of every endpoint to every caller and method: a table to review, and rules that hold in each cell | `tests/isolation` |
//! | behaviour that only Spin has: its ends, its outbox, Redis, several replicas | `tests/spin` |
//! | the official conformance suite on both sides of Weir, and official clients (TypeScript, Python, Rust) through it | `tests/conformance` |
//! | clients that get the URL alone: nine programs sign in through a scripted browser, and refresh | `tests/conformance/sign_in` |
//! | the pages for people in a real Chromium: by keyboard, light, dark, narrow, with axe | `tests/demo/browser.mjs` |
//! | fuzzing: parsers, sealed texts, the whole line | `tests/fuzz` |
//!
//! `tests/conformance/expected-failures.yml` lists the scenarios that may fail, each with a reason. If one of them
//! passes, the run fails.
//!
//! ## Where to find
//!
//! | step | file |
//! |---|---|
//! | an access token is verified | `shared/oauth/src/access_token.rs` (`verify`; the signature in `shared/oauth/src/jws.rs`), called by `shared/gateway/src/line/authenticate.rs` |
//! | an identity assertion (ID-JAG) is verified and redeemed | `shared/oauth/src/id_jag.rs`, called by `shared/gateway/src/endpoints/token.rs` |
//! | a tool's name is mapped | at publish `shared/registry/src/compile/virtual_server.rs`; from a call to its origin `shared/gateway/src/origin/call.rs`; back in lists `shared/gateway/src/line/filter/list_page.rs` |
//! | a call is permitted or refused | `shared/gateway/src/line/authorize.rs`, with the decision in `shared/policy/src/decision.rs` |
//! | an event is redacted | `shared/audit/src/redaction.rs` (`redact`), called by `shared/gateway/src/line/audit.rs` |
//! | a price is applied | `shared/audit/src/cost.rs` (`price_of`), called by `shared/gateway/src/line/audit.rs`; charged once by `shared/ledger/src/books.rs` |
//! | a status code is chosen | `shared/gateway/src/line/respond.rs`, and nowhere else |
//!
//! ## Add a host
//!
//! 1. Write a crate beside `shared/host-workers` with one file per port, named as in `shared/ports/src`. `PORTS` in
//!    `infra/xtask/src/tidy/layout.rs` lists the files that each host has; a missing one fails `tidy`.
//! 2. Say in `Background::OUTLIVES_RESPONSE` (`shared/ports/src/background.rs`) if background work outlives a response.
//! 3. Write the two functions, beside `functions/gateway-workers` and `functions/ledger-workers`: bind and call only.
//!    `infra/xtask/src/tidy/boundary.rs` refuses a function that knows a route or a policy, and needs the new crate's
//!    name among the hosts.
//! 4. Run the contracts (`shared/ports/src/contract.rs`, and those of the ledger's ports) inside the host, as
//!    `tests/contracts-spin` does.
//! 5. Give `infra/xtask/src/build.rs` a `Host`, and the harness a target: the steps are in `tests/harness/target.rs`.
//! 6. Write down in [`super::platforms`] what each port guarantees there and how its failure looks.
//!
//! ## Add an origin credential
//!
//! 1. Add a variant to `Credential` in `shared/registry/src/snapshot/credential.rs`. Its methods there name the
//!    secrets, the authorization servers, and whether it is about the user, so that no public virtual server may use
//!    it. The compiler then names each `match` below.
//! 2. Read it in `shared/registry/src/document/credential.rs`, and add its faults to
//!    `shared/registry/tests/faults.txt`.
//! 3. Make its header in `shared/gateway/src/origin/credential.rs`, or its grant in
//!    `shared/gateway/src/origin/credential/grant.rs`.
//! 4. Decide in `shared/gateway/src/origin/audience.rs` if the origin's lists are the same for all callers.
//! 5. Test it in `tests/forward.rs` or `tests/outbound.rs`, and that no event carries it:
//!    `audit::no_event_carries_a_credential`.
//! 6. Say in [`super::credentials`] what it is and how it fails.
//!
//! ## Add a guard
//!
//! 1. Write a file in a folder of the name of `shared/gateway/src/line/guard.rs`, and call it from `guard` there,
//!    before the limit: a refused call takes nothing from `calls_per_minute`.
//! 2. Give its refusal a variant of `Refusal` in `shared/gateway/src/error.rs`, and its code in
//!    `shared/gateway/src/line/respond.rs`; codes of Weir's own are in `shared/mcp/src/error_code.rs`.
//! 3. Put its bounds into `shared/gateway/src/limits.rs`. A setting of the registry belongs in
//!    `shared/registry/src/document/virtual_server.rs` or `shared/registry/src/document/origin.rs`, and in
//!    `shared/registry/src/snapshot.rs`.
//! 4. Test it in `tests/guard`, beside `tests/guard/rate.rs`, and add its row to [`super::threats`].
//!
//! ## Add an endpoint
//!
//! 1. Add a variant to `Endpoint` in `shared/gateway/src/endpoints.rs`: its path in `FIXED`, its methods in `allow`. A
//!    test there fails until `Endpoint::paths` lists it.
//! 2. Answer it in `shared/gateway/src/endpoints/documents.rs`, or in a file beside it. If a cancelled client must not
//!    stop it, start it as a background task in `shared/gateway/src/serve.rs`.
//! 3. On Spin the gateway has every path that `spin.toml` gives to no other component; on Cloudflare, every path.
//! 4. Write the isolation table anew and review each line:
//!    `UPDATE_GOLDEN=1 TARGET=memory cargo test --package weir-tests isolation`, which writes
//!    `tests/isolation/table.txt`.
//!
//! ## Add a ledger page
//!
//! 1. Write a file beside `shared/ledger/src/report.rs` that reads its parameters and its rows through a port.
//! 2. Add its path to `serve` in `shared/ledger/src/serve.rs`, after `authenticate` with the read token.
//! 3. If the path begins with none of `/audit/`, `/reports/` and `/ledger/`, add a route to `spin.toml`.
//! 4. Change tables by a new file in `shared/ledger/migrations` and its entry in `shared/ledger/src/migration.rs`; a
//!    migration that has been released never changes.
//! 5. Test it in `shared/ledger/src/serve/tests.rs`, and from end to end in `tests/books.rs`.
