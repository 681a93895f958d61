//! `weir registry`: turns a folder in git into the signed records that gateways read.

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
A registry is a folder, usually in git:
  gateway.toml                issuers, OAuth clients, roles, groups
  origins/NAME.toml           one approved MCP server, its tools, credential and prices
  virtual-servers/NAME.toml   a view over tools, resources and prompts of several origins
  policies/NAME.cedar         conditions on calls, in Cedar
  quarantine.toml             frozen users, agents, origins, tools, resources and prompts (optional)
  accepted.toml               warnings that may be published, each with a reason (optional)

The usual order: check, diff, publish. `compile` writes the records as files, for another way of publishing.")]
pub enum Registry {
    /// Shows every fault of a folder, with file, line and column
    Check(check::Check),
    /// Writes the signed records of a folder as files
    Compile(compile::Compile),
    /// Writes the signed records of a folder into the store that gateways read
    Publish(publish::Publish),
    /// Shows the changes from one folder to another, by group
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

/// The flags of signing.
#[derive(Debug, Args)]
pub struct Sealing {
    /// The publisher's private JWK set (`weir key new`); its first key signs
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The validity of `head` and `quarantine`, `1m` to `90d`; publish again before it ends, or gateways refuse every
    /// call
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration::parse)]
    valid_for: u64,
}

/// The signing keys and the validity of one publication.
pub struct Seal {
    /// The publisher's keys; the first signs.
    pub keys: PrivateKeySet,
    /// The instant of publication, which is also the epoch, and the end of validity.
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
