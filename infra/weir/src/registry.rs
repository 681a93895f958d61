//! `weir registry`: turns a folder in git into the signed records that gateways read.

mod check;
mod compile;
mod diff;
pub mod publish;
mod sealing;

use clap::Subcommand;

use crate::failure::Failure;

/// `weir registry …`
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A registry is a folder, usually in git:
  gateway.toml                issuers, OAuth clients, roles, groups
  origins/NAME.toml           one approved MCP server, its tools, credential and prices
  virtual-servers/NAME.toml   a view over tools, resources and prompts of several origins
  policies/NAME.cedar         conditions on calls, in Cedar
  quarantine.toml             frozen users, agents, origins, tools, resources and prompts (optional; `weir quarantine`)
  accepted.toml               warnings that may be published, each with a reason (optional)

The usual order: check, diff, publish. `compile` writes the records as files, for another way of publishing.")]
pub enum Registry {
    /// Shows every fault of a folder, with file, line and column
    Check(check::Check),
    /// Writes the signed records of a folder as files
    Compile(compile::Compile),
    /// Writes the signed records of a folder into the store that gateways read
    Publish(Box<publish::Publish>),
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
