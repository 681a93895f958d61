//! The gateway and the ledger as Spin components, with embedded stores, and `weir ledger drain` beside them.

use std::{fs, process::Command};

use serde_json::Value;

use super::{Served, children::Child, folder::Folder, node, places::Place, secrets::Secrets, weir};
use crate::{
    command::{Fault, root},
    progress::long_step,
    spin,
};

/// The log files of the host and of the drain, in the run's folder.
const LOGS: [&str; 2] = ["spin.log", "drain.log"];

/// Adds the options for Spin to `publish`: its key-value store, and the manifest's allowed hosts.
pub(super) fn publish_to(folder: &Folder, publish: &mut Command) -> Result<(), Fault> {
    let manifest = folder.path("spin.toml");
    spin::copy_manifest(&manifest)?;
    publish.args(["--to", "spin", "--manifest"]).arg(manifest).arg("--state").arg(folder.path("state"));
    Ok(())
}

/// Starts the host with both components, and the drain that brings events from the gateway to the ledger.
pub(super) fn serve(gateway: Place, folder: &Folder, secrets: &Secrets) -> Result<Served, Fault> {
    let runner = || spin::runner(spin::PROFILE);
    let runner = long_step("spin", "looking for Spin, or compiling its test host", Some("4 minutes"), runner)?;
    println!("spin: the components run in {}", runner.name);
    let address = gateway.url();
    let [log, drain_log] = LOGS;

    let mut host = tethered(folder, log)?;
    host.args(["--ready", "Serving http", "--"]).args(&runner.command);
    host.arg("--from").arg(folder.path("spin.toml")).arg("--state-dir").arg(folder.path("state"));
    host.args(["--listen", address.trim_start_matches("http://")]);
    // In the environment, because every user of this machine may read a command line.
    host.env("SPIN_VARIABLE_REGISTRY_KEYS", &secrets.registry_keys);
    host.env("SPIN_VARIABLE_LEDGER_DRAIN_TOKEN", &secrets.ledger_drain_token);
    for (name, value) in [secrets.of_gateway(), secrets.of_ledger()].iter().filter_map(Value::as_object).flatten() {
        host.env(format!("SPIN_VARIABLE_{name}"), value.as_str().unwrap_or_default());
    }
    let host = started(runner.name, host, folder)?;

    folder.write("drain-token", &secrets.ledger_drain_token)?;
    let mut drain = tethered(folder, drain_log)?;
    let weir = weir();
    drain.arg("--").arg(weir.get_program()).args(weir.get_args());
    drain.args(["ledger", "drain", "--url", &address, "--every", "1s", "--token-file"]).arg(folder.path("drain-token"));
    let drain = started("weir ledger drain", drain, folder)?;

    let logs = LOGS.map(|name| folder.path(name));
    let log = Box::new(move || logs.iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect());
    // The drain ends first: without a ledger it would only print errors.
    Ok(Served { gateway: address.clone(), ledger: address, children: vec![drain, host], log })
}

/// The wrapper that ends a program with this process and keeps its output in `log`.
fn tethered(folder: &Folder, log: &str) -> Result<Command, Fault> {
    let mut command = node(&root().join("tests/harness/tethered.mjs"))?;
    command.arg("--log").arg(folder.path(log));
    Ok(command)
}

/// Starts `command`; if it fails, the error holds its log.
fn started(name: &'static str, command: Command, folder: &Folder) -> Result<Child, Fault> {
    Child::start(name, command).map(|(child, _)| child).inspect_err(|_| {
        for log in LOGS {
            eprint!("{}", super::last_lines(&fs::read_to_string(folder.path(log)).unwrap_or_default()));
        }
    })
}
