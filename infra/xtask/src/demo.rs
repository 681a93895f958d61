//! The demo: a demo identity provider, four origins, the gateway and the ledger on this machine, and real MCP clients
//! that call through them.
//!
//! ```text
//! walk.mjs ──▶ identity provider :8789      (tests/demo/identity_provider.mjs)
//!     │
//!     └──────▶ gateway :8787 ──┬──▶ documents :8790       (tests/demo/origins; the gateway is in workerd, through
//!                 │            ├──▶ tickets :8791          tests/harness/workers.mjs, or a component in Spin)
//!                 │            ├──▶ everything :8792
//!                 │            └──▶ leave :8793
//!                 │ queue, or outbox
//!                 └──▶ ledger :8788 ◀── walk.mjs reads the audit trail and the costs      (on Spin :8787, too)
//! ```
//!
//! Everything listens on loopback only. Keys and secrets are new in every run and stay in `target/demo`.

use std::{process::Command, thread, time::Duration};

use crate::{
    build::{self, Host, Profile},
    command::{Fault, joined, root, run as run_program},
    progress::step,
    serving::{self, Child, Folder, Place, Secrets, Served, build_weir, node, weir},
    tools,
};

/// The file in the demo's folder with the token that reads the ledger.
const READ_TOKEN: &str = "ledger-read-token";

/// The interval between two checks that every program still runs.
const LOOK: Duration = Duration::from_millis(200);

/// Plays the demo on `host`; `once` ends everything after the walk, else it serves until Ctrl-C.
///
/// # Errors
/// A build or start that failed, or an unexpected outcome in the walk.
pub fn run(host: Host, once: bool) -> Result<(), Fault> {
    let profile = profile(host);
    println!("demo: a first run takes about 7 minutes on two cores, later ones half a minute");
    if profile == Profile::Demo {
        println!("demo: the functions are larger here than what ships: `cargo xtask build` optimises them as a whole");
    }
    thread::scope(|scope| {
        let weir = scope.spawn(build_weir);
        let clients = scope.spawn(tools::install_inspector);
        build::only(host, None, profile)?;
        joined(clients)?;
        joined(weir)
    })?;

    let places = Places::choose()?;
    let folder = Folder::make(&root().join("target/demo"), &root().join("tests/demo/registry"), &places.all())?;
    let secrets = Secrets::make(&folder, &["documents", "everything", "leave"])?;
    folder.write(READ_TOKEN, &secrets.ledger_read_token)?;
    step("demo", "publishing the registry", || serving::publish(host, &folder))?;

    let mut demo = step("demo", "starting", || Demo::start(host, &places, &folder, &secrets))?;
    println!();
    let walked = demo.walk(&folder, &secrets);
    if walked.is_err() {
        eprint!("{}", demo.served.last_lines());
    }
    walked?;
    if once {
        return Ok(());
    }
    println!("demo: serving until Ctrl-C: {}", demo.places());
    demo.serve()
}

/// Compilation for Spin takes less time than the rest, so the demo runs the components that ship.
fn profile(host: Host) -> Profile {
    if host == Host::Workers { Profile::Demo } else { Profile::Release }
}

/// The address of each program.
#[derive(Clone, Copy)]
struct Places {
    gateway: Place,
    ledger: Place,
    identity_provider: Place,
    documents: Place,
    tickets: Place,
    everything: Place,
    leave: Place,
}

impl Places {
    /// Takes the ports that tests/demo/registry names, or free ones in place of those that are taken.
    fn choose() -> Result<Self, Fault> {
        let [gateway, ledger, identity_provider, documents, tickets, everything, leave] = serving::choose(
            "demo",
            [
                ("gateway", 8787),
                ("ledger", 8788),
                ("identity provider", 8789),
                ("origin `documents`", 8790),
                ("origin `tickets`", 8791),
                ("origin `everything`", 8792),
                ("origin `leave`", 8793),
            ],
        )?;
        Ok(Self { gateway, ledger, identity_provider, documents, tickets, everything, leave })
    }

    fn all(&self) -> [Place; 7] {
        let Self { gateway, ledger, identity_provider, documents, tickets, everything, leave } = *self;
        [gateway, ledger, identity_provider, documents, tickets, everything, leave]
    }
}

/// All running programs. They end when it is dropped.
struct Demo {
    places: Places,
    served: Served,
    children: Vec<Child>,
}

impl Demo {
    fn start(host: Host, places: &Places, folder: &Folder, secrets: &Secrets) -> Result<Self, Fault> {
        let children = vec![
            started("the identity provider", "identity_provider.mjs", places.identity_provider, |command| {
                command.args(["--audience", &places.gateway.url()]);
                command.arg("--leave").arg(format!("{}/mcp", places.leave.url()));
                command.env("SIGN_IN_CLIENT_SECRET", &secrets.sign_in_client_secret);
                command.env("ORIGIN_LEAVE_SECRET", secrets.of_origin("leave"));
            })?,
            started("the origin `documents`", "origins/documents.mjs", places.documents, |command| {
                command.env("ORIGIN_DOCUMENTS_SECRET", secrets.of_origin("documents"));
            })?,
            started("the origin `tickets`", "origins/tickets.mjs", places.tickets, |command| {
                command.args(["--gateway", &places.gateway.url()]);
            })?,
            started("the origin `everything`", "origins/everything.mjs", places.everything, |command| {
                command.env("ORIGIN_EVERYTHING_SECRET", secrets.of_origin("everything"));
            })?,
            started("the origin `leave`", "origins/leave.mjs", places.leave, |command| {
                command.args(["--idp", &places.identity_provider.url()]);
            })?,
        ];
        let served = Served::start(host, profile(host), [places.gateway, places.ledger], folder, secrets)?;
        Ok(Self { places: *places, served, children })
    }

    fn walk(&self, folder: &Folder, secrets: &Secrets) -> Result<(), Fault> {
        let mut walk = node(&root().join("tests/demo/walk.mjs"))?;
        walk.args(["--gateway", &self.served.gateway, "--ledger", &self.served.ledger]);
        for (option, place) in [
            ("--idp", self.places.identity_provider),
            ("--tickets", self.places.tickets),
            ("--leave", self.places.leave),
        ] {
            walk.arg(option).arg(place.url());
        }
        walk.arg("--inspector").arg(tools::inspector()).arg("--inspector-home").arg(folder.path("inspector"));
        walk.arg("--registry").arg(folder.path("registry")).arg("--read-token").arg(folder.path(READ_TOKEN));
        if let Some(chromium) = tools::chromium() {
            walk.arg("--chromium").arg(chromium).arg("--pictures").arg(folder.path("pictures"));
        }
        // The other values let the walk run the `weir` command.
        let weir = weir();
        walk.arg("--").arg(weir.get_program()).args(weir.get_args());
        run_program(walk.env("LEDGER_READ_TOKEN", &secrets.ledger_read_token))
    }

    /// The addresses, for people.
    fn places(&self) -> String {
        let Self { places, served: Served { gateway, ledger, .. }, .. } = self;
        let origins = [places.documents, places.tickets, places.everything, places.leave].map(Place::url).join(" ");
        format!(
            "gateway {gateway}, ledger {ledger}, identity provider {}, origins {origins}",
            places.identity_provider.url()
        )
    }

    /// Serves until Ctrl-C ends this process and its children, or until a child ends by itself.
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

/// Starts a program of tests/demo that listens on `port`; `order` completes its command.
fn started(name: &'static str, script: &str, place: Place, order: impl FnOnce(&mut Command)) -> Result<Child, Fault> {
    let mut command = node(&root().join("tests/demo").join(script))?;
    command.args(["--port", &place.port.to_string()]);
    order(&mut command);
    Ok(Child::start(name, command)?.0)
}
