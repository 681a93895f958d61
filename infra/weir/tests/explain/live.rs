//! Black-box tests of `weir explain --live` with a script in wrangler's place.

use std::os::unix::fs::PermissionsExt as _;

use oauth::jwk::PrivateKeySet;
use registry::compile::seal_quarantine;
use registry::record::Freshness;
use registry::snapshot::Quarantine;

use super::*;

/// The signed records of the example, as files for the script.
struct Store(Scratch);

impl Store {
    fn new() -> Self {
        let scratch = Scratch::new();
        let (key, sealed) = (scratch.path("publisher.json"), scratch.path("sealed"));
        let (key, sealed) = (text_of(&key), text_of(&sealed));
        let run = |arguments: &[&str]| {
            let output = weir(arguments).output().expect("weir runs");
            assert!(output.status.success(), "{output:?}");
            output
        };
        run(&["key", "new", "publisher", "--output", key]);
        run(&["registry", "compile", "example", "--key", key, "--output", sealed]);
        fs::write(scratch.path("public.json"), run(&["key", "public", key]).stdout).expect("a file is written");
        let store = Self(scratch);
        store.script("cat \"$records/$4\" 2>/dev/null || echo 'Value not found'");
        store
    }

    /// Sets the script in wrangler's place: `$4` is the key, `$records` the folder of records.
    fn script(&self, body: &str) {
        let (path, kept) = (self.0.path("wrangler"), text_of(&self.0.0));
        let script = format!("#!/bin/sh\nrecords={kept}/sealed/records\necho \"$@\" >> {kept}/calls\n{body}\n");
        fs::write(&path, script).expect("a script is written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a script may run");
    }

    fn explain(&self, parts: &[&[&str]]) -> Output {
        let keys = self.0.path("public.json");
        let arguments = [vec!["explain", "--live", "--keys", text_of(&keys)], parts.concat()].concat();
        weir(&arguments).env("WRANGLER", self.0.path("wrangler")).output().expect("weir runs")
    }

    /// The path of the one record whose key ends with `ending`.
    fn record(&self, ending: &str) -> PathBuf {
        let records = self.0.path("sealed/records");
        let epochs = fs::read_dir(&records).expect("the records are there").flatten();
        let places = epochs.map(|entry| entry.path()).chain([records.clone()]).map(|folder| folder.join(ending));
        let found: Vec<PathBuf> = places.filter(|path| path.is_file()).collect();
        found.into_iter().next().expect("a record of this name should be there")
    }
}

/// The answer without the members that only a folder has.
fn without_places(mut answer: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, _| !["file", "line", "because", "source"].contains(&name.as_str()));
                members.values_mut().for_each(strip);
            }
            Value::Array(elements) => elements.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut answer);
    answer
}

#[test]
fn live_records_answer_like_their_folder() {
    let store = Store::new();
    let format = ["--format", "json"];
    for person in [ALICE, BOB, CAROL] {
        let output = store.explain(&[&["--local"], &person, &NOON, &format]);
        assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{output:?}");
        let live: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
        assert_eq!(live["source"]["kind"], "live");
        assert!(live["source"]["epoch"].is_u64(), "the epoch should be told: {live}");
        let folder = json(&[&["example"], &person, &NOON]);
        assert_eq!(without_places(live), without_places(folder));
    }
}

#[test]
fn each_needed_record_is_read_once() {
    let store = Store::new();
    let place = ["--local", "--config", "a.toml", "--persist-to", "state", "--binding", "RECORDS"];
    let output = store.explain(&[&place, &ALICE, &["--group", "operations", "--what-if", "leads"]]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let calls = fs::read_to_string(store.0.path("calls")).expect("wrangler was called");
    let names = calls.lines().map(|call| {
        let arguments = " --binding RECORDS --preview false --local --config a.toml --persist-to state";
        let key = call.strip_prefix("kv key get ").and_then(|call| call.strip_suffix(arguments));
        let key = key.unwrap_or_else(|| panic!("wrangler should be asked for one key: {call}"));
        key.split_once('/').map_or(key, |(_, name)| name)
    });
    let names: Vec<&str> = names.collect();
    assert_eq!(names, ["head", "quarantine", "gateway", "assignments/0", "virtual-server/support"]);
}

#[test]
fn forged_record_is_refused() {
    let store = Store::new();
    for (record, cause) in [
        ("head", "the record's bytes aren't those that were signed"),
        ("quarantine", "the record's bytes aren't those that were signed"),
        ("gateway", "the record's bytes aren't those that were signed"),
        ("assignments/0", "the record's bytes aren't those that were signed"),
        ("virtual-server/support", "the record's bytes aren't those that were signed"),
    ] {
        let path = store.record(record);
        let genuine = fs::read(&path).expect("the record is there");
        fs::write(&path, [genuine.as_slice(), b" "].concat()).expect("a file is written");
        let output = store.explain(&[&["--local"], &ALICE]);
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), ""), "{record}: {output:?}");
        assert!(err(&output).contains(record) && err(&output).contains(cause), "{record}: {output:?}");
        fs::write(&path, genuine).expect("a file is written");
    }
    let other = weir(&["key", "new", "other", "--output", text_of(&store.0.path("other.json"))]).output();
    assert!(other.is_ok_and(|made| made.status.success()), "another key is made");
    let public = weir(&["key", "public", text_of(&store.0.path("other.json"))]).output().expect("weir runs").stdout;
    fs::write(store.0.path("public.json"), public).expect("a file is written");
    let output = store.explain(&[&["--local"], &ALICE]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("`head`: the record isn't signed by a key of the publisher"), "{output:?}");
}

#[test]
fn missing_or_expired_quarantine_gives_no_answer() {
    let store = Store::new();
    let private = fs::read_to_string(store.0.path("publisher.json")).expect("the key is there");
    let keys = PrivateKeySet::parse(&private).expect("the key file is a private set");
    let (_, expired) = seal_quarantine(&Quarantine::default(), &keys, Freshness { sequence: 1, valid_until: 1 })
        .expect("a quarantine seals");
    fs::write(store.record("quarantine"), expired).expect("a file is written");
    let output = store.explain(&[&["--local"], &ALICE]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("`quarantine`: the record's validity has ended"), "{output:?}");
    fs::remove_file(store.record("quarantine")).expect("a file is removed");
    let output = store.explain(&[&["--local"], &ALICE]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("`quarantine`: the record is missing"), "{output:?}");
}

#[test]
fn missing_value_and_failure_of_remote_store_are_distinguished() {
    let store = Store::new();
    let named = ["--remote", "--virtual-server", "nothing", "--format", "json"];
    store.script("cat \"$records/$4\" 2>/dev/null || { echo 'Failed to fetch x - 404: Not Found' >&2; exit 1; }");
    let output = store.explain(&[&named, &ALICE]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    assert_eq!(answer["refusal"]["reason"], "unknown_virtual_server");
    store.script("echo 'no such account' >&2; exit 1");
    let output = store.explain(&[&named, &ALICE]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(
        err(&output).contains("no such account") && err(&output).contains("wrangler can't read `head`"),
        "{output:?}"
    );
}

#[test]
fn malformed_name_never_becomes_key() {
    let store = Store::new();
    let output = store.explain(&[&["--local", "--virtual-server", "../gateway", "--format", "json"], &ALICE]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    assert_eq!(answer["refusal"]["reason"], "unknown_virtual_server");
    let calls = fs::read_to_string(store.0.path("calls")).expect("wrangler was called");
    assert!(!calls.contains(".."), "{calls}");
}
