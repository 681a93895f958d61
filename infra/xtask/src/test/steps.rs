//! The steps of the test command: the programs of each, and all that has to be built before they run.

use std::process::Command;

use crate::{
    build,
    command::{Fault, cargo, linting_cargo, program, root, run as run_program},
    conformance, fuzz, spin, tools,
};

/// The lane that runs a step's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Beside the building of later steps, for programs that mostly wait or are quick.
    Waiting,
    /// Beside the first lane as well, for clients and servers that are given minutes.
    Conforming,
    /// In the lane that builds, for programs that keep a core busy.
    Computing,
}

/// One group of tests.
#[derive(Clone, Copy)]
pub struct Step {
    /// Its name in the output and in the kept times.
    pub title: &'static str,
    /// Builds all that the step needs and returns the program that prints results.
    pub build: fn() -> Result<Command, Fault>,
    /// The lane that runs the program.
    pub lane: Lane,
}

impl Step {
    const fn new(title: &'static str, build: fn() -> Result<Command, Fault>) -> Self {
        Self { title, build, lane: Lane::Waiting }
    }

    const fn conforming(title: &'static str, build: fn() -> Result<Command, Fault>) -> Self {
        Self { title, build, lane: Lane::Conforming }
    }

    const fn computing(title: &'static str, build: fn() -> Result<Command, Fault>) -> Self {
        Self { title, build, lane: Lane::Computing }
    }
}

/// Everything but fuzzing, in the order in which a mistake is cheapest to find.
///
/// Debug builds come first: the other lanes ask cargo for programs of that profile and would wait for a build of it.
/// Steps that another lane runs come before those of the building lane alone, so that no lane waits long.
pub const ALL: &[Step] = &[
    Step::new("native", native),
    Step::new("wasm32", wasm),
    CONTRACTS_IN_WORKERD,
    STAGES_ON_WORKERD,
    Step::conforming("conformance on workerd", || conforming(build::Host::Workers)),
    CONTRACTS_IN_SPIN,
    Step::new("the Spin test host itself", spin_test_host),
    STAGES_ON_SPIN,
    Step::conforming("conformance on Spin", || conforming(build::Host::Spin)),
];
pub const STAGES_IN_MEMORY: Step = Step::new("stages in memory", || built(stages("memory")));
pub const STAGES_ON_WORKERD: Step = Step::new("stages on workerd", || {
    build::all(build::Host::Workers)?;
    built(stages("workers"))
});
pub const CONTRACTS_IN_WORKERD: Step = Step::new("port contracts inside workerd", contracts_in_workerd);
pub const CONTRACTS_IN_SPIN: Step = Step::new("port contracts inside Spin, embedded and with Redis", contracts_in_spin);
pub const STAGES_ON_SPIN: Step = Step::new("stages on Spin", stages_on_spin);
pub const FUZZ: Step = Step::computing("fuzz targets", || fuzz::command(100));
pub const FUZZ_QUICKLY: Step = Step::computing("fuzz targets, a tenth of the inputs", || fuzz::command(10));

/// The `cargo test` command, after a run that only compiles: the two are timed apart.
fn built(command: Command) -> Result<Command, Fault> {
    let mut compile = Command::new(command.get_program());
    compile.current_dir(root()).args(command.get_args()).arg("--no-run");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => compile.env(name, value),
            None => compile.env_remove(name),
        };
    }
    run_program(&mut compile)?;
    Ok(command)
}

/// Unit, property and contract tests of every native crate, and with them the stage suite in memory.
fn native() -> Result<Command, Fault> {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast"]).env("TARGET", "memory");
    built(command)
}

/// The stage suite, one target.
///
/// It names no package, so cargo chooses the features as for all native crates and compiles nothing a second time.
fn stages(target: &str) -> Command {
    let mut command = cargo();
    command.args(["test", "--no-fail-fast", "--test", "stages", "--test", "isolate_memory"]).env("TARGET", target);
    command
}

/// The weir command with the features of the native tests, which have compiled all of it: building that package alone
/// would compile Cedar again.
fn weir() -> Result<(), Fault> {
    // A test of the command's own needs the program.
    run_program(cargo().args(["test", "--quiet", "--no-run", "--test", "command"]))
}

/// The shared crates as they ship: wasm32, run by Node.
fn wasm() -> Result<Command, Fault> {
    tools::wasm_target("wasm32-unknown-unknown")?;
    let mut command = cargo();
    command
        .args(["test", "--no-fail-fast", "--target", "wasm32-unknown-unknown", "--test", "wasm"])
        .env("PATH", tools::path_with_node()?);
    for package in wasm_tested()? {
        command.args(["--package", &package]);
    }
    built(command)
}

/// The crate that runs where `weir` does, and nowhere else: Cedar is in it.
const PUBLISHER: &str = "policy-compiler";

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
        } else if name != PUBLISHER && !name.starts_with("host-") && folder.join("Cargo.toml").is_file() {
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

/// The port contracts inside Spin: on the embedded database, and on a Redis server.
fn contracts_in_spin() -> Result<Command, Fault> {
    build::contracts(build::Host::Spin)?;
    tools::redis_server()?;
    let mut command = tools::node_command()?;
    command.arg("tests/contracts-spin/run.mjs").arg(spin::test_host(spin::PROFILE)?);
    Ok(command)
}

/// The stage suite on the shipped components; with the tests that are only for Spin, which need a Redis server.
fn stages_on_spin() -> Result<Command, Fault> {
    build::all(build::Host::Spin)?;
    tools::redis_server()?;
    let test_host = spin::test_host(spin::PROFILE)?;
    // Each test starts a host: a component that is compiled once here is not compiled again by each of them.
    run_program(program(&test_host).args(["--from", "spin.toml", "--compile-only"]))?;
    let mut command = stages("spin");
    command.env("WEIR_SPIN_TEST_HOST", test_host).env("PATH", tools::path_with_node()?);
    built(command)
}

/// The test host, linted, in the profile of its other users, because its dependencies take minutes to build.
fn spin_test_host() -> Result<Command, Fault> {
    let mut command = linting_cargo();
    command.args(["test", "--no-fail-fast", "--profile", spin::PROFILE, "--package", spin::TEST_HOST]);
    built(command)
}

/// The conformance suite, with the functions and the weir command built.
fn conforming(host: build::Host) -> Result<Command, Fault> {
    build::all(host)?;
    if host == build::Host::Spin {
        spin::test_host(spin::PROFILE)?;
    }
    weir()?;
    conformance::command(host)
}
