//! Conformance: the official suite against Weir as a server and as a client of origins, and the official clients of
//! four SDKs.
//!
//! ```text
//! conformance server ──────┬──▶ gateway :8887 ──▶ modern :8891, then legacy :8892       (tests/conformance/origins)
//! four official clients ───┤
//! agents, three frameworks ┘
//!
//! conformance client ──starts──▶ clients/scenario.mjs ──▶ gateway :8887 ──▶ :8893 ──▶ the scenario's own server
//!
//! ten clients ───▶ gateway :8887  ──▶ modern :8891          (tests/conformance/sign_in; each opens a browser that walks
//!    └── browser ──▶ gateway ──▶ identity provider :8889     the login page and the consent page)
//! ```
//!
//! Every scenario that a revision requires and every other one that the suite runs has to pass, unless
//! tests/conformance/expected-failures.yml names it. A scenario that is named there and passes is a failure, too.

mod agents;
mod clients;
mod expected;
mod origin_leg;
mod outcome;
mod program;
mod sign_in;
mod suite;

use std::{env, process::Command};

use clap::Args;

use crate::{
    build::{self, Host, Profile},
    clock::now,
    command::{Fault, program, root},
    progress::step,
    serving::{self, Child, Folder, Place, Secrets, Served, build_weir, node},
    tools,
};
use expected::Expected;
use outcome::{Outcome, Row};

const CHORE: &str = "conformance";

/// The options of `cargo xtask conformance`.
#[derive(Debug, Args)]
pub struct Conformance {
    /// The host of the gateway; by default one after the other.
    #[arg(long, value_enum)]
    host: Option<Host>,
    /// Only this part of it.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Builds neither the functions nor the weir command: `cargo xtask test` has built both.
    #[arg(long, hide = true)]
    built: bool,
}

/// A part of the conformance run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The suite's server scenarios, against Weir as a server.
    Server,
    /// The official clients of four SDKs.
    Clients,
    /// The suite's client scenarios, against Weir as a client of origins.
    OriginLeg,
    /// Real clients that sign a person in, given the URL alone.
    SignIn,
}

/// A revision, and the virtual server in front of the fixture that speaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revision {
    number: &'static str,
    era: &'static str,
}

const REVISIONS: [Revision; 2] =
    [Revision { number: "2026-07-28", era: "modern" }, Revision { number: "2025-11-25", era: "legacy" }];

/// The address of each program.
#[derive(Debug, Clone, Copy)]
struct Places {
    gateway: Place,
    ledger: Place,
    origins: [Place; 2],
    scenario: Place,
    identity_provider: Place,
}

impl Places {
    fn choose() -> Result<Self, Fault> {
        let [gateway, ledger, modern, legacy, scenario, identity_provider] = serving::choose(
            CHORE,
            [
                ("gateway", 8887),
                ("ledger", 8888),
                ("modern origin", 8891),
                ("legacy origin", 8892),
                ("scenario's origin", 8893),
                ("identity provider", 8889),
            ],
        )?;
        Ok(Self { gateway, ledger, origins: [modern, legacy], scenario, identity_provider })
    }

    /// The address of the fixture that speaks `revision`.
    fn origin(&self, revision: Revision) -> Place {
        let [modern, legacy] = self.origins;
        if revision.era == "modern" { modern } else { legacy }
    }

    fn all(&self) -> [Place; 6] {
        let [modern, legacy] = self.origins;
        [self.gateway, self.ledger, modern, legacy, self.scenario, self.identity_provider]
    }
}

/// Runs all parts on each chosen host and prints a table for each.
///
/// # Errors
/// A build or start that failed, or a scenario with an unexpected outcome.
pub fn run(order: &Conformance) -> Result<(), Fault> {
    let hosts = order.host.map_or_else(|| vec![Host::Workers, Host::Spin], |host| vec![host]);
    let outcomes =
        hosts.into_iter().map(|host| Ok((host, outcome(host, order)?))).collect::<Result<Vec<_>, Fault>>()?;
    let (mut passed, mut failed) = (0, 0);
    for (host, outcome) in &outcomes {
        outcome.print(*host);
        passed += outcome.passed();
        failed += outcome.failures().len();
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {passed} passed; {failed} failed");
    if failed == 0 { Ok(()) } else { Err(Fault::Found("Weir does not conform: see above".to_owned())) }
}

/// The command of this run on `host`, for `cargo xtask test`: it prints a tally.
pub fn command(host: Host) -> Result<Command, Fault> {
    let me = env::current_exe().map_err(|source| Fault::File { path: "xtask".into(), source })?;
    let mut command = program(me);
    command.args(["conformance", "--built", "--host", host.name()]);
    Ok(command)
}

fn outcome(host: Host, order: &Conformance) -> Result<Outcome, Fault> {
    let wants = |part| order.only.is_none_or(|only| only == part);
    if !order.built {
        build::all(host)?;
        build_weir()?;
    }
    let expected = Expected::read()?;
    let places = Places::choose()?;
    let began = now();
    let mut outcome = Outcome::default();
    let clients =
        if wants(Part::Clients) { step(CHORE, "getting the official clients", clients::ready)? } else { Vec::new() };
    for revision in REVISIONS.into_iter().filter(|_| wants(Part::Server) || wants(Part::Clients)) {
        let (folder, secrets) = prepared(host, &places, revision.era)?;
        let _origin = origin(revision.era, places.origin(revision))?;
        let served = Served::start(host, Profile::Release, [places.gateway, places.ledger], &folder, &secrets)?;
        let mut rows = Vec::new();
        if wants(Part::Server) {
            rows.push(step(CHORE, &format!("the server scenarios of {}", revision.number), || {
                suite::server(revision, &served.gateway, &folder, &expected)
            })?);
        }
        if wants(Part::Clients) {
            rows.push(step(CHORE, &format!("the official clients, before a {} origin", revision.era), || {
                Ok(clients::walk(&clients, revision, &served.gateway))
            })?);
            if revision.era == "legacy" {
                let agents = || Ok(agents::walk(&served.gateway));
                rows.push(step(CHORE, "agents of three frameworks", agents)?);
            }
        }
        if rows.iter().any(|row| !row.failures.is_empty()) {
            eprint!("{}", served.last_lines());
        }
        outcome.extend(rows);
    }
    if wants(Part::OriginLeg) {
        let (folder, secrets) = prepared(host, &places, "scenario")?;
        for revision in REVISIONS {
            let leg = || origin_leg::run(host, revision, &places, &folder, &secrets, &expected);
            outcome.extend([step(CHORE, &format!("the client scenarios of {}", revision.number), leg)?]);
        }
    }
    if wants(Part::SignIn) {
        step(CHORE, "getting the clients that sign in", sign_in::ready)?;
        let (folder, secrets) = prepared(host, &places, "sign_in")?;
        let _origin = origin("modern", places.origin(REVISIONS[0]))?;
        let _provider = sign_in::identity_provider(places.identity_provider, &places.gateway.url(), &secrets)?;
        let served = Served::start(host, Profile::Release, [places.gateway, places.ledger], &folder, &secrets)?;
        let row = step(CHORE, "clients that sign in", || {
            Ok(sign_in::walk(&served.gateway, places.identity_provider, &folder))
        })?;
        if !row.failures.is_empty() {
            eprint!("{}", served.last_lines());
        }
        outcome.extend([row]);
    }
    println!("{CHORE}: all of it took {} s", began.elapsed().as_secs());
    Ok(outcome)
}

/// A published registry of tests/conformance/registries in a folder in `target`. Exposed tool names are unique in a
/// registry and the suite calls the same names in both eras, so each era has its own registry.
fn prepared(host: Host, places: &Places, registry: &str) -> Result<(Folder, Secrets), Fault> {
    let folder = root().join("target/conformance").join(registry);
    let folder = Folder::make(&folder, &root().join("tests/conformance/registries").join(registry), &places.all())?;
    let secrets = Secrets::make(&folder, &[])?;
    step(CHORE, "publishing the registry", || serving::publish(host, &folder))?;
    Ok((folder, secrets))
}

/// Starts a fixture origin.
fn origin(era: &'static str, place: Place) -> Result<Child, Fault> {
    let mut command = node(&root().join(format!("tests/conformance/origins/{era}.mjs")))?;
    command.args(["--port", &place.port.to_string()]);
    Ok(Child::start(era, command)?.0)
}

/// The official suite's program, without arguments.
fn official() -> Result<Command, Fault> {
    let mut command = tools::node_command()?;
    command.arg("tests/node_modules/@modelcontextprotocol/conformance/dist/index.js");
    Ok(command)
}
