//! `cargo xtask tidy`: format, lints, docs, sizes of files, names, comments, the manual's references, boundaries
//! between crates, circles of files, licences.

mod boundary;
mod circles;
mod comments;
mod layout;
mod manual;
mod packages;
pub(crate) mod source;
mod text;

use std::{fs, path::Path, process::Command};

use crate::{
    command::{Fault, cargo, root, run as run_to_end},
    docs,
};
use source::Source;

/// The most lines of a file.
const FILE_LINES: usize = 400;

/// The target for the median of the files' lines; printed, not enforced: one long file is no reason to split ten.
const MEDIAN_LINES: usize = 150;

/// The path of the list of imports inside circles, from the root.
const CIRCLES: &str = "target/tidy/circles.txt";

/// Checks the files first, which takes seconds; then, unless `files` is set, runs the compilers.
pub fn run(files: bool) -> Result<(), Fault> {
    let root = root();
    let sources = source::walk(&root)?;
    let faults = file_faults(&root, &sources)?;
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    let mut failed = 0;
    if !files {
        for mut step in compilers(&sources) {
            println!("tidy: {}", crate::command::shown(&step));
            if let Err(fault) = run_to_end(&mut step) {
                eprintln!("tidy: {fault}");
                failed += 1;
            }
        }
    }
    if faults.is_empty() && failed == 0 {
        println!("tidy: nothing to mend");
        return Ok(());
    }
    Err(Fault::Found(format!("{} to mend in the files, {failed} steps failed", faults.len())))
}

/// Every fault of files and packages; prints the counts that only shrink.
fn file_faults(root: &Path, sources: &[Source]) -> Result<Vec<String>, Fault> {
    let mut faults = text::faults(sources, FILE_LINES);
    faults.extend(layout::faults(sources));
    faults.extend(boundary::words(sources));
    faults.extend(boundary::dependencies(sources)?);
    faults.extend(manual::faults(sources, &|path: &str| root.join(path).exists()));
    faults.extend(docs::stale(root)?);
    println!(
        "tidy: {} files, median {} lines of Rust (aim: {MEDIAN_LINES})",
        sources.len(),
        source::median_lines(sources)
    );
    faults.extend(comments::faults(sources));
    let packages = packages::read()?;
    let deny = root.join("deny.toml");
    let deny = fs::read_to_string(&deny).map_err(|source| Fault::File { path: deny.clone(), source })?;
    faults.extend(packages.faults(&deny));
    let circles = circles::find(sources, &packages.roots(root));
    faults.extend(circles.faults);
    for number in &circles.allowed {
        println!("tidy: {number}");
    }
    write(&root.join(CIRCLES), &circles.arrows)?;
    if !circles.arrows.is_empty() {
        println!("tidy: every import inside a circle is in {CIRCLES}");
    }
    Ok(faults)
}

/// Writes `text` to `path`, with its folders.
fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let fault = |source| Fault::File { path: path.to_path_buf(), source };
    path.parent().map_or(Ok(()), fs::create_dir_all).map_err(fault)?;
    fs::write(path, text).map_err(fault)
}

/// The commands for format, lints and docs. The Spin test host and the fuzz targets, whose dependencies take minutes,
/// are linted where the tests build them.
///
/// The crates of a host ship for wasm32 only, but no code depends on the target, and natively they share the checked
/// dependencies of all others: on wasm32 that was the longest step.
fn compilers(sources: &[Source]) -> Vec<Command> {
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);

    let mut native = cargo();
    native.args(["clippy", "--quiet", "--all-targets", "--", "-D", "warnings"]);

    let hosts = host_packages(sources);
    let mut on_hosts = cargo();
    on_hosts.args(["clippy", "--quiet"]);
    let mut docs = cargo();
    // `--examples` makes cargo choose the features as for tests (there are no examples): the first step checked those
    // dependencies already, and Cedar takes a minute.
    docs.args(["doc", "--quiet", "--no-deps", "--lib", "--bins", "--examples"]).env("RUSTDOCFLAGS", "-D warnings");
    let mut host_docs = cargo();
    host_docs.args(["doc", "--quiet", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    for package in &hosts {
        on_hosts.args(["-p", package]);
        if package.starts_with("host-") {
            host_docs.args(["-p", package]);
        }
    }
    on_hosts.args(["--", "-D", "warnings"]);

    vec![format, native, on_hosts, docs, host_docs]
}

/// The crates that are no default members because they ship for a host only: its ports, the functions, and the
/// components of tests, by their folders.
fn host_packages(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter_map(|source| source.path.strip_suffix("/Cargo.toml"))
        .filter(|folder| {
            ["shared/host-", "functions/", "tests/contracts-", "tests/bench/"]
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
    fn packages_of_a_host_are_found_by_their_folders() {
        let paths = [
            "Cargo.toml",
            "functions/gateway-workers/Cargo.toml",
            "infra/weir/Cargo.toml",
            "shared/host-spin/Cargo.toml",
            "shared/mcp/Cargo.toml",
            "tests/Cargo.toml",
            "tests/bench/pass-through-spin/Cargo.toml",
            "tests/contracts-workers/Cargo.toml",
            "tests/harness/spin/Cargo.toml",
        ];
        let sources = paths.map(|path| Source::new(path, ""));
        let expected = ["gateway-workers", "host-spin", "pass-through-spin", "contracts-workers"];
        assert_eq!(host_packages(&sources), expected);
    }
}
