//! Rules about which files exist beside which.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// The stages of the line, in order; each has a file in shared/gateway/src and one in tests.
const STAGES: &[&str] = &[
    "receive",
    "authenticate",
    "parse",
    "resolve",
    "authorize",
    "guard",
    "forward",
    "filter",
    "audit",
    "respond",
    "token_endpoint",
    "discovery",
];

/// Every breach, as `path: what to mend`.
pub fn faults(sources: &[Source]) -> Vec<String> {
    let mut faults = stages(sources);
    faults.extend(twins(sources));
    faults
}

/// A stage without its tests is a stage that nobody holds to its promise.
fn stages(sources: &[Source]) -> Vec<String> {
    let exists = |path: &str| sources.iter().any(|source| source.path == path);
    let mut faults = Vec::new();
    for stage in STAGES {
        if !exists(&format!("shared/gateway/src/{stage}.rs")) {
            faults.push(format!("shared/gateway/src/{stage}.rs: this stage of the line should have its file"));
        }
        if !exists(&format!("tests/{stage}.rs")) {
            faults.push(format!("tests/{stage}.rs: the stage `{stage}` should have its tests"));
        }
    }
    faults
}

/// The ports of two hosts are read side by side, so their crates carry the same file names.
fn twins(sources: &[Source]) -> Vec<String> {
    let mut hosts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        if let Some((host, file)) = source.path.strip_prefix("shared/host-").and_then(|rest| rest.split_once("/src/")) {
            hosts.entry(host).or_default().insert(file);
        }
    }
    let every: BTreeSet<&str> = hosts.values().flatten().copied().collect();
    let mut faults = Vec::new();
    for (host, files) in &hosts {
        for missing in every.difference(files) {
            faults
                .push(format!("shared/host-{host}/src/{missing}: another host has this file, so this one should too"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(paths: &[&str]) -> Vec<Source> {
        paths.iter().map(|path| Source::new(path, "")).collect()
    }

    #[test]
    fn a_stage_without_tests_is_a_fault() {
        let mut paths: Vec<String> = STAGES
            .iter()
            .flat_map(|stage| [format!("shared/gateway/src/{stage}.rs"), format!("tests/{stage}.rs")])
            .collect();
        let all: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(stages(&sources(&all)), Vec::<String>::new());
        paths.retain(|path| path != "tests/guard.rs");
        let some: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(stages(&sources(&some)), ["tests/guard.rs: the stage `guard` should have its tests"]);
    }

    #[test]
    fn hosts_have_the_same_files() {
        let one = ["shared/host-workers/src/clock.rs", "shared/host-workers/src/lib.rs"];
        assert_eq!(twins(&sources(&one)), Vec::<String>::new(), "one host has no twin yet");
        let two = ["shared/host-workers/src/clock.rs", "shared/host-spin/src/lib.rs", "shared/host-workers/src/lib.rs"];
        assert_eq!(twins(&sources(&two)).len(), 1, "the second host should have a clock too");
    }
}
