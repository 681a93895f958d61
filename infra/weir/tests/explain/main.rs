//! Black-box tests of `weir explain`: flags, both sources, three formats.
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

mod answers;
#[cfg(unix)]
mod live;
#[path = "../run/mod.rs"]
mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use run::{Folder, beside_manifest, copy, err, out, text as text_of};
use serde_json::Value;

/// The folder with the example registry of the crate `registry`, to run the command in.
fn beside_example() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| beside_manifest("../../shared/registry/tests"));
    &PATH
}

const NOON: [&str; 2] = ["--at", "2026-11-20T12:00:00Z"];
const ALICE: [&str; 6] =
    ["--user", "https://idp.example.com|alice", "--agent", "claude-code", "--group", "Support / EMEA"];
const BOB: [&str; 6] = ["--user", "https://idp.example.com|bob", "--agent", "claude-code", "--group", "operations"];
const CAROL: [&str; 6] = ["--user", "https://idp.example.com|carol", "--agent", "claude-code", "--group", "operations"];

/// A temporary folder of one test, removed at its end.
struct Scratch(Folder);

impl Scratch {
    fn new() -> Self {
        Self(Folder::new("explain"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A copy of the example with `more` at the end of `file`.
    fn with(&self, file: &str, more: &str) -> String {
        let (from, edited) = (Path::new(beside_example()).join("example"), self.path("registry"));
        copy(&from, &edited);
        let text = fs::read_to_string(edited.join(file)).expect("the example has the file");
        fs::write(edited.join(file), text + more).expect("a file is written");
        text_of(&edited).to_owned()
    }
}

fn weir(arguments: &[&str]) -> Command {
    let mut command = run::command(arguments);
    command.current_dir(beside_example());
    command
}

fn explain(parts: &[&[&str]]) -> Output {
    weir(&[vec!["explain"], parts.concat()].concat()).output().expect("weir runs")
}

/// The JSON output, for any exit code.
fn json(parts: &[&[&str]]) -> Value {
    let output = explain(&[parts, &[&["--format", "json"][..]]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("an answer should be JSON: {output:?}"))
}

/// `EFFECT REASON DETAIL` of one tool's ruling on `action`.
fn ruling(answer: &Value, tool: &str, action: &str) -> String {
    let tools = answer["tools"].as_array().expect("an answer has tools");
    let found = tools.iter().find(|answer| answer["tool"] == tool).expect("the tool should be in the answer");
    let ruling = &found[action];
    let words = ["effect", "reason", "detail"].map(|name| ruling[name].as_str().unwrap_or_default());
    words.join(" ").trim_end().to_owned()
}

/// Compares with a file in `golden/`; `UPDATE_GOLDEN=1` writes it instead.
fn assert_golden(name: &str, output: &Output) {
    let path = Path::new(&beside_manifest("tests/explain/golden")).join(name);
    assert_eq!(err(output), "", "{name} should be answered without complaint");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &output.stdout).expect("a golden file can be written");
    }
    let golden = fs::read_to_string(&path).expect("the golden file is there");
    assert_eq!(out(output), golden, "{name}: with UPDATE_GOLDEN=1 the file is written anew");
}

#[test]
fn alice_bob_and_carol_are_answered_in_every_format() {
    for (name, person) in [("alice", ALICE), ("bob", BOB), ("carol", CAROL)] {
        for (format, ending) in [("table", "table.txt"), ("sentence", "sentence.txt"), ("json", "json")] {
            let output = explain(&[&["example"], &person, &NOON, &["--format", format]]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_golden(&format!("{name}.{ending}"), &output);
        }
    }
}

#[test]
fn what_if_shows_only_differences_in_every_format() {
    let moved = ["--what-if", "operations", "--what-if", "-Support / EMEA"];
    for (format, ending) in [("table", "table.txt"), ("sentence", "sentence.txt"), ("json", "json")] {
        let output = explain(&[&["example"], &ALICE, &NOON, &moved, &["--format", format]]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_golden(&format!("what-if.{ending}"), &output);
    }
}

#[test]
fn what_if_of_group_without_effect_has_no_changes() {
    // `operations` follows alice's group in the registry, and its role grants the same tool again.
    let same = json(&[&["example"], &ALICE, &["--what-if", "+operations"]]);
    assert_eq!((&same["changes"], &same["gained"]), (&Value::Array(Vec::new()), &vec!["operations"].into()));
    let unknown = json(&[&["example"], &ALICE, &["--what-if", "operatoins"]]);
    assert_eq!(unknown["notes"][0], "`operatoins` is no group of gateway.toml; did you mean `operations`?");
}

#[test]
fn table_is_default_format() {
    let asked = explain(&[&["example"], &ALICE, &NOON, &["--format", "table"]]);
    assert_eq!(explain(&[&["example"], &ALICE, &NOON]).stdout, asked.stdout);
}

#[test]
fn exit_code_answers_about_one_tool_and_one_action() {
    let search = ["--tool", "documents_search"];
    for (flags, code) in [
        (&["--action", "list"][..], 0),
        (&["--action", "call", "--arguments", r#"{"limit":50}"#], 0),
        (&["--action", "call", "--arguments", r#"{"limit":51}"#], 3),
        (&["--action", "call", "--arguments", r#"{"limit":"50"}"#], 3),
        // `depends` is not `permit`.
        (&["--action", "call"], 3),
        // Both actions: no single answer.
        (&["--arguments", r#"{"limit":51}"#], 0),
        (&["--action", "list", "--what-if", "-Support / EMEA"], 3),
    ] {
        let output = explain(&[&["example"], &ALICE, &search, flags]);
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {output:?}");
    }
    let hidden = explain(&[&["example"], &ALICE, &["--tool", "open_ticket", "--action", "call"]]);
    assert_eq!(hidden.status.code(), Some(3), "{hidden:?}");
    let overview = explain(&[&["example"], &CAROL, &["--action", "call"]]);
    assert_eq!(overview.status.code(), Some(0), "without --tool there is no single answer: {overview:?}");
}

#[test]
fn faulty_folder_exits_1_and_shows_its_faults() {
    let scratch = Scratch::new();
    let folder = scratch.with("gateway.toml", "\nunknown = 1\n");
    let output = explain(&[&[folder.as_str()], &ALICE]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("gateway.toml:"), "{output:?}");
    assert_eq!(out(&output), "", "no answer from a folder with errors");
}

#[test]
fn invalid_question_exits_2() {
    for arguments in [
        &[][..],
        &["example", "--live", "--local", "--keys", "keys.json"],
        &["--live", "--keys", "keys.json"],
        &["--live", "--local"],
        &["--live", "--local", "--remote", "--keys", "keys.json"],
        &["--live", "--remote", "--persist-to", "state", "--keys", "keys.json"],
        &["--live", "--local", "--keys", "no-such-file.json"],
        &["example", "--local"],
        &["example", "--keys", "keys.json"],
        &["no-such-folder"],
        &["example", "--user", "alice"],
        &["example", "--arguments", "{limit:1}"],
        &["example", "--arguments", "[]"],
        &["example", "--arguments", "{}", "--action", "list"],
        &["example", "--action", "write"],
        &["example", "--tool", "documents_search", "--action", "read"],
        &["example", "--tool", "documents_search", "--prompt", "documents_search"],
        &["example", "--resource", "handbook://index", "--arguments", "{}"],
        &["example", "--at", "noon"],
        &["example", "--address", "here"],
        &["example", "--country", "ch"],
        &["example", "--what-if", "-"],
        &["example", "--format", "yaml"],
    ] {
        let output = explain(&[arguments]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!err(&output).is_empty(), "{arguments:?} should say why");
    }
}

#[test]
fn help_has_examples_and_json_form() {
    let help = out(&explain(&[&["--help"]]));
    for part in ["Examples:", "--what-if", "Exit codes:", "tools[]", "virtual_server", "--live --local --persist-to"] {
        assert!(help.contains(part), "`{part}` should be in the help");
    }
}
