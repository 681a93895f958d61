//! The chores: demo, test, fuzz, conformance, bench, build, size, tidy, docs, ci. `cargo xtask --help` teaches them.

mod bench;
mod build;
mod ci;
mod clock;
mod command;
mod conformance;
mod demo;
mod docs;
mod fuzz;
mod progress;
mod serving;
mod size;
mod spin;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of Weir.
///
/// Start with `cargo xtask demo`: it needs rustup and npm, gets everything else, and plays the main job in front of
/// you. Before you hand in a change, run `cargo xtask ci`: it is all that the build server runs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Plays the main job on this machine: a demo identity provider, three origins, the gateway and the ledger.
    ///
    /// Gets what is missing, builds the wasm, starts everything, walks real MCP clients through it as three people and
    /// prints what each of them sees, the refusals with their reasons, one audit event and what it cost per team. Then
    /// it keeps serving, with the line to paste into Claude Code and VS Code, until you press Ctrl-C.
    Demo {
        /// Exit after the walk instead of serving on.
        #[arg(long)]
        once: bool,
        /// What runs the gateway and the ledger: local workerd; or `spin`, where none is on the PATH its test host.
        #[arg(long, value_enum, default_value_t = build::Host::Workers)]
        host: build::Host,
    },
    /// Runs the tests and ends with one line: `N passed, N failed, N skipped`.
    ///
    /// `all` is: native unit, property and contract tests, the stage suite in memory, the shared crates on wasm32, the
    /// port contracts inside workerd and inside Spin, the stage suite on both, the official clients end to end,
    /// conformance on both hosts, and the fuzz targets with the same inputs each time. The time of each step is kept in
    /// target/test/times.json; a step that runs a fifth longer than the last time says so. Spin is played by
    /// tests/harness/spin; a Redis server is installed where there is none (Debian's redis-server, as root).
    Test {
        /// Only what belongs to this target, or everything.
        #[arg(long, value_enum, default_value_t = test::Target::All)]
        target: test::Target,
        /// Fuzzes with a tenth of the inputs.
        #[arg(long)]
        quick: bool,
    },
    /// Throws bytes at what strangers can reach, for a while: JSON-RPC, headers, event streams, sealed texts, the whole
    /// line.
    ///
    /// Every target of tests/fuzz runs from its seeds on; what it finds is written to target/fuzz/found. Runs on stable
    /// Rust; needs a C++ compiler for libFuzzer. `cargo xtask fuzz line --seconds 3600` looks at one of them for an
    /// hour; `--fixed` runs what the test command runs.
    Fuzz(fuzz::Fuzz),
    /// Runs the official conformance suite against Weir, and the official clients of four SDKs through it.
    ///
    /// Starts an origin of each era, made with the official SDK, and the gateway in front of them, on virtual servers
    /// that anybody may use. Both revisions are asked for all that they require; the suite's client scenarios watch how
    /// Weir asks its origins. What tests/conformance/expected-failures.yml names has to fail, for a reason that is in
    /// the manual; all else has to pass. Needs python3; its module venv is installed where it is missing (Debian's
    /// python3-venv, as root).
    Conformance(conformance::Conformance),
    /// Measures what Weir costs: the origin, bare pass-throughs and Weir under the same load, in one run.
    ///
    /// Prints a table and the ratios that are promised, each met or missed, and writes target/bench/workers.json, or
    /// spin.json. On Workers the table also says how soon a stream begins, and what a result of 10 MB costs in memory
    /// while its client reads it slowly; neither is in the file. A missed target is no failure; an answer that is an
    /// error is one. It takes some minutes; keep the machine quiet meanwhile.
    Bench(bench::Bench),
    /// Builds the functions into wasm, ready for workerd and `wrangler deploy`, or for Spin.
    Build {
        /// Only this one.
        function: Option<build::Function>,
        /// What is to run it.
        #[arg(long, value_enum, default_value_t = build::Host::Workers)]
        host: build::Host,
        /// Quick to build, with names in stack traces, several times larger.
        #[arg(long)]
        dev: bool,
    },
    /// Prints how large the functions are, raw and gzip, and fails above the budget.
    Size {
        /// Only on this host.
        #[arg(long, value_enum)]
        host: Option<build::Host>,
    },
    /// Checks the files, the packages, format, lints and docs: everything that a reviewer should not have to.
    ///
    /// Every import inside a circle of files is written to target/tidy/circles.txt.
    Tidy {
        /// Checks the files and the packages only, in seconds: no format, lints or docs.
        #[arg(long)]
        files: bool,
    },
    /// Writes the manual as Markdown into docs/, for reading on a code host.
    Docs {
        /// Writes nothing, and fails if a page in docs/ differs from the manual.
        #[arg(long)]
        check: bool,
    },
    /// Runs tidy, every test, then size: the same as `.ci/run`.
    Ci,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Demo { once, host } => demo::run(host, once),
        Chore::Test { target, quick } => test::run(target, quick),
        Chore::Fuzz(order) => fuzz::run(&order),
        Chore::Conformance(order) => conformance::run(&order),
        Chore::Bench(bench) => bench::run(&bench),
        Chore::Build { function, host, dev } => {
            build::only(host, function, if dev { build::Profile::Dev } else { build::Profile::Release })
        }
        Chore::Size { host } => size::run(host),
        Chore::Tidy { files } => tidy::run(files),
        Chore::Docs { check } => docs::run(check),
        Chore::Ci => ci::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Chore, clap::Error> {
        Arguments::try_parse_from(["xtask"].into_iter().chain(words.split(' '))).map(|arguments| arguments.chore)
    }

    #[test]
    fn demo_runs_on_the_host_that_is_named() {
        let on = |words| match read(words) {
            Ok(Chore::Demo { once, host }) => Some((once, host)),
            _ => None,
        };
        assert_eq!(on("demo"), Some((false, build::Host::Workers)));
        assert_eq!(on("demo --host spin --once"), Some((true, build::Host::Spin)));
        assert_eq!(on("demo --host nowhere"), None, "an unknown host should be refused");
    }

    #[test]
    fn bench_on_spin_measures_the_functions_only() {
        assert!(matches!(read("bench --host spin --quick"), Ok(Chore::Bench(_))), "a short run should be one");
        for other in ["--registry-size", "--url http://127.0.0.1:1/mcp"] {
            assert!(read(&format!("bench --host spin {other}")).is_err(), "{other} has nothing to do with Spin");
        }
    }
}
