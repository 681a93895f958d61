//! Rules about files that must exist together: a stage and its tests, and the ports of both hosts.

use std::collections::BTreeSet;

use super::source::Source;

/// The stages of the line, in order; each has a file in shared/gateway/src and one in tests.
const STAGES: &[&str] = &[
    "receive",
    "authenticate",
    "parse",
    "admit",
    "resolve",
    "authorize",
    "guard",
    "announce",
    "forward",
    "filter",
    "audit",
    "respond",
];

/// Every fault, as `path: what to mend`.
pub fn faults(sources: &[Source]) -> Vec<String> {
    let mut faults = stages(sources);
    faults.extend(twins(sources));
    faults
}

/// Every stage without a file or without tests.
fn stages(sources: &[Source]) -> Vec<String> {
    let exists = |path: &str| sources.iter().any(|source| source.path == path);
    let mut faults = Vec::new();
    for stage in STAGES {
        if !exists(&format!("shared/gateway/src/line/{stage}.rs")) {
            faults.push(format!("shared/gateway/src/line/{stage}.rs: this stage of the line should have its file"));
        }
        if !exists(&format!("tests/{stage}.rs")) {
            faults.push(format!("tests/{stage}.rs: the stage `{stage}` should have its tests"));
        }
    }
    faults
}

/// The files that each host crate must have: the ports, and the conversion of requests and responses. Other files of a
/// host crate are its own.
const PORTS: &[&str] = &[
    "answer",
    "audit_sink",
    "background",
    "caller",
    "client_gone",
    "clock",
    "database",
    "entropy",
    "fetch",
    "host",
    "key_value",
    "lib",
    "objects",
    "once",
    "outbox",
    "quota",
    "secrets",
    "timer",
    "trail",
    "versioned_store",
];

/// Every missing file: host crates are read side by side, so they have the same file names.
fn twins(sources: &[Source]) -> Vec<String> {
    let hosts: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| source.path.strip_prefix("shared/host-")?.split_once("/src/"))
        .map(|(host, _)| host)
        .collect();
    let mut faults = Vec::new();
    for host in hosts {
        for port in PORTS {
            let path = format!("shared/host-{host}/src/{port}.rs");
            if !sources.iter().any(|source| source.path == path) {
                faults.push(format!("{path}: every host has this file, so this one should too"));
            }
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
    fn stage_without_tests_is_a_fault() {
        let mut paths: Vec<String> = STAGES
            .iter()
            .flat_map(|stage| [format!("shared/gateway/src/line/{stage}.rs"), format!("tests/{stage}.rs")])
            .collect();
        let all: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(stages(&sources(&all)), Vec::<String>::new());
        paths.retain(|path| path != "tests/guard.rs");
        let some: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(stages(&sources(&some)), ["tests/guard.rs: the stage `guard` should have its tests"]);
    }

    #[test]
    fn host_without_every_port_is_a_fault() {
        let mut paths: Vec<String> = PORTS.iter().map(|port| format!("shared/host-one/src/{port}.rs")).collect();
        paths.push("shared/host-one/src/once/sqlite.rs".to_owned());
        let all: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(twins(&sources(&all)), Vec::<String>::new(), "a host's own files should need no twin");
        paths.retain(|path| path != "shared/host-one/src/clock.rs");
        let some: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(twins(&sources(&some)).len(), 1, "a host without a clock should be found");
    }
}
