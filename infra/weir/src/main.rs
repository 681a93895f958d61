//! The `weir` command: checks, compiles, explains and publishes registries, makes keys and secrets.

mod bulk;
mod client;
mod clock;
mod cost;
mod duration;
mod entropy;
mod explain;
mod failure;
mod folder;
mod host;
mod key;
mod ledger;
mod output;
mod registry;
mod spin;
mod wrangler;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Weir, an MCP gateway at the edge: its registry, keys and secrets.
#[derive(Debug, Parser)]
#[command(name = "weir", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Weir {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The registry of approved origins, virtual servers, roles and policies: a folder in git
    #[command(subcommand)]
    Registry(registry::Registry),
    /// Signing keys
    #[command(subcommand)]
    Key(key::Key),
    /// OAuth clients
    #[command(subcommand)]
    Client(client::Client),
    /// What calls cost
    #[command(subcommand)]
    Cost(cost::Cost),
    /// The ledger, where it has to be asked
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Who may list or call what, and why: from a registry folder or from what gateways read now
    Explain(Box<explain::Explain>),
}

const EXAMPLES: &str = "\
From nothing to a published registry:
  weir key new publisher-2026-11 --output publisher.json   the printed public set is the gateway's REGISTRY_KEYS
  weir client secret                                       the hash goes into gateway.toml, the secret to the client
  weir registry check registry/
  weir registry publish registry/ --key publisher.json --to workers --remote
  weir explain registry/ --group support                   what a member may list and call, and why

Exit codes: 0 done, 1 the registry has faults or could not be published, 2 the command can't be run as typed;
`weir explain` also 3: no.";

fn main() -> ExitCode {
    let done = match Weir::parse().command {
        Command::Registry(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Client(command) => command.run(),
        Command::Cost(command) => command.run(),
        Command::Ledger(command) => command.run(),
        Command::Explain(command) => return command.run().unwrap_or_else(failed),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failed(failure),
    }
}

fn failed(failure: Failure) -> ExitCode {
    failure.print();
    failure.exit_code()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        super::Weir::command().debug_assert();
    }
}
