//! What a reviewer should not have to check: format, lints, docs, sizes of files, names, boundaries between crates.

mod boundary;
mod layout;
pub(crate) mod source;
mod text;

use std::process::Command;

use crate::{
    command::{Fault, cargo, root, run as run_to_end},
    tools,
};
use source::Source;

/// The lines that a file may have: what a reader keeps in mind at one sitting.
const FILE_LINES: usize = 400;

/// The lines that half of the files stay under; printed, not enforced: one long file is no reason to split ten.
const MEDIAN_LINES: usize = 150;

/// The cheap rules first, so that a slip shows before the compilers have run.
pub fn run() -> Result<(), Fault> {
    let sources = source::walk(&root())?;
    let mut faults = text::faults(&sources, FILE_LINES);
    faults.extend(layout::faults(&sources));
    faults.extend(boundary::words(&sources));
    faults.extend(boundary::dependencies(&sources)?);
    println!(
        "tidy: {} files, median {} lines of Rust (aim: {MEDIAN_LINES})",
        sources.len(),
        source::median_lines(&sources)
    );
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    let mut failed = usize::from(!faults.is_empty());
    // The fuzz targets are linted with libFuzzer beside them.
    tools::cxx_compiler()?;
    for mut step in compilers(&sources) {
        println!("tidy: {}", crate::command::shown(&step));
        if let Err(fault) = run_to_end(&mut step) {
            eprintln!("tidy: {fault}");
            failed += 1;
        }
    }
    match failed {
        0 => {
            println!("tidy: nothing to mend");
            Ok(())
        }
        _ => Err(Fault::Found(format!("{} to mend in the files, {failed} steps failed", faults.len()))),
    }
}

/// Format, lints and docs. Everything portable is linted natively with its tests, and on wasm32 as it ships.
fn compilers(sources: &[Source]) -> Vec<Command> {
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);

    let mut native = cargo();
    native.args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);

    // No default member: wasmtime takes minutes to build, and who doesn't work on Spin needs none of it.
    let mut spin_host = cargo();
    spin_host.args(["clippy", "--quiet", "--all-targets", "-p", "spin-test-host", "--", "-D", "warnings"]);

    // No default member either: libFuzzer needs a C++ compiler.
    let mut fuzz = cargo();
    fuzz.args(["clippy", "--quiet", "--all-targets", "-p", "weir-fuzz", "--", "-D", "warnings"]);

    let mut wasm = cargo();
    wasm.args(["clippy", "--quiet", "--target", "wasm32-unknown-unknown"]);
    for package in wasm_packages(sources) {
        wasm.args(["-p", &package]);
    }
    wasm.args(["--", "-D", "warnings"]);

    let mut docs = cargo();
    docs.args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");

    let mut host_docs = cargo();
    host_docs
        .args(["doc", "--quiet", "--no-deps", "--target", "wasm32-unknown-unknown"])
        .env("RUSTDOCFLAGS", "-D warnings");
    for package in wasm_packages(sources).iter().filter(|package| package.starts_with("host-")) {
        host_docs.args(["-p", package]);
    }

    vec![format, native, spin_host, fuzz, wasm, docs, host_docs]
}

/// The crates that become wasm: everything in shared/, the functions, and what tests run inside workerd, by their folders.
fn wasm_packages(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter_map(|source| source.path.strip_suffix("/Cargo.toml"))
        .filter(|folder| {
            ["shared/", "functions/", "tests/contracts-", "tests/bench/"]
                .iter()
                .any(|parent| folder.starts_with(parent))
        })
        .filter_map(|folder| folder.rsplit('/').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_packages_are_the_shared_crates_and_the_functions() {
        let paths = [
            "Cargo.toml",
            "functions/gateway-workers/Cargo.toml",
            "infra/weir/Cargo.toml",
            "shared/mcp/Cargo.toml",
            "tests/Cargo.toml",
            "tests/bench/pass-through-spin/Cargo.toml",
            "tests/contracts-workers/Cargo.toml",
            "tests/harness/spin/Cargo.toml",
        ];
        let sources = paths.map(|path| Source::new(path, ""));
        assert_eq!(wasm_packages(&sources), ["gateway-workers", "mcp", "pass-through-spin", "contracts-workers"]);
    }
}
