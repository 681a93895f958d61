//! The demo: a demo identity provider, three origins, the gateway and the ledger on this machine, and real MCP clients walking through.
//!
//! ```text
//! walk.mjs ──▶ identity provider :8789      (tests/demo/identity_provider.mjs)
//!     │
//!     └──────▶ gateway :8787 ──┬──▶ documents :8790       (tests/demo/origins; the gateway is in workerd, through
//!                 │            ├──▶ tickets :8791          tests/harness/workers.mjs, or a component in Spin)
//!                 │            └──▶ everything :8792
//!                 │ queue, or outbox
//!                 └──▶ ledger :8788 ◀── walk.mjs reads the audit trail and the costs      (on Spin :8787, too)
//! ```
//!
//! Everything listens on loopback only. Keys and secrets are new in every run and stay in `target/demo`.

mod children;
mod folder;
mod ports;
mod progress;
mod secrets;
mod spin;
mod workers;

use std::{path::Path, process::Command, thread, time::Duration};

use crate::{
    build::{self, Host},
    command::{Fault, cargo, root, run as run_program},
    tools,
};
use children::Child;
use folder::Folder;
use ports::{Ports, url};
use progress::step;
use secrets::Secrets;

/// Between two looks at whether everything still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Plays the demo on `host`; `once` ends everything after the walk, else it serves until Ctrl-C.
///
/// # Errors
/// What could not be built or started, or what in the walk went otherwise than it should.
pub fn run(host: Host, once: bool) -> Result<(), Fault> {
    step("building the functions", || build::all(host))?;
    step("building the weir command", || run_program(cargo().args(["build", "--quiet", "--package", "weir"])))?;

    let ports = Ports::choose()?;
    let folder = Folder::make(&root().join("target/demo"), &root().join("tests/demo/registry"), &ports)?;
    let secrets = Secrets::make(&folder)?;
    step("publishing the registry", || publish(host, &folder))?;

    let mut demo = step("starting", || Demo::start(host, &ports, &folder, &secrets))?;
    println!();
    let walked = demo.walk(&folder, &secrets);
    if walked.is_err() {
        eprint!("{}", last_lines(&(demo.served.log)()));
    }
    walked?;
    if once {
        return Ok(());
    }
    println!("demo: serving until Ctrl-C: {}", demo.places());
    demo.serve()
}

fn weir() -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "weir", "--"]);
    command
}

/// Checks, signs and writes the registry to where the host will look for it.
fn publish(host: Host, folder: &Folder) -> Result<(), Fault> {
    let mut command = weir();
    command.args(["registry", "publish"]).arg(folder.path("registry"));
    command.arg("--key").arg(folder.path("publisher.json"));
    match host {
        Host::Workers => workers::publish_to(folder, &mut command),
        Host::Spin => spin::publish_to(folder, &mut command)?,
    }
    run_program(&mut command)
}

/// The gateway and the ledger, as they run on one of the hosts.
struct Served {
    gateway: String,
    ledger: String,
    children: Vec<Child>,
    /// Gives all that they printed.
    log: Box<dyn Fn() -> String>,
}

/// Everything that runs. The children end when it is dropped, whatever happened.
struct Demo {
    ports: Ports,
    served: Served,
    children: Vec<Child>,
}

impl Demo {
    fn start(host: Host, ports: &Ports, folder: &Folder, secrets: &Secrets) -> Result<Self, Fault> {
        let children = vec![
            started("the identity provider", "identity_provider.mjs", ports.identity_provider, |command| {
                command.args(["--audience", &url(ports.gateway)]);
            })?,
            started("the origin `documents`", "origins/documents.mjs", ports.documents, |command| {
                command.env("ORIGIN_DOCUMENTS_SECRET", &secrets.origin_documents);
            })?,
            started("the origin `tickets`", "origins/tickets.mjs", ports.tickets, |command| {
                command.args(["--gateway", &url(ports.gateway)]);
            })?,
            started("the origin `everything`", "origins/everything.mjs", ports.everything, |command| {
                command.env("ORIGIN_EVERYTHING_SECRET", &secrets.origin_everything);
            })?,
        ];
        let served = match host {
            Host::Workers => workers::serve(ports, folder, secrets)?,
            Host::Spin => spin::serve(ports, folder, secrets)?,
        };
        Ok(Self { ports: *ports, served, children })
    }

    fn walk(&self, folder: &Folder, secrets: &Secrets) -> Result<(), Fault> {
        let mut walk = node(&root().join("tests/demo/walk.mjs"))?;
        walk.args(["--gateway", &self.served.gateway, "--ledger", &self.served.ledger]);
        walk.args(["--idp", &url(self.ports.identity_provider), "--tickets", &url(self.ports.tickets)]);
        walk.arg("--registry").arg(folder.path("registry"));
        // The rest is how the walk runs the weir command.
        let weir = weir();
        walk.arg("--").arg(weir.get_program()).args(weir.get_args());
        run_program(walk.env("LEDGER_READ_TOKEN", &secrets.ledger_read_token))
    }

    /// What listens where.
    fn places(&self) -> String {
        let Self { ports, served: Served { gateway, ledger, .. }, .. } = self;
        let origins = [ports.documents, ports.tickets, ports.everything].map(url).join(" ");
        format!(
            "gateway {gateway}, ledger {ledger}, identity provider {}, origins {origins}",
            url(ports.identity_provider)
        )
    }

    /// Until Ctrl-C ends this process, and with it the children, or one of them ends by itself.
    fn serve(&mut self) -> Result<(), Fault> {
        loop {
            let children = self.children.iter_mut().chain(&mut self.served.children);
            if let Some(ended) = children.into_iter().find_map(Child::ended) {
                return Err(Fault::Found(format!("{ended} ended by itself")));
            }
            thread::sleep(LOOK);
        }
    }
}

/// The end of a log: the reason, when the walk failed inside a function.
fn last_lines(log: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
    if last.is_empty() { String::new() } else { format!("what the functions printed last:\n{}\n", last.join("\n")) }
}

/// A program of tests/demo that listens on `port`, with whatever else `order` gives it.
fn started(name: &'static str, script: &str, port: u16, order: impl FnOnce(&mut Command)) -> Result<Child, Fault> {
    let mut command = node(&root().join("tests/demo").join(script))?;
    command.args(["--port", &port.to_string()]);
    order(&mut command);
    Ok(Child::start(name, command)?.0)
}

fn node(script: &Path) -> Result<Command, Fault> {
    let mut command = tools::node_command()?;
    command.arg(script);
    Ok(command)
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
