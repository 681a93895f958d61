//! Keys: the key sets of a deployment, their places, and their rotation.
//!
//! | set | made by | private half | public half |
//! |---|---|---|---|
//! | publisher | `weir key new` | stays with those who publish, where your CI keeps secrets | `REGISTRY_KEYS`, a variable of the gateway |
//! | access tokens | `weir key new` | the gateway's secret `ACCESS_TOKEN_KEYS` | `/oauth/jwks` |
//! | signed identity | `weir key new` | the gateway's secret `SIGNED_IDENTITY_KEYS` | `/oauth/jwks`, where origins look |
//! | subject tokens | `weir key new` | the gateway's secret `SUBJECT_TOKEN_KEYS`, for origins with `token_exchange` | `/oauth/jwks`, where authorization servers look |
//! | sealing | `weir key sealing` | the gateway's secret `SEALING_KEYS` | none: the keys are symmetric |
//!
//! `cargo install --path infra/weir` installs the command from a clone. Run these in a folder outside of every git work
//! tree; a clone of Weir ignores these names.
//!
//! ```text
//! weir key new publisher-2026-11 --output publisher.json             # keep it where your CI keeps secrets
//! weir key public publisher.json > public.json                     # the gateway gets this half only; commit it
//! weir key new access-2026-11 --output access-token.json
//! weir key new identity-2026-11 --output signed-identity.json
//! weir key new subject-2026-11 --output subject-token.json        # if an origin has `token_exchange`
//! weir key sealing sealing-2026-11 --output sealing.json
//! (umask 077; openssl rand -hex 32 | tr -d '\n' > health.token)
//! ```
//!
//! The nonces of DPoP proofs follow from `ACCESS_TOKEN_KEYS`.
//!
//! Two gateways, such as staging and production, need two publisher keys: a record doesn't say which gateway it is for.
//!
//! `SEALING_KEYS` seal cursors, sessions of legacy clients, ids of tasks, and ids of requests that origins send to
//! clients. Without them lists of more than one page and calls that become tasks fail, and legacy clients get no
//! session; see [`super::platforms`].
//!
//! ## Other secrets
//!
//! | secret | for |
//! |---|---|
//! | `ORIGIN_NAME_SECRET` | an origin with a `header` credential or an access token ([`super::credentials`]); `crm-eu` has `ORIGIN_CRM_EU_SECRET` |
//! | `IDP_NAME_SECRET` | Weir's client at the identity provider of an origin with `id_jag` |
//! | `HEALTH_TOKEN` | reading on `/healthz` the names of missing secrets and records: at least 16 bytes |
//! | `LEDGER_READ_TOKEN` | reading the audit trail and the cost reports |
//! | `LEDGER_DRAIN_TOKEN` | draining the outbox, on Spin only |
//!
//! On Spin each is a variable in lower case, and an empty variable counts as missing. A secret of an OAuth client is
//! not kept: `weir client secret` makes one, and the registry has its SHA-256.
//!
//! ## Rotation
//!
//! The first key of a set signs or seals; all of them verify or open. To rotate, on every host:
//!
//! 1. Make a new key, put it *second* in its set, and deploy (or publish `REGISTRY_KEYS`):
//!    `(umask 077; jq -s '{keys: (.[0].keys + .[1].keys)}' access-token.json new.json > both.json)`, then on Cloudflare
//!    `wrangler secret put ACCESS_TOKEN_KEYS < both.json`.
//! 2. Wait until everyone has it: five minutes for `/oauth/jwks`.
//! 3. Move it first, so that it signs, and deploy: the same `jq` with the two files in the other order.
//! 4. Take the old one out when its tokens or records are gone: access tokens after the longest
//!    `access_token_seconds` of *gateway.toml*.
//!
//! With these four steps the isolates of two neighbouring deployments accept each other's tokens and records:
//! `rotation::rotation_refuses_nothing_of_neighbouring_deployment` tries it for access tokens, signed
//! identities, sessions and the registry. Without the first step each refuses the tokens of the other.
//!
//! An isolate reads a secret once. After a change on Cloudflare, deploy, so that new isolates start; on Spin, restart.
//!
//! A sealing key can be removed one day after the new key has moved to the first place. The cursors, sessions and ids
//! that it sealed are then refused, and clients start again. With a browser sign-in, keep it for `longest_seconds` (30
//! days): the sign-ins that it protects end with it. So do the grants of users that were not refreshed since
//! ([`super::grants`]). An OAuth client in *gateway.toml* has one to four hashes:
//! add the new hash, publish, change the client, then remove the old hash.
//!
//! ## After a leak
//!
//! | leaked | action |
//! |---|---|
//! | the publisher's key | make a new key, remove the old one from `REGISTRY_KEYS`, deploy, publish again |
//! | an access token key | replace it and deploy: its tokens are refused, and clients sign in again |
//! | a signed identity key | replace it and deploy; an origin refuses it after reading `/oauth/jwks` again |
//! | a subject token key | replace it and deploy; an authorization server refuses it after reading `/oauth/jwks` again |
//! | a sealing key | replace it and deploy: cursors, sessions and ids that it sealed are refused, people sign in again, and users of `vault` origins connect again |
//! | a secret of an OAuth client | freeze the agent (*Quarantine* in [`super::registry_folder`]), then replace the secret |
//! | the secret of an origin | replace it at the origin and in the gateway, and deploy |
//! | a token of the ledger, the health token | replace it and deploy |
