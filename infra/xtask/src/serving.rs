//! The gateway and the ledger on this machine, on either host, in front of origins on loopback: for the demo and the
//! conformance suite.
//!
//! Everything listens on loopback only. Keys and secrets are new in every run and stay in its folder in `target`.

mod children;
mod folder;
mod places;
mod secrets;
mod spin;
mod workers;

use std::{path::Path, process::Command};

use crate::{
    build::{Host, Profile},
    command::{Fault, program, run as run_program},
    tools,
};

pub use children::Child;
pub use folder::Folder;
pub use places::{Place, choose};
pub use secrets::Secrets;

/// The running gateway and ledger. They end when it is dropped.
pub struct Served {
    /// The gateway's URL.
    pub gateway: String,
    /// The ledger's URL.
    pub ledger: String,
    /// The processes.
    pub children: Vec<Child>,
    /// Returns all that they have printed.
    log: Box<dyn Fn() -> String>,
}

impl Served {
    /// Starts both with the registry that was published from `folder`: the gateway at `gateway`, and the ledger at
    /// `ledger` on hosts where it is a server of its own. On Workers they are the artefacts of `profile`.
    ///
    /// # Errors
    /// A program that could not be started.
    /// They could not be started.
    pub fn start(
        host: Host,
        profile: Profile,
        [gateway, ledger]: [Place; 2],
        folder: &Folder,
        secrets: &Secrets,
    ) -> Result<Self, Fault> {
        match host {
            Host::Workers => workers::serve(profile, gateway, ledger, folder, secrets),
            Host::Spin => spin::serve(gateway, folder, secrets),
        }
    }

    /// The last lines that they printed; they hold the reason if a function failed.
    pub fn last_lines(&self) -> String {
        last_lines(&(self.log)())
    }
}

/// Checks, signs and writes the registry for the host.
///
/// # Errors
/// A registry with faults, or one that could not be written.
pub fn publish(host: Host, folder: &Folder) -> Result<(), Fault> {
    let mut command = weir();
    command.args(["registry", "publish"]).arg(folder.path("registry"));
    command.arg("--key").arg(folder.path("publisher.json"));
    match host {
        Host::Workers => workers::publish_to(folder, &mut command),
        Host::Spin => spin::publish_to(folder, &mut command)?,
    }
    run_program(&mut command)
}

/// Builds the weir command.
///
/// # Errors
/// It does not compile.
pub fn build_weir() -> Result<(), Fault> {
    tools::native("weir", "compiling the weir command", "3 minutes")
}

/// The `weir` command, without arguments. It has to be built: cargo is not asked again at every start.
pub fn weir() -> Command {
    program(tools::debug("weir"))
}

/// A script for Node, without arguments.
///
/// # Errors
/// Node could not be installed.
pub fn node(script: &Path) -> Result<Command, Fault> {
    let mut command = tools::node_command()?;
    command.arg(script);
    Ok(command)
}

/// The last lines of `log`.
fn last_lines(log: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
    if last.is_empty() { String::new() } else { format!("what the functions printed last:\n{}\n", last.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_lines_are_the_end_of_a_log() {
        let log: String = (0..100).map(|line| format!("line {line}\n")).collect();
        let last = last_lines(&log);
        assert!(last.ends_with("line 99\n"), "the newest line should be there");
        assert!(!last.contains("line 59\n"), "what is older than 40 lines should not");
        assert_eq!(last_lines(""), "", "an empty log should say nothing");
    }
}
