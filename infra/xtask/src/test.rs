//! Every test there is, with one line at the end: `N passed, N failed, N skipped`.

mod tally;

use std::{process::Command, time::Duration};

use clap::ValueEnum;

use crate::{
    build,
    clock::now,
    command::{Fault, cargo, program, root, run as run_program},
    conformance, fuzz, spin, tools,
};
use tally::{Tally, counted};

/// Where the tests run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// The stage suite on the memory ports: quick, no tools needed.
    Memory,
    /// The stage suite on local workerd.
    Workers,
    /// The port contracts and the stage suite in the Spin test host.
    Spin,
    /// Everything.
    All,
}

/// One group of tests: what it is called, and what makes it ready to run.
type Step = (&'static str, fn() -> Result<Command, Fault>);

/// Everything, in the order in which a mistake is cheapest to find.
const ALL: &[Step] = &[
    ("native", native),
    ("wasm32", wasm),
    ("port contracts inside workerd", contracts_in_workerd),
    CONTRACTS_IN_SPIN,
    ("the Spin test host itself", spin_test_host),
    STAGES_ON_WORKERD,
    STAGES_ON_SPIN,
    CONFORMANCE_ON_WORKERD,
    CONFORMANCE_ON_SPIN,
];
const STAGES_IN_MEMORY: Step = ("stages in memory", || Ok(stages("memory")));
const STAGES_ON_WORKERD: Step = ("stages on workerd", || {
    build::all(build::Host::Workers)?;
    Ok(stages("workers"))
});
const CONTRACTS_IN_SPIN: Step = ("port contracts inside Spin, embedded and with Redis", contracts_in_spin);
const STAGES_ON_SPIN: Step = ("stages on Spin", stages_on_spin);

const CONFORMANCE_ON_WORKERD: Step = ("conformance on workerd", || conformance::command(build::Host::Workers));
const CONFORMANCE_ON_SPIN: Step = ("conformance on Spin", || conformance::command(build::Host::Spin));
const FUZZ: Step = ("fuzz targets", || fuzz::command(100));
const FUZZ_QUICKLY: Step = ("fuzz targets, a tenth of the inputs", || fuzz::command(10));

/// Runs what `target` asks for to its end, failures or not, and then says how it went.
pub fn run(target: Target, quick: bool) -> Result<(), Fault> {
    let steps = match target {
        Target::Memory => vec![STAGES_IN_MEMORY],
        Target::Workers => vec![STAGES_ON_WORKERD],
        Target::Spin => vec![CONTRACTS_IN_SPIN, STAGES_ON_SPIN],
        // What takes long without telling much comes last.
        Target::All => ALL.iter().copied().chain([if quick { FUZZ_QUICKLY } else { FUZZ }]).collect(),
    };
    let began = now();
    let mut total = Tally::default();
    for (title, command) in steps {
        println!("test: {title}");
        let began = now();
        let tally = command().and_then(|mut command| counted(&mut command)).unwrap_or_else(|fault| {
            eprintln!("FAILED to run: {fault}");
            Tally { failed: 1, ..Tally::default() }
        });
        println!("test: {title}: {tally} in {}", seconds(began));
        total += tally;
    }
    println!("test: all of it in {}", seconds(began));
    println!("{total}");
    if total.failed > 0 {
        return Err(Fault::Found(
            "some tests failed, or could not run: read on from the first `FAILED` above".to_owned(),
        ));
    }
    if total.passed == 0 {
        return Err(Fault::Found("no test ran at all".to_owned()));
    }
    Ok(())
}

/// Unit, property and contract tests of every native crate, and with them the stage suite in memory.
fn native() -> Result<Command, Fault> {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast"]).env("TARGET", "memory");
    Ok(command)
}

/// The stage suite, one target.
fn stages(target: &str) -> Command {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast", "--package", "weir-tests"]).env("TARGET", target);
    command
}

/// The shared crates as they ship: wasm32, run by Node.
fn wasm() -> Result<Command, Fault> {
    let mut command = cargo();
    command
        .args(["test", "--no-fail-fast", "--target", "wasm32-unknown-unknown", "--test", "wasm"])
        .env("PATH", tools::path_with_node()?);
    for package in wasm_tested()? {
        command.args(["--package", &package]);
    }
    Ok(command)
}

/// The portable crates: each has its `tests/wasm.rs`.
fn wasm_tested() -> Result<Vec<String>, Fault> {
    let shared = root().join("shared");
    let fault = |source| Fault::File { path: shared.clone(), source };
    let mut packages = Vec::new();
    for entry in std::fs::read_dir(&shared).map_err(fault)? {
        let folder = entry.map_err(fault)?.path();
        let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
        if folder.join("tests/wasm.rs").is_file() {
            packages.push(name.to_owned());
        } else if !name.starts_with("host-") && folder.join("Cargo.toml").is_file() {
            return Err(Fault::Found(format!(
                "shared/{name}/tests/wasm.rs: a crate for every host is tested on wasm32 too"
            )));
        }
    }
    packages.sort();
    Ok(packages)
}

/// The contract of every port, inside workerd.
fn contracts_in_workerd() -> Result<Command, Fault> {
    build::contracts(build::Host::Workers)?;
    let mut command = tools::node_command()?;
    command.arg("tests/contracts-workers/run.mjs");
    Ok(command)
}

/// The same inside Spin: on the embedded database, and on a Redis server.
fn contracts_in_spin() -> Result<Command, Fault> {
    build::contracts(build::Host::Spin)?;
    tools::redis_server()?;
    let mut command = tools::node_command()?;
    command.arg("tests/contracts-spin/run.mjs").arg(spin::test_host()?);
    Ok(command)
}

/// The stage suite on the components as they are deployed; with what is Spin's alone, it needs a Redis server.
fn stages_on_spin() -> Result<Command, Fault> {
    build::all(build::Host::Spin)?;
    tools::redis_server()?;
    let test_host = spin::test_host()?;
    // Each test starts a host of its own: what is compiled once now would be compiled by all that start first.
    run_program(program(&test_host).args(["--from", "spin.toml", "--compile-only"]))?;
    let mut command = stages("spin");
    command.env("WEIR_SPIN_TEST_HOST", test_host).env("PATH", tools::path_with_node()?);
    Ok(command)
}

/// What stands in for Spin: as it is built for the others, for its dependencies take minutes.
fn spin_test_host() -> Result<Command, Fault> {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast", "--profile", spin::PROFILE, "--package", spin::TEST_HOST]);
    Ok(command)
}

fn seconds(began: std::time::Instant) -> String {
    let elapsed: Duration = began.elapsed();
    format!("{}.{} s", elapsed.as_secs(), elapsed.subsec_millis() / 100)
}
