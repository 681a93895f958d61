//! `weir registry publish`: writes the signed records into the store that gateways read.
//!
//! The records of the new epoch are written first, under keys that no gateway reads yet; `quarantine` and `head` are
//! written last. A failure before that leaves every gateway on the old epoch.

mod spin;
mod workers;

use std::path::{Path, PathBuf};

use clap::Args;
use registry::compile::{Sealed, seal_quarantine};
use registry::folder::Checked;

use super::check::contents;
use super::{Seal, Sealing};
use crate::failure::Failure;
use crate::folder;
use crate::host::Host;
use crate::spin::Deployment;
use crate::wrangler;

/// `weir registry publish`
#[derive(Debug, Args)]
#[command(after_help = "\
To Workers: the records are written by wrangler: the program that WRANGLER names, else node_modules/.bin/wrangler or
tests/node_modules/.bin/wrangler here or in a parent folder, else `npx wrangler`. --remote needs `wrangler login` or
CLOUDFLARE_API_TOKEN.

To Spin: the records are written into the deployment's key-value store `default`: .spin/sqlite_key_value.db beside the
manifest, or the store in --runtime-config. In the manifest, allowed_outbound_hosts of the component `gateway` is set to
the hosts of the registry's origins and of its issuers' keys, and each origin's secret gets a variable. Spin reads the
manifest when it starts: a new origin can be called after the next deployment.

Gateways read a new epoch within about a minute.

Examples:
  weir registry publish registry/ --key publisher.json --to workers --remote
  weir registry publish registry/ --key publisher.json --to workers --local --persist-to .wrangler/state
  weir registry publish registry/ --key publisher.json --to spin
  weir registry publish registry/ --key publisher.json --to spin --runtime-config runtime-config.toml \\
      --redis-url redis://127.0.0.1:6379
  weir registry publish registry/ --key publisher.json --to workers --remote --quarantine-only   freeze now")]
pub struct Publish {
    /// The registry folder
    folder: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
    /// The platform of the gateway
    #[arg(long, value_enum, value_name = "HOST")]
    to: Host,
    #[command(flatten)]
    store: wrangler::Store,
    #[command(flatten)]
    deployment: Deployment,
    /// Publish only quarantine.toml, whatever the faults of other files: freezing never waits for a policy to be fixed
    #[arg(long)]
    quarantine_only: bool,
}

impl Publish {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self.to {
            Host::Workers if self.deployment.is_named() => {
                Err(Failure::Usage("--manifest, --state, --runtime-config and --redis-url are for --to spin"))
            }
            Host::Workers if !self.store.has_place() => Err(Failure::Usage(
                "--to workers needs --local or --remote: name the store, so that none is changed by mistake",
            )),
            Host::Workers => workers::publish(&self.folder, &self.sealing.prepare()?, self.store, self.quarantine_only),
            Host::Spin if self.store.is_named() => {
                Err(Failure::Usage("--local, --remote, --config, --binding and --persist-to are for --to workers"))
            }
            Host::Spin => spin::publish(&self.folder, &self.sealing.prepare()?, &self.deployment, self.quarantine_only),
        }
    }
}

/// The signed `quarantine` of `folder`; faults of other files are ignored.
fn quarantine(folder: &Path, seal: &Seal) -> Result<(String, Vec<u8>), Failure> {
    let checked = folder::checked(folder)?;
    folder::print_faults(&checked.faults);
    let quarantine = checked.quarantine().ok_or(Failure::Faults)?;
    Ok(seal_quarantine(quarantine, &seal.keys, seal.freshness)?)
}

/// The folder, which must have no errors and no warnings that it doesn't accept; prints its contents in one line.
fn sound(folder: &Path) -> Result<Checked, Failure> {
    let checked = folder::sound(folder)?;
    println!("{}: {}", folder.display(), contents(&checked));
    Ok(checked)
}

/// All signed records of a folder, and their summary in one line.
fn sealed(checked: &Checked, seal: &Seal) -> Result<(Sealed, String), Failure> {
    let snapshot = checked.snapshot().ok_or(Failure::Faults)?;
    let epoch = seal.freshness.sequence;
    let sealed = snapshot.seal(&seal.keys, epoch, seal.freshness.valid_until)?;
    let summary = format!("epoch {epoch}, {} records signed by `{}`", sealed.records.len(), seal.keys.signing_key_id());
    Ok((sealed, summary))
}
