//! `weir registry publish`: writes the signed records into the store that gateways read.
//!
//! The records of the new epoch are written first, under keys that no gateway reads yet; `quarantine` and `head` are
//! written last. A failure before that leaves every gateway on the old epoch. Before anything is written, the records
//! are opened with the keys that the deployment trusts, where its configuration says; afterwards the deployment is
//! asked until it serves them.

mod configuration;
mod namespace;
mod plan;
mod report;
mod served;
mod spin;
pub mod thaw;
mod trusted;
mod workers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::sealing::Sealing;
use crate::duration;
use crate::failure::Failure;
use crate::health::HealthEndpoint;
use crate::host::Host;
use crate::output::Format;
use crate::spin::Deployment;
use crate::wrangler;
use plan::Plan;
use report::{Outcome, Report};
use thaw::Lifted;
use trusted::Trusted;

/// The longest wait for the deployment unless `--wait` says otherwise: gateways follow within about a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// `weir registry publish`
#[derive(Debug, Args)]
#[command(after_help = "\
To Workers: the records are written by wrangler: the program that WRANGLER names, else node_modules/.bin/wrangler or
tests/node_modules/.bin/wrangler here or in a parent folder, else `npx --yes wrangler`, which needs Node 22 or newer.
--remote needs `wrangler login` or CLOUDFLARE_API_TOKEN.

To Spin: the records are written into the deployment's key-value store `default`: .spin/sqlite_key_value.db beside the
manifest, or the store in --runtime-config. In the manifest, allowed_outbound_hosts of the component `gateway` is set to
the hosts of the registry's origins and of its issuers' keys, and each origin's secret gets a variable. Spin reads the
manifest when it starts: a new origin can be called after the next deployment.

Before anything is written, the key is compared with REGISTRY_KEYS: of --keys, else of [vars] in wrangler.toml (with
--local of .dev.vars too), or of SPIN_VARIABLE_REGISTRY_KEYS, the .env beside the manifest, and the manifest. Exit code
4: the gateway doesn't trust it.

A freeze in the store that the folder lacks stops the publication, so that a scheduled one doesn't lift it: write it
into quarantine.toml, or lift it with --thaw.

Afterwards /healthz of the gateway is asked until it serves the new epoch, within about a minute. Exit code 5: it
doesn't. This is the default for --remote and for a Spin deployment that has a registry already; the address is `url` in
gateway.toml. A quarantine alone can be confirmed only with --token-file.

JSON: {version, outcome: \"published\"|\"written\"|\"dry_run\"|\"failed\", epoch, key, quarantine_only, records[]: {key, bytes},
changes[]: {about, change}, warnings[], gateway, waited, error}. `key` is the id of the signing key; `waited` is in
seconds. Members are null where nothing is known. Progress is on standard error then.

Exit codes:
  0  published; or written, and not confirmed, as it says
  1  the folder has faults, a freeze would be lifted, or the store can't be written
  2  the command can't be run as typed, or a file can't be read
  4  the gateway does not trust the key; nothing was written
  5  the records are in the store, and the gateway does not serve them in time
  7  the store can't be read; nothing was written

Examples:
  weir registry publish registry/ --key publisher.json --to workers --remote
  weir registry publish registry/ --key publisher.json --to workers --remote --env staging --dry-run
  pass show weir-publisher | weir registry publish registry/ --key - --to workers --remote
  weir registry publish registry/ --key publisher.json --to workers --local --persist-to .wrangler/state
  weir registry publish registry/ --key publisher.json --to spin
  weir registry publish registry/ --key publisher.json --to spin --runtime-config runtime-config.toml \\
      --redis-url redis://127.0.0.1:6379
  weir registry publish registry/ --key publisher.json --to workers --remote --quarantine-only   freeze now")]
pub struct Publish {
    /// The registry folder
    folder: PathBuf,
    /// The platform of the gateway
    #[arg(long, value_enum, value_name = "HOST")]
    to: Host,
    /// Publish only quarantine.toml, even if other files have faults, so that a freeze never waits for a fix
    #[arg(long)]
    quarantine_only: bool,
    #[command(flatten)]
    publication: Publication,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Publish {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        self.publication.run(&self.folder, self.to, self.quarantine_only, BTreeSet::new(), self.format)
    }
}

/// The flags of a publication, besides its contents and its platform.
#[derive(Debug, Args)]
pub struct Publication {
    #[command(flatten)]
    sealing: Sealing,
    #[command(flatten)]
    store: wrangler::Store,
    #[command(flatten)]
    deployment: Deployment,
    /// The gateway's REGISTRY_KEYS, if its configuration on this machine does not have them
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Lift freezes of the live quarantine that the folder doesn't have; without it they stop the publication
    #[arg(long)]
    thaw: bool,
    /// Check, sign and compare, then print the records that would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// The flags of asking the deployment.
#[derive(Debug, Args)]
struct Confirmation {
    /// Ask the gateway until it serves the new epoch, at most for this time, `1s` to `60m`
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, default_missing_value = "3m",
        value_parser = duration::interval, conflicts_with = "no_wait")]
    wait: Option<Duration>,
    /// Don't ask the gateway
    #[arg(long)]
    no_wait: bool,
    /// The gateway's address [default: `url` in gateway.toml]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The file with the gateway's secret `HEALTH_TOKEN`, to get the names of missing secrets; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl Publication {
    /// True if a flag names a key or a store.
    pub const fn is_named(&self) -> bool {
        self.sealing.is_named() || self.store.is_named() || self.deployment.is_named() || self.keys.is_some()
    }

    /// True if nothing is to be written.
    pub const fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Publishes `folder`, or its quarantine alone, to the platform `to`. `lifted` names the freezes that may end.
    pub fn run(
        self,
        folder: &Path,
        to: Host,
        quarantine_only: bool,
        lifted: BTreeSet<String>,
        format: Format,
    ) -> Result<(), Failure> {
        let mut report = Report::new(format);
        let result = self.publish(folder, to, quarantine_only, lifted, &mut report);
        report.finish(result)
    }

    fn publish(
        self,
        folder: &Path,
        to: Host,
        quarantine_only: bool,
        lifted: BTreeSet<String>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        match to {
            Host::Workers if self.deployment.is_named() => {
                return Err(Failure::Usage("--manifest, --state, --runtime-config and --redis-url are for --to spin"));
            }
            Host::Workers if !self.store.has_place() => {
                return Err(Failure::Usage(
                    "--to workers needs --local or --remote: name the store, so that none is changed by mistake",
                ));
            }
            Host::Spin if self.store.is_named() => {
                return Err(Failure::Usage(
                    "--local, --remote, --config, --env, --binding and --persist-to are for --to workers",
                ));
            }
            Host::Workers | Host::Spin => {}
        }
        if quarantine_only && self.confirmation.wait.is_some() && self.confirmation.token_file.is_none() {
            return Err(Failure::Usage(
                "--quarantine-only --wait needs --token-file: a gateway shows its quarantine only with the health token",
            ));
        }
        if to == Host::Workers {
            namespace::check(&self.store)?;
        }
        let seal = self.sealing.prepare()?;
        let plan = Plan::of(folder, &seal, quarantine_only, report)?;
        report.plan(&plan, seal.keys.signing_key_id());
        let trusted = match (&self.keys, to) {
            (Some(path), _) => Trusted::of_file(path)?,
            (None, Host::Workers) => Trusted::of_workers(&self.store),
            (None, Host::Spin) => Trusted::of_spin(&self.deployment),
        };
        trusted.check(&plan, seal.keys.signing_key_id(), report)?;
        let live = match to {
            Host::Workers => workers::quarantine(&self.store),
            Host::Spin => spin::quarantine(&self.deployment),
        };
        let lifted = if self.thaw { Lifted::All } else { Lifted::These(lifted) };
        match live {
            Ok(live) => thaw::check(&plan, live.as_deref(), &lifted, seal.epoch / 1_000, report)?,
            Err(failure) if self.thaw => report.warn(format!("the live quarantine is not compared: {failure}")),
            Err(failure) => return Err(failure),
        }
        let unconfirmed = self.unconfirmed(to, &plan)?;
        match to {
            Host::Workers => workers::publish(&plan, self.store, self.dry_run, report)?,
            Host::Spin => spin::publish(&plan, &self.deployment, self.dry_run, report)?,
        }
        if self.dry_run {
            report.progress("nothing was written");
            report.end(Outcome::DryRun, None);
            return Ok(());
        }
        if let Some(reason) = unconfirmed {
            report.progress(&format!("written; gateways follow within about a minute\nnot confirmed: {reason}"));
            report.end(Outcome::Written, None);
            return Ok(());
        }
        let Confirmation { wait, url, token_file, .. } = self.confirmation;
        let url = url.or_else(|| plan.url.clone()).unwrap_or_default();
        let gateway = HealthEndpoint::open(&url, token_file.as_deref())?;
        served::until(&gateway, &plan, wait.unwrap_or(LONGEST_WAIT), report)
    }

    /// The reason why the deployment is not asked; `None` if it is.
    fn unconfirmed(&self, to: Host, plan: &Plan) -> Result<Option<&'static str>, Failure> {
        let Confirmation { wait, no_wait, url, token_file } = &self.confirmation;
        Ok(if *no_wait || self.dry_run {
            Some("`weir status` shows what gateways serve")
        } else if wait.is_some() {
            None
        } else if plan.is_quarantine_only && token_file.is_none() {
            Some("a gateway shows its quarantine only with --token-file")
        } else if url.is_some() {
            None
        } else if to == Host::Workers && self.store.is_local() {
            Some("with --url the gateway of `wrangler dev` is asked")
        } else if to == Host::Spin && spin::is_first(&self.deployment)? {
            Some("this is the store's first registry; start the gateway, then look with `weir status`")
        } else {
            None
        })
    }
}
