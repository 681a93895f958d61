//! `weir registry`: a folder in git becomes the signed records that gateways read.

mod check;
mod compile;
mod diff;
mod publish;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use oauth::jwk::PrivateKeySet;

use crate::clock;
use crate::duration;
use crate::failure::Failure;
use crate::key::read_keys;
use registry::record::Freshness;

/// `weir registry …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A registry is a folder:
  gateway.toml                issuers, OAuth clients, roles, groups
  origins/NAME.toml           one approved MCP server and its tools
  virtual-servers/NAME.toml   a view over tools of several origins
  policies/NAME.cedar         conditions
  quarantine.toml             who and what is frozen (optional)")]
pub enum Registry {
    /// Shows every fault of a folder, with file, line and column
    Check(check::Check),
    /// Writes the sealed records of a folder as files
    Compile(compile::Compile),
    /// Puts the sealed records of a folder where a gateway reads them
    Publish(publish::Publish),
    /// Shows what a new folder changes, for whom
    Diff(diff::Diff),
}

impl Registry {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Check(check) => check.run(),
            Self::Compile(compile) => compile.run(),
            Self::Publish(publish) => publish.run(),
            Self::Diff(diff) => diff.run(),
        }
    }
}

/// What sealing needs.
#[derive(Debug, Args)]
pub struct Sealing {
    /// The publisher's private JWK set (`weir key new`); its first key signs
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// How long `head` and `quarantine` count; publish again before it ends, or the gateway refuses every call
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration::parse)]
    valid_for: u64,
}

/// The signing keys, and the instant of this publication as epoch and sequence.
pub struct Seal {
    /// The first signs.
    pub keys: PrivateKeySet,
    /// When, and until when.
    pub freshness: Freshness,
}

impl Sealing {
    /// Reads the key file and the clock.
    fn prepare(&self) -> Result<Seal, Failure> {
        let keys = read_keys(&self.key)?;
        let now = clock::now_ms()?;
        let valid_until = now / 1_000 + self.valid_for;
        Ok(Seal { keys, freshness: Freshness { sequence: now, valid_until } })
    }
}
