//! Deployment: Cloudflare Workers, Spin on one machine, several replicas, Kubernetes.
//!
//! Every way needs the same three things: the two functions (gateway and ledger), four sets of keys (see
//! [`super::keys`]), and a registry folder (see [`super::registry_folder`]). `weir …` is the
//! command that `cargo install --path infra/weir` installs from a clone. The steps after the first deployment are in
//! [`super::operating`]: health, renewal from CI, staging, upgrade, rollback, backup, residency, and a trial of your
//! own folder with `wrangler dev`.
//!
//! **None of this has run on Cloudflare's network, on a real `spin` or on a Kubernetes cluster yet.** The tests run the
//! same artefacts on local workerd and on a test host for Spin: try these steps on a staging account first.
//!
//! ## Cloudflare
//!
//! Wrangler needs Node 22 or newer. `npx wrangler` asks before it installs wrangler; a CI job can't answer, so write
//! `npx --yes wrangler` there.
//!
//! 1. **Log in**: `npx wrangler login`, or set `CLOUDFLARE_API_TOKEN`.
//! 2. **Make the stores.** The first two commands print ids. Write them into `wrangler.toml` under `REGISTRY` and into
//!    `functions/ledger-workers/wrangler.toml` under `BOOKS`.
//!
//!    ```text
//!    npx wrangler kv namespace create weir-registry
//!    npx wrangler d1 create weir-books
//!    npx wrangler queues create weir-audit
//!    npx wrangler queues create weir-audit-dead
//!    npx wrangler r2 bucket create weir-outbox
//!    npx wrangler r2 bucket create weir-trail
//!    ```
//!
//! 3. **Make the keys** as [`super::keys`] says, and give them to the Workers:
//!
//!    ```text
//!    weir key public publisher.json | tee public.json     # → REGISTRY_KEYS in wrangler.toml, in single quotes
//!    npx wrangler secret put ACCESS_TOKEN_KEYS < access-token.json
//!    npx wrangler secret put SIGNED_IDENTITY_KEYS < signed-identity.json
//!    npx wrangler secret put SEALING_KEYS < sealing.json
//!    npx wrangler secret put HEALTH_TOKEN < health.token
//!    (umask 077; openssl rand -hex 32 | tr -d '\n' > read-token)             # keep it: reports need it
//!    npx wrangler secret put LEDGER_READ_TOKEN --config functions/ledger-workers/wrangler.toml < read-token
//!    npx wrangler secret put SIGN_IN_CLIENT_SECRET              # with `[sign_in]`: Weir's at the identity provider
//!    npx wrangler secret put ORIGIN_CRM_EU_SECRET               # for each origin with a secret
//!    ```
//!
//!    The secret of an origin is named after the origin: `crm-eu` has `ORIGIN_CRM_EU_SECRET`; see
//!    [`super::credentials`].
//! 4. **Choose the host**: uncomment `[[routes]]` in `wrangler.toml` and write the same host into `url` of the
//!    registry's *gateway.toml*. Tokens are valid for that address alone. Without a route the gateway is deployed and
//!    can be reached by nobody; the build warns of it.
//! 5. **Deploy**, the ledger first:
//!
//!    ```text
//!    # on upgrades too:
//!    npx wrangler d1 migrations apply BOOKS --remote --config functions/ledger-workers/wrangler.toml
//!    npx wrangler deploy --config functions/ledger-workers/wrangler.toml
//!    npx wrangler deploy
//!    ```
//!
//!    The build stops a deployment while either file still says `fill-in-…`.
//! 6. **Publish the registry**: `weir registry publish registry --key publisher.json --to workers --remote`.
//!    Until then the gateway answers 503. The command ends when the gateway serves the registry, or says why it
//!    doesn't. The records `head` and `quarantine` expire after 7 and 2 days, so publish on a schedule
//!    ([`super::operating`]).
//! 7. **Look**: `weir status --live --remote --keys public.json --token-file health.token` says what is missing;
//!    `curl https://HOST/healthz` says `ok` to anybody, or why not, without names.
//!
//! The queue delivers events to the ledger, and every five minutes the ledger also stores the events of the outbox.
//! Batches that failed eleven times go to the queue `weir-audit-dead`, which nothing drains automatically. The ledger
//! has no public route by default: uncomment `[[routes]]` in `functions/ledger-workers/wrangler.toml` to read reports.
//!
//! ## Spin, one machine
//!
//! One machine and no server beside it: registry, one-time claims, quotas, values with revisions, events and books are
//! files in `.spin`, next to `spin.toml`. **Embedded means one replica**: one `spin up`, on a local disk. Several
//! replicas share a Redis; see below.
//!
//! 1. **Build**: `spin build`, with Spin 4 or newer.
//! 2. **Make the keys** as [`super::keys`] says, and two tokens:
//!
//!    ```text
//!    (umask 077; openssl rand -hex 32 | tr -d '\n' > read-token; openssl rand -hex 32 | tr -d '\n' > drain-token)
//!    ```
//!
//! 3. **Choose the host**: write it into `url` of the registry's *gateway.toml*. Put a proxy in front of Spin that ends
//!    TLS for it and doesn't buffer responses. The proxy must keep `/reports`, `/audit` and `/ledger` to your own
//!    network.
//! 4. **Publish the registry**, before the first start and then on a schedule, because `head` and `quarantine` expire
//!    after 7 and 2 days:
//!
//!    ```text
//!    weir registry publish registry --key publisher.json --keys public.json --to spin
//!    ```
//!
//!    This also writes into `spin.toml` the hosts that the gateway may call, and a variable for each origin's secret. A
//!    running gateway follows within about a minute, but Spin reads `spin.toml` when it starts: **a new origin needs a
//!    redeploy.**
//! 5. **Start**:
//!
//!    ```text
//!    export SPIN_VARIABLE_REGISTRY_KEYS="$(weir key public publisher.json)"
//!    export SPIN_VARIABLE_ACCESS_TOKEN_KEYS="$(cat access-token.json)"
//!    export SPIN_VARIABLE_SIGNED_IDENTITY_KEYS="$(cat signed-identity.json)"
//!    export SPIN_VARIABLE_SEALING_KEYS="$(cat sealing.json)"
//!    export SPIN_VARIABLE_HEALTH_TOKEN="$(cat health.token)"
//!    export SPIN_VARIABLE_LEDGER_READ_TOKEN="$(cat read-token)"
//!    export SPIN_VARIABLE_LEDGER_DRAIN_TOKEN="$(cat drain-token)"
//!    export SPIN_VARIABLE_TRUSTED_PROXIES="127.0.0.1, ::1"      # the proxy of step 3; `none` without one
//!    export SPIN_VARIABLE_SIGN_IN_CLIENT_SECRET=…               # with `[sign_in]`: Weir's at the identity provider
//!    export SPIN_VARIABLE_ORIGIN_CRM_EU_SECRET=…                # origin `crm-eu` has a secret
//!    spin up --listen 127.0.0.1:3000
//!    ```
//!
//! 6. **Drain**: events wait in `.spin` until the ledger is asked to store them, by a service or, without `--every`, by
//!    cron:
//!
//!    ```text
//!    weir ledger drain --url http://127.0.0.1:3000 --token-file drain-token --every 5s
//!    ```
//!
//! 7. **Look**: `curl http://127.0.0.1:3000/healthz` says `ok` to anybody, or why not, without names. With names:
//!
//!    ```text
//!    weir status --live --from spin --keys public.json --token-file health.token --url http://127.0.0.1:3000
//!    ```
//!
//! ## Spin, more than one replica
//!
//! Set `SPIN_VARIABLE_REDIS_URL=redis://HOST:6379` and write the same address, without user and password, into
//! `allowed_outbound_hosts` of both components in `spin.toml`: claims, quotas, values with revisions and events are in
//! that Redis then. Spin's own runtime configuration puts the registry into a Redis and the books into libSQL;
//! `weir registry publish --runtime-config FILE` reads the same file.
//!
//! ## Kubernetes
//!
//! `infra/spin` has the manifests for SpinKube: `infra/spin/app.yaml` with both apps, `infra/spin/runtime-config.yaml`,
//! and `infra/spin/drain.yaml`, a CronJob that drains.
//!
//! 1. `kubectl create namespace weir`, then start Redis (service `weir-redis`) and libSQL in it, and give the cluster a
//!    pull secret for your image registry.
//! 2. Write `redis://weir-redis:6379` into `allowed_outbound_hosts` of both components in `spin.toml`: without it every
//!    redemption is refused.
//! 3. Fill in `image` in `infra/spin/app.yaml` and the runtime configuration (a copy of its text is
//!    *runtime-config.toml* below), and set `trusted_proxies` to the networks of your Ingress alone: whoever is in them
//!    can forge a client's address.
//! 4. Publish, build, and start:
//!
//! ```text
//! kubectl -n weir port-forward service/weir-redis 6379 &
//! weir registry publish registry --key publisher.json --keys public.json --to spin \
//!     --runtime-config runtime-config.toml --redis-url redis://:PASSWORD@127.0.0.1:6379/1
//! spin build
//! spin registry login registry.example.com
//! spin registry push registry.example.com/weir:0.1.0
//! kubectl -n weir create secret generic weir-secrets \
//!     --from-literal=redis_url=redis://:PASSWORD@weir-redis:6379 \
//!     --from-file=registry_keys=public.json \
//!     --from-file=access_token_keys=access-token.json --from-file=signed_identity_keys=signed-identity.json \
//!     --from-file=sealing_keys=sealing.json --from-file=health_token=health.token \
//!     --from-literal=sign_in_client_secret=… --from-literal=origin_crm_eu_secret=… \
//!     --from-file=ledger_read_token=read-token --from-file=ledger_drain_token=drain-token
//! kubectl -n weir apply -f infra/spin/
//! ```
//!
//! The cluster needs a SpinKube shim or executor with Spin 4, Redis with `maxmemory-policy noeviction`, and libSQL. The
//! queue is as durable as Redis is configured to be (`appendonly yes`). An Ingress or Gateway before `weir-gateway`
//! must end TLS and must not buffer responses. `weir-ledger` needs none.
//!
//! ## Reports
//!
//! The ledger answers `GET /audit/events` and `GET /reports/costs` if the bearer token is `LEDGER_READ_TOKEN`:
//!
//! ```text
//! weir cost report --url https://ledger.example.com --token-file read-token --month 2026-11 --by team
//! ```
//!
//! ## Connect a client
//!
//! 1. `weir client secret` prints a secret for the client and a hash for the registry: add `[[clients]]` with
//!    `id`, `title` and `secret_hashes` to *gateway.toml*, and publish. A client that signs (`private_key_jwt`) has
//!    `jwks` instead, with its public keys ([`super::registry_folder`]).
//! 2. Let your identity provider issue ID-JAGs to that client: `aud` is `url` of *gateway.toml*; `resource` is
//!    `https://HOST/mcp`, or `https://HOST/mcp/NAME` for one virtual server; `scope` names what the token may do, such
//!    as `tools:list tools:call`; `exp` is at most 300 s after `iat`. Two settings of `[[issuers]]` allow for identity
//!    providers that can't do so: `default_scopes` and `assertion_seconds`.
//! 3. A client that speaks ID-JAG does the rest from the address alone, by the metadata at
//!    `https://HOST/.well-known/oauth-protected-resource/mcp`: it redeems the ID-JAG at `/oauth/token` and connects to
//!    the resource over Streamable HTTP.
//! 4. Opened in a browser, `https://HOST/mcp` tells people what it is, whether it is well, and the line that adds it to
//!    each client.
//! 5. To try it by hand, redeem one and give the token to any client:
//!
//!    ```text
//!    curl -u CLIENT_ID:SECRET https://HOST/oauth/token -d assertion=… \
//!        -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer
//!    claude mcp add --transport http weir https://HOST/mcp --header "Authorization: Bearer TOKEN"
//!    ```
//!
//! 6. A client without ID-JAG signs its user in through a browser ([`super::sign_in`]), or uses a virtual server with
//!    `access = "public"`.
