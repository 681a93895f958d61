//! Operating: health, renewal, a CI job, staging, upgrade, rollback, backup, a restore drill, residency.
//!
//! `weir …` is the command that `cargo install --path infra/weir` installs from a clone. `wrangler …` stands for
//! `npx --yes wrangler …`; it needs Node 22 or newer.
//!
//! ## Health
//!
//! | `GET /healthz` | HTTP | meaning |
//! |---|---|---|
//! | `ok` | 200 | nothing is missing |
//! | `degraded` | 200 | calls are served, but not all of them, or not for long |
//! | `fault` | 503 | no call is served |
//!
//! Anybody also gets the version, the epoch and reason codes, such as `secret_missing`. Only a request with the secret
//! `HEALTH_TOKEN` gets names: the secrets that the published registry needs and the deployment lacks, the records that
//! were refused, and for `head` and `quarantine` the sequence, the key and the end of validity. No value of a secret is
//! in any answer. The log has the same names, each once in ten minutes and isolate:
//!
//! ```text
//! {"level":"error","reason":"secret_missing","what":"ORIGIN_CRM_EU_SECRET"}
//! {"level":"error","reason":"record_unsigned","what":"head","key":"publisher-2026-12"}
//! {"level":"warning","reason":"record_expires_soon","what":"quarantine","until":1795600000}
//! ```
//!
//! `GET /mcp` in a browser shows the status as a word, to anybody.
//!
//! `weir status` shows all of it together with the records themselves:
//!
//! ```text
//! weir status --live --remote --keys public.json --token-file health.token
//! weir status --live --from spin --keys public.json --token-file health.token --url http://127.0.0.1:3000
//! ```
//!
//! ## Exit codes
//!
//! | code | of | meaning |
//! |---|---|---|
//! | 0 | every command | done. `publish`: published, and served unless it says `not confirmed`; `status`: everything is well |
//! | 1 | `registry …`, `explain` | the folder has faults; for `check --strict`, `compile` and `publish` also warnings that *accepted.toml* lacks |
//! | | `publish`, `quarantine` | the store can't be written, or a freeze would be lifted; `quarantine remove` names nothing that is frozen |
//! | | `status` | no call is served, or the gateway can't be reached |
//! | | `explain --live` | gateways refuse the records |
//! | | `cost report`, `ledger drain` | the ledger can't be reached, refused or failed |
//! | 2 | every command | it can't be run as typed, or a file can't be read or written |
//! | 3 | `explain` | asked about one thing and one action: not permitted |
//! | 4 | `publish`, `quarantine --to` | the gateway does not trust the key; nothing was written |
//! | 5 | `publish`, `quarantine --to` | the records are in the store, and the gateway does not serve them in time |
//! | 6 | `status` | calls are served, but something is missing, or a record has passed half of its validity |
//! | 7 | `status`, `explain --live`, `publish`, `quarantine --to` | the store can't be read, or stays locked: the state is not known, and nothing was written |
//!
//! For a monitor, 1 from `weir status` is an outage, and 7 a fault of the monitor's own login or network.
//! `weir COMMAND --help` lists the codes of each command.
//!
//! The answer of a command is on standard output: the faults of `check`, the changes of `diff`, the findings of
//! `status`. Progress, warnings and the reason of a failure are on standard error. `--format json` prints one object
//! whose first member is `version`; within one version, members are only added. That of `cost report` is the ledger's
//! own and has none.
//!
//! `--no-wait` ends a publication without asking the gateway; `--dry-run` writes nothing and says what would be
//! written. A first publication to Spin is not asked about, because no gateway runs yet.
//!
//! For programs, `--format json` ends a publication with one document:
//!
//! ```text
//! weir registry publish registry --to workers --remote --format json | jq '{outcome, epoch, key, warnings, waited}'
//! ```
//!
//! ## Renewal
//!
//! `head` is valid for 7 days and `quarantine` for 2 (`--valid-for`, `--quarantine-valid-for`). After that the gateway
//! refuses every call, metadata and token endpoint included. From half of the validity on, health, the log and
//! `weir status` warn. So publish every eight hours, from CI, and let a monitor outside look at `/healthz`, because a
//! schedule that stops says nothing:
//!
//! ```text
//! on: { push: { branches: [main] }, schedule: [{ cron: "17 */8 * * *" }], workflow_dispatch: {} }
//! jobs:
//!   publish:
//!     runs-on: ubuntu-latest
//!     concurrency: publish
//!     env:
//!       WEIR_PUBLISHER_KEY: ${{ secrets.WEIR_PUBLISHER_KEY }}         # the private set; no --key then
//!       CLOUDFLARE_API_TOKEN: ${{ secrets.CLOUDFLARE_API_TOKEN }}     # may edit Workers KV
//!       CLOUDFLARE_ACCOUNT_ID: ${{ vars.CLOUDFLARE_ACCOUNT_ID }}
//!       HEALTH_TOKEN: ${{ secrets.HEALTH_TOKEN }}
//!     steps:
//!       - uses: actions/checkout@v4                                   # Weir, with your folder `registry`
//!       - uses: actions/setup-node@v4
//!         with: { node-version: 22 }
//!       - run: cargo build --release --package weir
//!       - run: target/release/weir registry check registry
//!       - run: target/release/weir registry publish registry --to workers --remote
//!       - run: echo "$HEALTH_TOKEN" | target/release/weir status --live --remote --keys public.json --token-file -
//! ```
//!
//! A warning that only the date brings, such as an overdue review, is printed and stops no publication. The last step
//! fails the job if something is missing, so that the people who watch the job get a mail. Only this job should hold
//! the publisher's key, and one person's vault for a freeze while CI is down. A job with a `workflow_dispatch` input
//! can freeze as well: `weir registry publish registry --to workers --remote --quarantine-only`.
//!
//! ## Staging
//!
//! A second deployment has its own stores, keys, host and registry folder; the publisher's key above all, because a
//! record doesn't say which gateway it is for. On Cloudflare it is an environment of the same file. Bindings and
//! variables are not inherited, so repeat all of them:
//!
//! ```text
//! [env.staging]
//! routes = [{ pattern = "mcp-staging.example.com", custom_domain = true }]
//! kv_namespaces = [{ binding = "REGISTRY", id = "…" }]
//! queues.producers = [{ binding = "AUDIT_QUEUE", queue = "weir-audit-staging" }]
//! r2_buckets = [{ binding = "OUTBOX", bucket_name = "weir-outbox-staging" }]
//! vars = { REGISTRY_KEYS = '…' }
//! durable_objects.bindings = [
//!     { name = "ONCE", class_name = "OnceObject" },
//!     { name = "QUOTA", class_name = "QuotaObject" },
//!     { name = "VERSIONED_STORE", class_name = "VersionedStoreObject" },
//! ]
//! ```
//!
//! ```text
//! wrangler secret put ACCESS_TOKEN_KEYS --env staging < access-token-staging.json
//! wrangler deploy --env staging
//! weir registry publish registry-staging --key publisher-staging.json --to workers --remote --env staging
//! ```
//!
//! The same for the ledger in its own file. On Spin, staging is another folder with its own `spin.toml` and `.spin`.
//!
//! ## On your own machine
//!
//! `wrangler dev` runs the gateway with your folder and local stores. Set `url = "http://127.0.0.1:8787"` and
//! `loopback_origins = true` under `[development]` in a copy of the folder, and write the keys into `.dev.vars`, one
//! line each, such as `ACCESS_TOKEN_KEYS='{"keys":[…]}'`; `REGISTRY_KEYS` too. Then:
//!
//! ```text
//! wrangler dev --port 8787
//! weir registry publish registry-local --key publisher.json --to workers --local --url http://127.0.0.1:8787
//! ```
//!
//! ## Upgrade
//!
//! Read the changelog, then on Cloudflare: apply the ledger's migrations, deploy the ledger, deploy the gateway. On
//! Spin: build, and start the new version; it makes missing tables itself. Last the `weir` command: a gateway refuses
//! record members that it doesn't know, so an older gateway can't read what a newer publisher writes. Tokens, sessions
//! and cursors survive, because their keys do.
//!
//! ## Rollback
//!
//! | to undo | do |
//! |---|---|
//! | a publication | publish the older folder (`git revert`, but keep *quarantine.toml*: a freeze that it lacks stops the publication), in an emergency with `--no-wait`: it gets a newer epoch and sequence, and is served within about a minute. Older records copied back into the store are refused, by isolates that start, too (`record_older_sequence`) |
//! | a deployment on Cloudflare | `wrangler rollback`; it stops at a migration of Durable Objects. Tables of the ledger stay: migrations only add |
//! | a deployment on Spin | start the previous image or folder |
//! | an upgrade of `weir` | publish with the older one |
//!
//! ## Backup
//!
//! | what | where | how it is kept |
//! |---|---|---|
//! | registry | git | publish again: the store is derived from it |
//! | keys and secrets | your CI and secret manager | there; a lost publisher's key is replaced as in [`super::keys`] |
//! | trail | R2 `weir-trail`; on Spin SQLite or libSQL | copy the bucket to another account, and lock its objects against deletion |
//! | books | D1 `weir-books`; on Spin SQLite or libSQL | D1's Time Travel, and `wrangler d1 export weir-books --remote` |
//! | events under way | the queue and R2 `weir-outbox`; on Spin SQLite or Redis | not backed up: drain before you move |
//! | one-time claims, quotas, the newest sequence | Durable Objects; on Spin SQLite or Redis | not backed up: if they are lost, an assertion can be redeemed again while it lives, limits start anew, and until the next publication an isolate that starts takes an older registry. A key-value store that is restored from a backup needs a publication |
//!
//! On Spin with embedded stores copy the database files in `.spin` with `sqlite3 FILE ".backup COPY"` while it runs.
//!
//! ## Restore drill
//!
//! Do this once on a staging deployment, and again when you change your backups:
//!
//! ```text
//! sqlite3 .spin/sqlite_key_value.db ".backup copy.db"                     # the backup
//! weir quarantine add registry tool NAME --reason drill --key publisher.json --keys public.json --to spin
//! cp copy.db .spin/sqlite_key_value.db                                    # with Spin stopped
//! weir status --live --from spin --keys public.json                       # the older epoch; the freeze is not in it
//! weir registry publish registry --key publisher.json --keys public.json --to spin
//! weir explain --live --from spin --keys public.json --group support      # what gateways decide by now
//! ```
//!
//! Between the copy and the publication a gateway refuses the older records, because it remembers the newest sequence
//! (`record_older_sequence`), unless the database with the sequences was restored as well: then the freeze is lifted
//! until you publish. On Cloudflare the drill is `wrangler d1 time-travel restore` of the books and a publication.
//!
//! ## What was tried
//!
//! | recipe | tried | not tried |
//! |---|---|---|
//! | publication, freeze, rollback to an older folder, restore drill | with the command and Spin's SQLite file, without a running gateway | on Cloudflare |
//! | a publisher's key that the gateway does not trust, a misspelt environment, a store that can't be read | the command's tests | |
//! | staging | `wrangler deploy --env staging --dry-run` lists every binding above | a deployment |
//! | CI example | its `weir` commands, one by one | as a job |
//! | `wrangler dev` | the bindings, on local workerd, by the tests | your own folder by hand |
//! | upgrade, jurisdictions, D1's Time Travel, `wrangler rollback` | nothing | all of it |
//!
//! ## Residency
//!
//! On Spin everything is where you run it. On Cloudflare the gateway runs near its caller, unless your plan restricts
//! regions. Workers KV holds the registry, with names of groups and of frozen users, in every location. Trail, outbox
//! and books can be made in a jurisdiction: `wrangler r2 bucket create NAME --jurisdiction eu`, with
//! `jurisdiction = "eu"` beside the bucket's binding, and `wrangler d1 create NAME --jurisdiction eu`. Queues and
//! Durable Objects get none from Weir: events pass the queue in seconds, and the objects hold digests and counts. An
//! origin's `region` in the registry is a label; where it really runs is for its owner to say.
