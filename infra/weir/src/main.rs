//! The `weir` command: checks, compiles and publishes registries, makes keys and secrets.

mod bulk;
mod client;
mod clock;
mod duration;
mod entropy;
mod failure;
mod folder;
mod key;
mod output;
mod registry;
mod wrangler;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
}

const EXAMPLES: &str = "\
From nothing to a published registry:
  weir key new publisher-2026-11 --output publisher.json   the printed public set is the gateway's REGISTRY_KEYS
  weir client secret                                       the hash goes into gateway.toml, the secret to the client
  weir registry check registry/
  weir registry publish registry/ --key publisher.json --to workers --remote

Exit codes: 0 done, 1 the registry has faults or could not be published, 2 the command can't be run as typed.";

fn main() -> ExitCode {
    let done = match Weir::parse().command {
        Command::Registry(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Client(command) => command.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn command_line_is_consistent() {
        super::Weir::command().debug_assert();
    }
}
