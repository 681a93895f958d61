//! `weir registry publish`: the sealed records into the store that a gateway reads.
//!
//! The records of the new epoch go first, under keys that nobody reads yet; `quarantine` and `head` go last. So whatever
//! breaks off before leaves every gateway on the old epoch.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use registry::compile::seal_quarantine;

use super::Sealing;
use super::check::contents;
use crate::bulk::bulk;
use crate::failure::Failure;
use crate::folder;
use crate::wrangler::{Store, Wrangler};

/// Where a gateway runs.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Host {
    /// Cloudflare Workers: a KV namespace
    Workers,
}

/// `weir registry publish`
#[derive(Debug, Args)]
#[command(after_help = "\
Wrangler is the one that WRANGLER names, else node_modules/.bin/wrangler or tests/node_modules/.bin/wrangler here or
above, else `npx wrangler`. --remote needs `wrangler login` or CLOUDFLARE_API_TOKEN.

Gateways take a new epoch within about a minute: KV is eventually consistent.

Examples:
  weir registry publish registry/ --key publisher.json --to workers --remote
  weir registry publish registry/ --key publisher.json --to workers --local --persist-to .wrangler/state
  weir registry publish registry/ --key publisher.json --to workers --remote --quarantine-only   freeze now")]
pub struct Publish {
    /// The registry folder
    folder: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
    /// The host of the gateway
    #[arg(long, value_enum, value_name = "HOST")]
    to: Host,
    #[command(flatten)]
    store: Store,
    /// Only quarantine.toml, whose own faults alone count then: freezing doesn't wait for a policy to be mended
    #[arg(long)]
    quarantine_only: bool,
}

impl Publish {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let seal = self.sealing.prepare()?;
        let Host::Workers = self.to;
        let wrangler = Wrangler::find(self.store);
        if self.quarantine_only {
            let checked = folder::checked(&self.folder)?;
            folder::print_faults(&checked.faults);
            let quarantine = checked.quarantine().ok_or(Failure::Faults)?;
            let sealed = seal_quarantine(quarantine, &seal.keys, seal.freshness)?;
            println!("1/1 quarantine …");
            wrangler.put("1/1", &bulk(&[sealed])?, "nothing was changed")?;
            println!("published; gateways freeze within about a minute");
            return Ok(());
        }
        let checked = folder::sound(&self.folder)?;
        let snapshot = checked.snapshot().ok_or(Failure::Faults)?;
        println!("{}: {}", self.folder.display(), contents(&checked));
        let epoch = seal.freshness.sequence;
        let sealed = snapshot.seal(&seal.keys, epoch, seal.freshness.valid_until)?;
        println!("1/2 epoch {epoch}, {} records signed by `{}` …", sealed.records.len(), seal.keys.signing_key_id());
        wrangler.put("1/2", &bulk(&sealed.records)?, "gateways stay on the old epoch")?;
        println!("2/2 quarantine and head …");
        wrangler.put("2/2", &bulk(&sealed.standing)?, "gateways stay on the old epoch, or take the new one whole")?;
        println!("published; gateways follow within about a minute");
        Ok(())
    }
}
