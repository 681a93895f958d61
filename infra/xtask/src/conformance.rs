//! Conformance: the official suite against Weir as a server and against its origin leg, and the official clients of four SDKs.
//!
//! ```text
//! conformance server ──▶ gateway :8887 ──┬──▶ modern :8891       (tests/conformance/origins)
//! four official clients ──────▲          └──▶ legacy :8892
//!
//! conformance client ──starts──▶ clients/scenario.mjs ──▶ gateway :8887 ──▶ :8893 ──▶ the scenario's own server
//! ```
//!
//! Everything that is required has to pass, and everything else that the suite runs, unless tests/conformance/expected-failures.yml
//! names it; a scenario that is named there and passes is a failure, too.

mod clients;
mod expected;
mod origin_leg;
mod outcome;
mod suite;

use clap::Args;

use crate::{
    build::{self, Host},
    clock::now,
    command::{Fault, root},
    progress::step,
    serving::{self, Child, Folder, Place, Secrets, Served, build_weir, node},
    tools,
};
use expected::Expected;
use outcome::{Outcome, Row};

const CHORE: &str = "conformance";

/// What `cargo xtask conformance` takes.
#[derive(Debug, Args)]
pub struct Conformance {
    /// What runs the gateway.
    #[arg(long, value_enum, default_value_t = Host::Workers)]
    host: Host,
    /// Only this part of it.
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// What is asked of Weir.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The server scenarios of the suite.
    Server,
    /// The official clients.
    Clients,
    /// The client scenarios of the suite, which Weir's origin leg plays.
    OriginLeg,
}

/// A revision, and the virtual server in front of the fixture that speaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revision {
    number: &'static str,
    era: &'static str,
}

const REVISIONS: [Revision; 2] =
    [Revision { number: "2026-07-28", era: "modern" }, Revision { number: "2025-11-25", era: "legacy" }];

/// Where each program listens.
#[derive(Debug, Clone, Copy)]
struct Places {
    gateway: Place,
    ledger: Place,
    origins: [Place; 2],
    scenario: Place,
}

impl Places {
    fn choose() -> Result<Self, Fault> {
        let [gateway, ledger, modern, legacy, scenario] = serving::choose(
            CHORE,
            [
                ("gateway", 8887),
                ("ledger", 8888),
                ("modern origin", 8891),
                ("legacy origin", 8892),
                ("scenario's origin", 8893),
            ],
        )?;
        Ok(Self { gateway, ledger, origins: [modern, legacy], scenario })
    }

    fn all(&self) -> [Place; 5] {
        let [modern, legacy] = self.origins;
        [self.gateway, self.ledger, modern, legacy, self.scenario]
    }
}

/// Runs all of it on one host and prints a table.
///
/// # Errors
/// Something could not be built or started, or did not go as expected.
pub fn run(order: &Conformance) -> Result<(), Fault> {
    let outcome = outcome(order.host, order.only)?;
    outcome.print(order.host);
    println!("{} passed, {} failed", outcome.passed(), outcome.failures().len());
    if outcome.failures().is_empty() {
        Ok(())
    } else {
        Err(Fault::Found("Weir does not conform: see above".to_owned()))
    }
}

fn outcome(host: Host, only: Option<Part>) -> Result<Outcome, Fault> {
    let wants = |part| only.is_none_or(|only| only == part);
    step(CHORE, "building the functions", || build::all(host))?;
    step(CHORE, "building the weir command", build_weir)?;
    let expected = Expected::read()?;
    let places = Places::choose()?;
    let began = now();
    let mut outcome = Outcome::default();
    if wants(Part::Server) || wants(Part::Clients) {
        let clients = if wants(Part::Clients) { clients::ready()? } else { Vec::new() };
        let (folder, secrets) = prepared(host, &places, "conformance", "registry")?;
        let _origins = [("modern", places.origins[0]), ("legacy", places.origins[1])]
            .map(|(era, place)| origin(era, place))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let served =
            step(CHORE, "starting", || Served::start(host, [places.gateway, places.ledger], &folder, &secrets))?;
        if wants(Part::Server) {
            for revision in REVISIONS {
                outcome.extend(step(CHORE, &format!("the server scenarios of {}", revision.number), || {
                    suite::server(revision, &served.gateway, &folder, &expected)
                })?);
            }
        }
        if wants(Part::Clients) {
            outcome.extend(step(CHORE, "the official clients", || Ok(clients::walk(&clients, &served.gateway)))?);
        }
        outcome.log_if_failed(|| served.last_lines());
    }
    if wants(Part::OriginLeg) {
        let (folder, secrets) = prepared(host, &places, "conformance-origin-leg", "client-registry")?;
        for revision in REVISIONS {
            outcome.extend(step(CHORE, &format!("the client scenarios of {}", revision.number), || {
                origin_leg::run(host, revision, &places, &folder, &secrets, &expected)
            })?);
        }
    }
    println!("{CHORE}: all of it took {} s", began.elapsed().as_secs());
    Ok(outcome)
}

/// A folder in `target` with a registry of tests/conformance, published.
fn prepared(host: Host, places: &Places, folder: &str, registry: &str) -> Result<(Folder, Secrets), Fault> {
    let folder = Folder::make(
        &root().join("target").join(folder),
        &root().join("tests/conformance").join(registry),
        &places.all(),
    )?;
    let secrets = Secrets::make(&folder, &[])?;
    step(CHORE, "publishing the registry", || serving::publish(host, &folder))?;
    Ok((folder, secrets))
}

/// A fixture origin.
fn origin(era: &'static str, place: Place) -> Result<Child, Fault> {
    let mut command = node(&root().join(format!("tests/conformance/origins/{era}.mjs")))?;
    command.args(["--port", &place.port.to_string()]);
    Ok(Child::start(era, command)?.0)
}

/// The official suite, ready for arguments.
fn official() -> Result<std::process::Command, Fault> {
    let mut command = tools::node_command()?;
    command.arg("tests/node_modules/@modelcontextprotocol/conformance/dist/index.js");
    Ok(command)
}
