//! Fuzzing: every target in tests/fuzz, from its seeds on, for a stated time or number of inputs.
//!
//! libFuzzer is guided by coverage that LLVM counts. The counting pass is part of every rustc, so no nightly is
//! needed; libFuzzer itself is C++ and needs a C++ compiler.

mod fixed;

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

use crate::{
    clock::now,
    command::{Fault, linting_cargo, not_started, output, program, root, run as run_to_end, target},
    tools,
};

/// The crate, and the profile that it is built with.
const PACKAGE: &str = "weir-fuzz";
const PROFILE: &str = "fuzz";

/// Compiler flags: LLVM counts coverage in the form that libFuzzer reads.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The time limit of one input, in seconds; generous, because a request takes milliseconds.
const MOST_SECONDS: u32 = 20;
/// The size limit of one input, in bytes.
const MOST_BYTES: u32 = 4096;

/// The end of a target's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// After so many seconds, from a random seed and the corpus of earlier runs on.
    Seconds(u32),
    /// After this percentage of its stated inputs, with fixed random numbers and the committed inputs only.
    Fixed(u32),
}

/// The options of `cargo xtask fuzz`.
#[derive(Debug, Args)]
pub struct Fuzz {
    /// The targets to run, by their names in tests/fuzz/src/bin; by default all.
    targets: Vec<String>,
    /// The time of each target, in seconds.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Runs the same inputs each time: fixed random numbers, no corpus of earlier runs, and this percentage of each
    /// target's stated number of inputs.
    #[arg(long, value_name = "PERCENT", num_args = 0..=1, default_missing_value = "100", conflicts_with = "seconds")]
    fixed: Option<u32>,
}

/// The command of a fixed run, built, for `cargo xtask test`: it prints a tally.
pub fn command(percent: u32) -> Result<Command, Fault> {
    build()?;
    let me = env::current_exe().map_err(|source| Fault::File { path: "xtask".into(), source })?;
    let mut command = program(me);
    command.args(["fuzz", "--fixed", &percent.to_string()]);
    Ok(command)
}

/// Runs the targets one after the other; a finding does not stop the others.
pub fn run(order: &Fuzz) -> Result<(), Fault> {
    let targets = chosen(&order.targets)?;
    let built = build()?;
    let extent = order.fixed.map_or(Extent::Seconds(order.seconds), Extent::Fixed);
    let mut failed = 0;
    for target in &targets {
        if !one(&built, target, extent)? {
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

/// Builds and lints every target, and returns the folder of the programs.
fn build() -> Result<PathBuf, Fault> {
    tools::cxx_compiler()?;
    let versions = output(program("rustc").arg("-vV"))?;
    let host = versions.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Fault::Found("`rustc -vV` should say what it runs on".to_owned()))?;
    let mut build = linting_cargo();
    build.args(["build", "--quiet", "--bins", "--profile", PROFILE, "--package", PACKAGE]);
    // With an explicit target, cargo leaves `RUSTFLAGS` away from build scripts and macros: they need no counting.
    run_to_end(build.args(["--target", host]).env("RUSTFLAGS", COVERAGE))?;
    Ok(target().join(host).join(PROFILE))
}

/// Runs one target; `false` if it found something.
fn one(built: &Path, target: &str, extent: Extent) -> Result<bool, Fault> {
    let corpus = match extent {
        Extent::Seconds(_) => "corpus",
        Extent::Fixed(_) => "fixed",
    };
    let [corpus, found] = [corpus, "found"].map(|kind| root().join("target/fuzz").join(kind).join(target));
    if let Extent::Fixed(_) = extent {
        emptied(&corpus)?;
    }
    for folder in [&corpus, &found] {
        fs::create_dir_all(folder).map_err(|source| Fault::File { path: folder.clone(), source })?;
    }
    let seeds = root().join("tests/fuzz/seeds").join(target);
    // libFuzzer writes new inputs to the first folder.
    let mut folders = vec![corpus];
    let mut fuzzer = program(built.join(target));
    match extent {
        Extent::Seconds(seconds) => {
            fuzzer.arg(format!("-max_total_time={seconds}"));
            folders.push(seeds);
        }
        Extent::Fixed(percent) => {
            fuzzer.args(fixed::options(target, percent)?).arg(fixed::inputs(&seeds)?);
            if let Some(library) = fixed::randomness()? {
                fuzzer.env("LD_PRELOAD", library);
            }
        }
    }
    fuzzer.args([
        format!("-timeout={MOST_SECONDS}"),
        format!("-max_len={MOST_BYTES}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    fuzzer.args(folders);
    let began = now();
    let ended = fuzzer.output().map_err(|source| not_started(&fuzzer, source))?;
    let printed = String::from_utf8_lossy(&ended.stderr);
    if ended.status.success() {
        let [inputs, added] =
            ["number_of_executed_units", "new_units_added"].map(|name| stat(&printed, name).unwrap_or("some"));
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "fuzz: {target}: {inputs} inputs, {added} of them with new coverage, in {seconds:.1} s, nothing found"
        );
    } else {
        eprintln!("{printed}");
        println!("FAILED fuzz: {target}: the input is in target/fuzz/found/{target}");
    }
    Ok(ended.status.success())
}

/// Empties the folder.
fn emptied(folder: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(Fault::File { path: folder.to_owned(), source }),
        _ => Ok(()),
    }
}

/// The value of `name` in libFuzzer's final statistics.
fn stat<'a>(printed: &'a str, name: &str) -> Option<&'a str> {
    printed.lines().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
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
    fn unknown_target_is_refused() {
        let fault = chosen(&["nothing".to_owned()]).expect_err("there is no such target");
        assert!(fault.to_string().contains("json_rpc"), "the fault should say which there are: {fault}");
    }

    #[test]
    fn number_of_inputs_is_read() {
        let printed =
            "Done 12 runs in 1 second(s)\nstat::number_of_executed_units: 12\nstat::average_exec_per_sec: 6\n";
        assert_eq!(stat(printed, "number_of_executed_units"), Some("12"));
        assert_eq!(stat("ERROR: libFuzzer: deadly signal", "number_of_executed_units"), None);
    }

    #[test]
    fn every_target_has_a_stated_number_of_inputs() {
        let all = chosen(&[]).expect("there should be targets");
        assert_eq!(all, fixed::RUNS.map(|(target, _)| target), "each should have a number, and each number its target");
    }
}
