//! Fuzzing: every target in tests/fuzz for a while, from its seeds on.
//!
//! libFuzzer guides itself by coverage that LLVM counts. What counts it is a pass that every rustc has, so no nightly is needed; but
//! libFuzzer itself is C++, so a C++ compiler is.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

use crate::{
    command::{Fault, cargo, not_started, output, program, root, run as run_to_end},
    tools,
};

/// The crate, and the profile that it is built with.
const PACKAGE: &str = "weir-fuzz";
const PROFILE: &str = "fuzz";

/// Has LLVM count coverage as libFuzzer reads it.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// One input may take so many seconds: no request takes longer than a moment, on the slowest machine.
const MOST_SECONDS: u32 = 20;
/// One input may have so many bytes.
const MOST_BYTES: u32 = 4096;

/// What `cargo xtask fuzz` takes.
#[derive(Debug, Args)]
pub struct Fuzz {
    /// Only these of tests/fuzz/src/bin.
    targets: Vec<String>,
    /// How long each target runs.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// The same as a program that prints its tally, as `cargo xtask test` runs it.
pub fn command(seconds: u32) -> Result<Command, Fault> {
    let me = env::current_exe().map_err(|source| Fault::File { path: "xtask".into(), source })?;
    let mut command = program(me);
    command.args(["fuzz", "--seconds", &seconds.to_string()]);
    Ok(command)
}

/// Runs the targets one after the other, all of them, whatever is found.
pub fn run(order: &Fuzz) -> Result<(), Fault> {
    let targets = chosen(&order.targets)?;
    let built = build()?;
    let mut failed = 0;
    for target in &targets {
        if !one(&built, target, order.seconds)? {
            failed += 1;
        }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {} passed; {failed} failed", targets.len() - failed);
    match failed {
        0 => Ok(()),
        _ => Err(Fault::Found("mend it, then add the input to tests/fuzz/seeds".to_owned())),
    }
}

/// The targets that are named, or all.
fn chosen(named: &[String]) -> Result<Vec<String>, Fault> {
    let folder = root().join("tests/fuzz/src/bin");
    let fault = |source| Fault::File { path: folder.clone(), source };
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        all.extend(path.file_stem().and_then(|name| name.to_str()).map(str::to_owned));
    }
    all.sort();
    match named.iter().find(|name| !all.contains(name)) {
        Some(name) => Err(Fault::Found(format!("`{name}` is no target; there are: {}", all.join(", ")))),
        None if named.is_empty() => Ok(all),
        None => Ok(named.to_vec()),
    }
}

/// Builds every target, and says in which folder they are.
fn build() -> Result<PathBuf, Fault> {
    tools::cxx_compiler()?;
    let versions = output(program("rustc").arg("-vV"))?;
    let host = versions.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Fault::Found("`rustc -vV` should say what it runs on".to_owned()))?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--bins", "--profile", PROFILE, "--package", PACKAGE]);
    // With a target that is named, what runs while it is built is spared the counting.
    run_to_end(build.args(["--target", host]).env("RUSTFLAGS", COVERAGE))?;
    let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(folder.join(host).join(PROFILE))
}

/// Runs one target; `false` when it found something.
fn one(built: &Path, target: &str, seconds: u32) -> Result<bool, Fault> {
    let [corpus, found] = ["corpus", "found"].map(|kind| root().join("target/fuzz").join(kind).join(target));
    for folder in [&corpus, &found] {
        fs::create_dir_all(folder).map_err(|source| Fault::File { path: folder.clone(), source })?;
    }
    let mut fuzzer = program(built.join(target));
    fuzzer.args([
        format!("-max_total_time={seconds}"),
        format!("-timeout={MOST_SECONDS}"),
        format!("-max_len={MOST_BYTES}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    // New inputs go to the first folder.
    fuzzer.arg(corpus).arg(root().join("tests/fuzz/seeds").join(target));
    let ended = fuzzer.output().map_err(|source| not_started(&fuzzer, source))?;
    let said = String::from_utf8_lossy(&ended.stderr);
    if ended.status.success() {
        println!("fuzz: {target}: {} inputs in {seconds} s, nothing found", inputs(&said).unwrap_or("some"));
    } else {
        eprintln!("{said}");
        println!("FAILED fuzz: {target}: the input is in target/fuzz/found/{target}");
    }
    Ok(ended.status.success())
}

/// How many inputs libFuzzer says that it has tried.
fn inputs(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_seeds() {
        let all = chosen(&[]).expect("there should be targets");
        assert!(!all.is_empty(), "there should be targets");
        for target in all {
            let seeds = root().join("tests/fuzz/seeds").join(&target);
            let count = fs::read_dir(&seeds).map(Iterator::count).unwrap_or_default();
            assert!(count > 0, "{} should have inputs to begin with", seeds.display());
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_refused() {
        let fault = chosen(&["nothing".to_owned()]).expect_err("there is no such target");
        assert!(fault.to_string().contains("json_rpc"), "the fault should say which there are: {fault}");
    }

    #[test]
    fn the_number_of_inputs_is_read() {
        let said = "Done 12 runs in 1 second(s)\nstat::number_of_executed_units: 12\nstat::average_exec_per_sec: 6\n";
        assert_eq!(inputs(said), Some("12"));
        assert_eq!(inputs("ERROR: libFuzzer: deadly signal"), None);
    }
}
