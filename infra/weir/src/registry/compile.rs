//! `weir registry compile`: writes the signed records as files.

use std::path::PathBuf;

use clap::Args;

use super::check::contents;
use super::sealing::Sealing;
use crate::bulk::bulk;
use crate::failure::Failure;
use crate::folder;
use crate::output::write;

/// The bulk file of the epoch's records, to be written to the store first.
pub const RECORDS_FILE: &str = "bulk.json";

/// The bulk file of `quarantine` and `head`, to be written after all records.
pub const HEAD_FILE: &str = "bulk-head.json";

/// `weir registry compile`
#[derive(Debug, Args)]
#[command(after_help = "\
Writes into DIR:
  records/KEY      each signed record under its key
  bulk.json        the records of the new epoch, for `wrangler kv bulk put`
  bulk-head.json   quarantine and head; write it last: gateways follow the head to the new records

Exit codes:
  0  done
  1  the folder has faults, or warnings that accepted.toml doesn't accept
  2  the command can't be run as typed, or a file can't be read or written

Examples:
  weir registry compile registry/ --key publisher.json --output sealed/
  wrangler kv bulk put sealed/bulk.json --binding REGISTRY --remote
  wrangler kv bulk put sealed/bulk-head.json --binding REGISTRY --remote")]
pub struct Compile {
    /// The registry folder
    folder: PathBuf,
    #[command(flatten)]
    sealing: Sealing,
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

impl Compile {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let seal = self.sealing.prepare()?;
        let checked = folder::sound(&self.folder)?;
        let snapshot = checked.snapshot().ok_or(Failure::Faults)?;
        let sealed = snapshot.seal(&seal.keys, seal.epoch, seal.validity)?;
        for (key, bytes) in sealed.records.iter().chain(&sealed.standing) {
            write(&self.output.join("records").join(key), bytes)?;
        }
        write(&self.output.join(RECORDS_FILE), &bulk(&sealed.records)?)?;
        write(&self.output.join(HEAD_FILE), &bulk(&sealed.standing)?)?;
        println!("{}: {}", self.folder.display(), contents(&checked));
        println!(
            "epoch {}: {} records, then quarantine and head, in {}",
            seal.epoch,
            sealed.records.len(),
            self.output.display()
        );
        Ok(())
    }
}
