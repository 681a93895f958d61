//! The `weir` command: checks, publishes and explains registries, makes keys and secrets, asks the ledger.

mod address;
mod bulk;
mod client;
mod clock;
mod cost;
mod duration;
mod entropy;
#[cfg(test)]
mod examples;
mod explain;
mod failure;
mod folder;
mod health;
mod host;
mod key;
mod ledger;
mod live;
mod output;
mod quarantine;
mod registry;
mod spin;
mod status;
mod wrangler;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use failure::Failure;

/// Administers Weir, an MCP gateway at the edge: its registry, keys, secrets and ledger.
#[derive(Debug, Parser)]
#[command(name = "weir", version, arg_required_else_help = true, after_help = EXAMPLES)]
struct Weir {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks, compares, compiles and publishes a registry: a folder of approved origins, virtual servers, roles and
    /// policies
    #[command(subcommand)]
    Registry(registry::Registry),
    /// Freezes and frees users, agents, origins, tools, resources and prompts, and ends sign-ins
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// Makes the keys that sign records and tokens, or seal the state that clients hold
    #[command(subcommand)]
    Key(key::Key),
    /// Makes the secrets of OAuth clients
    #[command(subcommand)]
    Client(client::Client),
    /// Reports costs per team, project, origin or tool, from the ledger's books
    #[command(subcommand)]
    Cost(cost::Cost),
    /// Drains the ledger's outbox; needed on Spin, where no queue delivers events
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Shows the state of a deployment: its records, their validity, the served epoch and missing secrets
    Status(Box<status::Status>),
    /// Explains if a caller may list, call, read or get something, and by which rule
    Explain(Box<explain::Explain>),
}

const EXAMPLES: &str = "\
From nothing to a published registry:
  weir key new publisher-2026-11 --output publisher.json   the printed public set is the gateway's REGISTRY_KEYS
  weir client secret                                       the hash belongs in gateway.toml, the secret to the client
  weir registry check registry/
  weir registry publish registry/ --key publisher.json --to workers --remote
  weir status --live --remote --keys public.json           the records, their validity, and what the gateway lacks
  weir explain registry/ --group support                   everything that a member may list and call, with the rules
  weir quarantine add registry/ tool NAME --reason WHY     freezes it; with --to and --key at once

Each command explains itself with examples: `weir registry publish --help`.

Exit codes:
  0  done
  1  the registry has faults or was not published, nothing to free was found, or the ledger refused or failed
  2  the command can't be run as typed, or a file can't be read or written
  3  `weir explain`, asked about one thing and one action: not permitted
  4  `weir registry publish`: the gateway does not trust the key; nothing was written
  5  `weir registry publish`: the records are in the store, but the gateway does not serve them in time
  6  `weir status`: calls are served, but something is missing or must be renewed soon
  7  the store can't be read: nothing was written, and the state is not known

Answers are on standard output; progress, warnings and errors that keep a command from answering on standard error.";

fn main() -> ExitCode {
    // A reader such as `head` that has enough ends the command quietly, as it ends others.
    sigpipe::reset();
    let result = match Weir::parse().command {
        Command::Registry(command) => command.run(),
        Command::Quarantine(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Client(command) => command.run(),
        Command::Cost(command) => command.run(),
        Command::Ledger(command) => command.run(),
        Command::Explain(command) => return command.run().unwrap_or_else(failed),
        Command::Status(command) => return command.run().unwrap_or_else(failed),
    };
    match result {
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

    use clap::Command;

    #[test]
    fn command_line_is_consistent() {
        super::Weir::command().debug_assert();
    }

    /// The commands without subcommands, each with its full name.
    fn leaves(command: &Command, path: &str) -> Vec<(String, Command)> {
        let path = format!("{path} {}", command.get_name()).trim().to_owned();
        if !command.has_subcommands() {
            return vec![(path, command.clone())];
        }
        command.get_subcommands().flat_map(|subcommand| leaves(subcommand, &path)).collect()
    }

    #[test]
    fn help_of_every_command_teaches() {
        let commands = leaves(&super::Weir::command(), "");
        assert!(commands.len() >= 11, "every command should be found: {commands:?}");
        for (name, command) in commands {
            assert!(command.get_about().is_some(), "`{name}` should say what it does");
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let example = after.split_once("Examples:").map(|(_, examples)| examples.contains(&name));
            assert_eq!(example, Some(true), "`{name}` should have examples of itself: {after}");
            assert!(after.contains("Exit codes:\n  0  "), "`{name}` should list its exit codes: {after}");
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "`{name}` should explain `{}`", argument.get_id());
            }
        }
    }
}
