//! The command line: errors before anything is served, and the help.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

use std::{
    path::Path,
    process::{Command, Output},
};

const MANIFEST: &str = r#"
spin_manifest_version = 2
[variables]
signing_keys = { required = true }
[[trigger.http]]
route = "/..."
component = "gateway"
[component.gateway]
source = "gateway.wasm"
[component.gateway.variables]
signing_keys = "{{ signing_keys }}"
"#;

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(std::env::var_os("CARGO_BIN_EXE_spin-test-host").expect("cargo sets it"));
    command.args(arguments).env_remove("SPIN_VARIABLE_SIGNING_KEYS").output().expect("the program should start")
}

/// The standard error of a run that has to fail.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(!output.status.success(), "{arguments:?} should be refused");
    assert!(output.stdout.is_empty(), "{arguments:?} should not say that it serves");
    String::from_utf8(output.stderr).expect("messages are text")
}

fn manifest(folder: &Path, text: &str) -> String {
    let path = folder.join("spin.toml");
    std::fs::write(&path, text).expect("the folder should take a file");
    path.to_str().expect("a temporary folder has a plain name").to_owned()
}

#[test]
fn listening_beyond_loopback_is_refused() {
    for flag in ["--listen", "--control"] {
        let printed = refusal(&[flag, "0.0.0.0:0"]);
        assert!(printed.contains("loopback only"), "{flag} should say why: {printed}");
    }
}

#[test]
fn help_says_that_it_is_a_fixture() {
    let output = run(&["--help"]);
    let printed = String::from_utf8(output.stdout).expect("help is text");
    for part in ["NOT FOR PRODUCTION", "TCP_NODELAY", "/key-value-fault", "--variable"] {
        assert!(printed.contains(part), "help should mention {part}");
    }
}

#[test]
fn missing_value_of_a_required_variable_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let printed = refusal(&["--from", &manifest(folder.path(), MANIFEST)]);
    assert!(printed.contains("SPIN_VARIABLE_SIGNING_KEYS"), "it should say how to give it: {printed}");
}

#[test]
fn component_that_is_not_built_is_named() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let from = manifest(folder.path(), MANIFEST);
    let printed = refusal(&["--from", &from, "--variable", "signing_keys=k"]);
    assert!(
        printed.contains("component `gateway`") && printed.contains("gateway.wasm"),
        "it should say which: {printed}"
    );
}

#[test]
fn component_that_is_no_component_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let from = manifest(folder.path(), MANIFEST);
    std::fs::write(folder.path().join("gateway.wasm"), b"\0asm\x01\0\0\0").expect("the folder should take a file");
    let printed = refusal(&["--from", &from, "--compile-only"]);
    assert!(printed.contains("component `gateway`"), "a core module is no component: {printed}");
}
