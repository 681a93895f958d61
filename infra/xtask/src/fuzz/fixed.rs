//! Fuzz runs that are the same each time: fixed random numbers, a stated number of inputs, and no clock.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::command::{Fault, program, root, run};

/// The seed of libFuzzer's random numbers; zero would mean a random seed.
const SEED: u32 = 1;

/// The number of inputs of each target: six to forty seconds on one core, measured on 2026-11-30.
pub const RUNS: [(&str, u32); 7] = [
    ("event_stream", 120_000),
    ("headers", 500_000),
    ("json_rpc", 600_000),
    ("line", 50_000),
    ("members", 500_000),
    ("policy", 1_500),
    ("sealed", 10_000),
];

/// libFuzzer's options for a fixed run of `target` with this percentage of its inputs.
pub fn options(target: &str, percent: u32) -> Result<Vec<String>, Fault> {
    let stated = RUNS.iter().find(|(name, _)| *name == target);
    let (_, runs) = stated.ok_or_else(|| Fault::Found(format!("`{target}` has no stated number of inputs")))?;
    let runs = u64::from(*runs) * u64::from(percent) / 100;
    // Reading the corpus again depends on the clock, and compared values may be addresses, which the system chooses.
    Ok(vec![format!("-seed={SEED}"), format!("-runs={runs}"), "-reload=0".to_owned(), "-use_cmp=0".to_owned()])
}

/// The option that lists the first inputs in a fixed order: a folder's own order depends on the file system.
pub fn inputs(folder: &Path) -> Result<OsString, Fault> {
    let fault = |source| Fault::File { path: folder.to_owned(), source };
    let mut paths = fs::read_dir(folder)
        .map_err(fault)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fault)?;
    paths.sort();
    let mut option = OsString::from("-seed_inputs=");
    for (place, path) in paths.iter().enumerate() {
        option.push(if place == 0 { "" } else { "," });
        option.push(path);
    }
    Ok(option)
}

/// Builds the library that replaces the system's random bytes; `None` on systems that can't preload a library.
pub fn randomness() -> Result<Option<PathBuf>, Fault> {
    if cfg!(not(target_os = "linux")) {
        println!("fuzz: here the random bytes of a target differ from run to run");
        return Ok(None);
    }
    let library = root().join("target/fuzz/randomness.so");
    let compiler = env::var_os("CXX").unwrap_or_else(|| OsString::from("c++"));
    let source = Path::new("tests/fuzz/randomness.cpp");
    run(program(compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source))?;
    Ok(Some(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ends_by_number_of_inputs_only() {
        for (target, runs) in RUNS {
            let options = options(target, 100).expect("the inputs are stated");
            assert!(options.contains(&format!("-runs={runs}")), "{target}: {options:?}");
            assert!(!options.iter().any(|option| option.contains("time")), "{target}: {options:?}");
        }
    }

    #[test]
    fn percentage_reduces_number_of_inputs() {
        let tenth = options("line", 10).expect("the inputs are stated");
        assert!(tenth.contains(&"-runs=5000".to_owned()), "{tenth:?}");
        assert!(options("nothing", 100).is_err(), "a target without a stated number should be refused");
    }
}
