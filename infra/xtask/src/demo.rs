//! The demo: a demo identity provider, three origins, the gateway and the ledger on local workerd, and real MCP clients walking through.
//!
//! ```text
//! walk.mjs ──▶ identity provider :8789      (tests/demo/identity_provider.mjs)
//!     │
//!     └──────▶ gateway :8787 ──┬──▶ documents :8790       (tests/demo/origins; the gateway is in workerd, through
//!                 │            ├──▶ tickets :8791          tests/harness/workers.mjs)
//!                 │            └──▶ everything :8792
//!                 │ queue
//!                 └──▶ ledger :8788 ◀── walk.mjs reads the audit trail and the costs
//! ```
//!
//! Everything listens on loopback only. Keys and secrets are new in every run and stay in `target/demo`.

mod children;
mod folder;
mod ports;
mod progress;
mod secrets;

use std::{path::Path, process::Command, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    build,
    command::{Fault, cargo, root, run as run_program},
    tools,
};
use children::{Child, Control};
use folder::Folder;
use ports::{Ports, url};
use progress::step;
use secrets::Secrets;

/// Between two looks at whether everything still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Plays the demo; `once` ends everything after the walk, else it serves until Ctrl-C.
///
/// # Errors
/// What could not be built or started, or what in the walk went otherwise than it should.
pub fn run(once: bool) -> Result<(), Fault> {
    step("building the functions", || build::all(build::Host::Workers))?;
    step("building the weir command", || run_program(cargo().args(["build", "--quiet", "--package", "weir"])))?;

    let ports = Ports::choose()?;
    let folder = Folder::make(&root().join("target/demo"), &root().join("tests/demo/registry"), &ports)?;
    let secrets = Secrets::make(&folder)?;
    step("publishing the registry", || publish(&folder))?;

    let mut demo = step("starting", || Demo::start(&ports, &folder, &secrets))?;
    println!();
    let walked = demo.walk(&folder, &secrets);
    if walked.is_err() {
        eprint!("{}", demo.last_words());
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

/// Checks, signs and writes the registry to where workerd will look for it.
fn publish(folder: &Folder) -> Result<(), Fault> {
    let mut command = weir();
    command.args(["registry", "publish"]).arg(folder.path("registry"));
    command.arg("--key").arg(folder.path("publisher.json"));
    command.args(["--to", "workers", "--local", "--persist-to"]).arg(folder.path("state"));
    run_program(&mut command)
}

/// Everything that runs. The children end when it is dropped, whatever happened.
struct Demo {
    ports: Ports,
    gateway: String,
    ledger: String,
    control: Control,
    host: String,
    children: Vec<Child>,
}

impl Demo {
    fn start(ports: &Ports, folder: &Folder, secrets: &Secrets) -> Result<Self, Fault> {
        let mut children = vec![
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
        let (workers, ready) = Child::start("workerd", node(&root().join("tests/harness/workers.mjs"))?)?;
        children.push(workers);
        let control = Control::new(&ready)?;
        let order = json!({
            "queue": "ledger",
            "persist": folder.path("state"),
            "port": ports.gateway,
            "ledger_port": ports.ledger,
            "vars": { "REGISTRY_KEYS": secrets.registry_keys },
            "secrets": secrets.of_gateway(),
            "ledger_secrets": secrets.of_ledger(),
        });
        let host: Value = control.post("/hosts", &order.to_string())?;
        let text = |name: &str| host[name].as_str().unwrap_or_default().to_owned();
        let (gateway, ledger, host) = (text("gateway"), text("ledger"), text("id"));
        Ok(Self { ports: *ports, gateway, ledger, control, host, children })
    }

    fn walk(&self, folder: &Folder, secrets: &Secrets) -> Result<(), Fault> {
        let mut walk = node(&root().join("tests/demo/walk.mjs"))?;
        walk.args(["--gateway", &self.gateway, "--ledger", &self.ledger]);
        walk.args(["--idp", &url(self.ports.identity_provider), "--tickets", &url(self.ports.tickets)]);
        walk.arg("--registry").arg(folder.path("registry"));
        // The rest is how the walk runs the weir command.
        let weir = weir();
        walk.arg("--").arg(weir.get_program()).args(weir.get_args());
        run_program(walk.env("LEDGER_READ_TOKEN", &secrets.ledger_read_token))
    }

    /// What listens where.
    fn places(&self) -> String {
        let Self { ports, gateway, ledger, .. } = self;
        let origins = [ports.documents, ports.tickets, ports.everything].map(url).join(" ");
        format!(
            "gateway {gateway}, ledger {ledger}, identity provider {}, origins {origins}",
            url(ports.identity_provider)
        )
    }

    /// What workerd printed last: the reason, when the walk failed inside it.
    fn last_words(&self) -> String {
        const LINES: usize = 40;
        let log = self.control.get(&format!("/hosts/{}/log", self.host)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default();
        if last.is_empty() { String::new() } else { format!("the last lines of workerd:\n{}\n", last.join("\n")) }
    }

    /// Until Ctrl-C ends this process, and with it the children, or one of them ends by itself.
    fn serve(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(ended) = self.children.iter_mut().find_map(Child::ended) {
                return Err(Fault::Found(format!("{ended} ended by itself")));
            }
            thread::sleep(LOOK);
        }
    }
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
