//! The development commands: demo, test, fuzz, conformance, bench, build, size, tidy, docs, ci; see `cargo xtask
//! --help`.

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

/// Weir's development commands.
///
/// Start with `cargo xtask demo`: it needs rustup and npm, installs everything else, and shows sign-in, tool calls,
/// refusals, audit and costs. Before you hand in a change, run `cargo xtask ci`: the build server runs the same.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Runs Weir on this machine with a demo identity provider, four origins and real MCP clients.
    ///
    /// Installs missing tools, builds the wasm and starts everything. Then MCP clients call tools as five people; one
    /// signs in through a Chromium, and one has a client that gets ID-JAGs by itself. The output shows the tools
    /// of each, the refusals with their reasons, one audit event and the cost per team. Afterwards everything keeps
    /// running, with the line to paste into Claude Code and VS Code, until Ctrl-C.
    Demo {
        /// Exits after the clients' calls instead of serving on.
        #[arg(long)]
        once: bool,
        /// The host of the gateway and the ledger: `workers` is local workerd; `spin` needs no installed Spin.
        #[arg(long, value_enum, default_value_t = build::Host::Workers)]
        host: build::Host,
    },
    /// Runs the tests and ends with one line: `N passed, N failed, N skipped`.
    ///
    /// `--target all` runs native unit, property and contract tests, the stage suite in memory, the shared crates on
    /// wasm32, the port contracts and the stage suite inside workerd and inside Spin, the official clients end to end,
    /// conformance on both hosts, and the fuzz targets with the same inputs each time. The time of each step is kept in
    /// target/test/times.json; a step that takes a fifth longer than last time prints a note. Spin is represented by
    /// the test host tests/harness/spin. A missing Redis server is installed (Debian's redis-server, as root).
    Test {
        /// The platform to test on, or `all`.
        #[arg(long, value_enum, default_value_t = test::Target::All)]
        target: test::Target,
        /// Fuzzes with a tenth of the inputs.
        #[arg(long)]
        quick: bool,
    },
    /// Fuzzes the parsers of untrusted input: JSON-RPC, headers, event streams, sealed texts, and the whole gateway.
    ///
    /// Every target of tests/fuzz runs from its seeds on; inputs that fail are written to target/fuzz/found. Runs on
    /// stable Rust and needs a C++ compiler for libFuzzer. `cargo xtask fuzz line --seconds 3600` runs one target for
    /// an hour; `--fixed` runs the same inputs as `cargo xtask test`.
    Fuzz(fuzz::Fuzz),
    /// Runs the official MCP conformance suite against Weir, and real clients through it.
    ///
    /// Starts an origin of each protocol revision, made with the official SDK, behind the gateway, on virtual servers
    /// that are open to everybody. Both revisions run all scenarios that they require; the suite's client scenarios
    /// test Weir as a client of origins. Official clients of four SDKs call through it, and nine programs sign a person
    /// in, given the URL alone. Scenarios in tests/conformance/expected-failures.yml have to fail, for a reason that
    /// the manual gives; all others have to pass. Needs python3; its missing module venv is installed (Debian's
    /// python3-venv, as root).
    Conformance(conformance::Conformance),
    /// Measures latency and throughput of Weir against the bare origin and bare pass-throughs under the same load.
    ///
    /// Prints a table and the promised ratios, each met or missed, and writes target/bench/workers.json or spin.json.
    /// On Workers the table also has the time to a stream's first byte and the memory of a 10 MB result with a slow
    /// client; the file has neither. A missed target is no failure; an error response is one. Takes some minutes; run
    /// nothing else meanwhile.
    Bench(bench::Bench),
    /// Builds the functions to wasm, for workerd and `wrangler deploy`, or for Spin.
    Build {
        /// Only this function; by default both.
        function: Option<build::Function>,
        /// The host to build for.
        #[arg(long, value_enum, default_value_t = build::Host::Workers)]
        host: build::Host,
        /// Quicker to build, with names in stack traces, and several times larger.
        #[arg(long)]
        dev: bool,
    },
    /// Prints the sizes of the functions, raw and gzip; fails above the budget.
    Size {
        /// Only for this host; by default for both.
        #[arg(long, value_enum)]
        host: Option<build::Host>,
    },
    /// Checks files, packages, format, lints and docs.
    ///
    /// Every import that is part of a circle of files is written to target/tidy/circles.txt.
    Tidy {
        /// Checks the files and the packages only, in seconds: no format, lints or docs.
        #[arg(long)]
        files: bool,
    },
    /// Writes the manual as Markdown into docs/, for reading on a code host.
    Docs {
        /// Writes nothing; fails if a page in docs/ differs from the manual.
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
    fn demo_takes_its_host() {
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
