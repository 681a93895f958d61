//! `weir quarantine` from the command line: the file that it writes, what it refuses, and a freeze on a Spin store.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use run::{Folder, beside_manifest, copy, text, weir};
use serde_json::{Value, json};

/// A copy of the example registry, gone with the test.
struct Scratch(Folder);

impl Scratch {
    fn new(name: &str) -> Self {
        let scratch = Self(Folder::new(name));
        copy(Path::new(&beside_manifest("../../shared/registry/tests/example")), &scratch.registry());
        let _ = fs::remove_file(scratch.registry().join("quarantine.toml"));
        scratch
    }

    fn registry(&self) -> PathBuf {
        self.0.join("registry")
    }

    fn quarantine(&self, command: &str, more: &[&str]) -> Output {
        weir(&[&["quarantine", command, text(&self.registry())], more].concat())
    }

    fn written(&self) -> String {
        fs::read_to_string(self.registry().join("quarantine.toml")).unwrap_or_default()
    }

    fn listed(&self) -> Value {
        let output = self.quarantine("list", &["--format", "json"]);
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        document["entries"].clone()
    }
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn tool_is_frozen_listed_and_freed() {
    let scratch = Scratch::new("quarantine-tool");
    let tool = "documents_search";
    let added =
        scratch.quarantine("add", &["tool", tool, "--reason", "incident 4711", "--until", "9999-12-01T18:00:00Z"]);
    assert!(added.status.success(), "{}", error(&added));
    assert_eq!(
        scratch.written(),
        format!("tools = [\n  {{ name = \"{tool}\", reason = \"incident 4711\", until = 9999-12-01T18:00:00Z }},\n]\n")
    );
    assert_eq!(
        scratch.listed(),
        json!([{ "kind": "tool", "name": tool, "agent": null, "reason": "incident 4711",
            "until": "9999-12-01T18:00:00.000Z", "before": null, "ended": false }])
    );
    assert!(weir(&["registry", "check", text(&scratch.registry())]).status.success(), "the folder should be sound");
    assert!(scratch.quarantine("remove", &["tool", tool]).status.success());
    assert_eq!(scratch.listed(), json!([]));
    let again = scratch.quarantine("remove", &["tool", tool]);
    assert_eq!(again.status.code(), Some(1), "nothing to free");
    assert!(error(&again).contains(&format!("quarantine.toml has no tool `{tool}`")), "{}", error(&again));
}

#[test]
fn change_that_would_freeze_nothing_is_refused_and_not_written() {
    let scratch = Scratch::new("quarantine-refused");
    for (why, arguments, code, expected) in [
        ("a misspelt tool", &["tool", "documents_serch"][..], 1, "documents_search"),
        ("a user without issuer", &["user", "alice"], 1, "must be `ISSUER|SUBJECT`"),
        ("an end in the past", &["tool", "documents_search", "--until", "2020-01-01T00:00:00Z"], 2, "lies in the past"),
        ("an end of a sign-in's end", &["token", "demo-agent", "--until", "4h"], 2, "--until is for what is frozen"),
        ("an agent beside a tool", &["tool", "documents_search", "--agent", "x"], 2, "--agent is for `token`"),
        ("a store without a platform", &["tool", "documents_search", "--remote"], 2, "need --to"),
    ] {
        let output = scratch.quarantine("add", &[arguments, &["--reason", "why"]].concat());
        assert_eq!(output.status.code(), Some(code), "{why}: {}", error(&output));
        assert!(error(&output).contains(expected), "{why}: {}", error(&output));
        assert_eq!(scratch.written(), "", "{why}: nothing should be written");
    }
    let reasonless = scratch.quarantine("add", &["tool", "documents_search"]);
    assert_eq!(reasonless.status.code(), Some(2), "a freeze says why");
}

#[test]
fn freeze_is_published_alone_to_spin() {
    let scratch = Scratch::new("quarantine-spin");
    let key = scratch.0.join("key.json");
    assert!(weir(&["key", "new", "publisher", "--output", text(&key)]).status.success());
    let manifest = scratch.0.join("spin.toml");
    fs::copy(beside_manifest("../../spin.toml"), &manifest).expect("a copy of the manifest");
    // A fault elsewhere must not keep anybody from freezing.
    fs::write(scratch.registry().join("policies/broken.cedar"), "permit(").expect("a file is written");
    let user = format!("{}|carol", issuer(&scratch));
    let publish = ["--to", "spin", "--manifest", text(&manifest), "--key", text(&key), "--no-wait"];
    let agent = agent(&scratch);
    let arguments = [&["token", &user, "--agent", &agent, "--reason", "lost laptop"][..], &publish];
    let dry = scratch.quarantine("add", &[&arguments.concat()[..], &["--dry-run"]].concat());
    assert!(dry.status.success(), "{}", error(&dry));
    assert_eq!(scratch.written(), "", "a dry run writes nothing");
    let added = scratch.quarantine("add", &arguments.concat());
    assert!(added.status.success(), "{}", error(&added));
    assert!(String::from_utf8_lossy(&added.stdout).contains("quarantine signed by `publisher`"), "it is published");
    let entry = &scratch.listed()[0];
    assert_eq!((&entry["kind"], &entry["name"]), (&json!("token"), &json!(user)));
    assert!(scratch.0.join(".spin").join("sqlite_key_value.db").is_file(), "the store should have it");
}

/// The first issuer of the example registry.
fn issuer(scratch: &Scratch) -> String {
    first(scratch, "issuers", "issuer")
}

/// The first client of the example registry.
fn agent(scratch: &Scratch) -> String {
    first(scratch, "clients", "id")
}

fn first(scratch: &Scratch, list: &str, key: &str) -> String {
    let text = fs::read_to_string(scratch.registry().join("gateway.toml")).expect("a file");
    let table: toml::Table = text.parse().expect("TOML");
    table[list][0][key].as_str().expect("text").to_owned()
}

#[test]
fn publication_lifts_no_freeze_in_passing() {
    let scratch = Scratch::new("quarantine-lift");
    let (key, manifest) = (scratch.0.join("key.json"), scratch.0.join("spin.toml"));
    assert!(weir(&["key", "new", "publisher", "--output", text(&key)]).status.success());
    fs::copy(beside_manifest("../../spin.toml"), &manifest).expect("a copy of the manifest");
    let flags = ["--to", "spin", "--manifest", text(&manifest), "--key", text(&key), "--no-wait"];
    let registry = scratch.registry();
    let publish = |more: &[&str]| weir(&[&["registry", "publish", text(&registry)], &flags[..], more].concat());
    let said = |output: &Output| String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    let frozen = |name: &str| {
        let added = scratch.quarantine("add", &[&["tool", name, "--reason", "why"][..], &flags].concat());
        assert!(added.status.success(), "{}", said(&added));
        assert!(said(&added).contains(&format!("quarantine: + tool `{name}`")), "{}", said(&added));
    };
    frozen("documents_search");
    let again = publish(&[]);
    assert!(again.status.success(), "with the freeze in the folder: {}", said(&again));
    let file = registry.join("quarantine.toml");
    let text_of_file = fs::read_to_string(&file).expect("the file");
    fs::remove_file(&file).expect("it is removed");
    for more in [&[][..], &["--quarantine-only"], &["--dry-run"]] {
        let refused = publish(more);
        assert_eq!(refused.status.code(), Some(1), "{more:?}: {}", said(&refused));
        assert!(said(&refused).contains("the live quarantine has what this folder lacks: tool `documents_search`"));
    }
    fs::write(&file, text_of_file).expect("it is written");
    let removed = scratch.quarantine("remove", &[&["tool", "documents_search"][..], &flags].concat());
    assert!(removed.status.success(), "lifting by name needs no more: {}", said(&removed));
    frozen("documents_search");
    fs::remove_file(&file).expect("it is removed");
    let thawed = publish(&["--thaw"]);
    assert!(thawed.status.success(), "{}", said(&thawed));
    assert!(said(&thawed).contains("quarantine: - tool `documents_search`"), "{}", said(&thawed));
}

#[test]
fn date_alone_stops_no_publication() {
    let scratch = Scratch::new("quarantine-date");
    let (key, manifest) = (scratch.0.join("key.json"), scratch.0.join("spin.toml"));
    assert!(weir(&["key", "new", "publisher", "--output", text(&key)]).status.success());
    fs::copy(beside_manifest("../../spin.toml"), &manifest).expect("a copy of the manifest");
    let origin = scratch.registry().join("origins/documents.toml");
    let before = fs::read_to_string(&origin).expect("an origin");
    assert!(before.contains("review = \"SEC-1042\""), "the example's review is a ticket");
    fs::write(&origin, before.replace("SEC-1042", "2020-01-01")).expect("it is written");
    let registry = scratch.registry();
    let strict = weir(&["registry", "check", text(&registry), "--strict"]);
    assert_eq!(strict.status.code(), Some(1), "a strict check says that the review is due: {}", error(&strict));
    let flags = ["--to", "spin", "--manifest", text(&manifest), "--key", text(&key), "--no-wait"];
    let published = weir(&[&["registry", "publish", text(&registry)], &flags[..]].concat());
    assert!(published.status.success(), "renewal must not end on the day of a review: {}", error(&published));
    assert!(error(&published).contains("review"), "it is told: {}", error(&published));
}
