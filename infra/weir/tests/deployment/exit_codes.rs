//! Exit codes: each command ends with the codes that its help and the manual list.

use super::*;

/// The subcommand, its other arguments, and the code. `URL` is the address of a gateway that serves everything.
type Case = (&'static [&'static str], &'static [&'static str], i32);

const STORE: [&str; 4] = ["--live", "--remote", "--keys", "public.json"];
const PUBLISH: [&str; 6] = ["registry", "--key", "publisher.json", "--to", "workers", "--remote"];
const LEDGER: [&str; 4] = ["--url", "URL", "--token-file", "token"];
const MONTH: [&str; 2] = ["--month", "2026-11"];
const TOOL: [&str; 4] = ["--tool", "open_ticket", "--action", "list"];

/// With a sound folder and a store that answers.
const SOUND: &[Case] = &[
    (&["registry", "check"], &["registry"], 0),
    (&["registry", "check"], &["nowhere"], 2),
    (&["registry", "check"], &["registry", "--stric"], 2),
    (&["registry", "diff"], &["registry", "registry"], 0),
    (&["registry", "diff"], &["registry", "nowhere"], 2),
    (&["registry", "compile"], &["registry", "--key", "publisher.json", "--output", "sealed"], 0),
    (&["registry", "compile"], &["registry", "--key", "nothing.json", "--output", "sealed"], 2),
    (&["registry", "publish"], &["--no-wait"], 0),
    (&["registry", "publish"], &["--url", "URL"], 0),
    (&["registry", "publish"], &["--binding", "NOPE", "--config", "wrangler.toml"], 2),
    (&["registry", "publish"], &["--keys", "other-public.json"], 4),
    (&["registry", "publish"], &["--url", "http://127.0.0.1:1", "--wait=1s"], 5),
    (&["quarantine", "list"], &["registry"], 0),
    (&["quarantine", "list"], &["nowhere"], 2),
    (&["quarantine", "add"], &["registry", "tool", "documents_search", "--reason", "why"], 0),
    (&["quarantine", "add"], &["registry", "tool", "documents_serch", "--reason", "why"], 1),
    (&["quarantine", "add"], &["registry", "tool", "documents_search"], 2),
    (&["quarantine", "remove"], &["registry", "tool", "documents_search"], 0),
    (&["quarantine", "remove"], &["registry", "tool", "documents_search"], 1),
    (&["quarantine", "remove"], &["nowhere", "tool", "documents_search"], 2),
    (&["key", "new"], &["a"], 0),
    (&["key", "new"], &["No Name"], 2),
    (&["key", "sealing"], &["a"], 0),
    (&["key", "sealing"], &["No Name"], 2),
    (&["key", "public"], &["publisher.json"], 0),
    (&["key", "public"], &["nothing.json"], 2),
    (&["client", "secret"], &[], 0),
    (&["client", "secret"], &["more"], 2),
    // The address answers, and is no ledger.
    (&["cost", "report"], &MONTH, 1),
    (&["cost", "report"], &["--month", "November"], 2),
    (&["ledger", "drain"], &[], 1),
    (&["ledger", "drain"], &["--every", "1y"], 2),
    (&["explain"], &["registry", "--group", "operations"], 0),
    (&["explain"], &["nowhere", "--group", "operations"], 2),
    (&["status"], &["--url", "URL"], 0),
    (&["status"], &["--url", "http://127.0.0.1:1"], 1),
    (&["status"], &[], 2),
];

/// With a store that nobody can read.
const UNREADABLE: &[Case] = &[
    (&["status"], &[], 7),
    (&["explain"], &["--group", "operations"], 7),
    (&["registry", "publish"], &["--no-wait"], 7),
];

/// With an error in the folder.
const FAULTY: &[Case] = &[
    (&["registry", "check"], &["registry"], 1),
    (&["registry", "diff"], &["registry", "registry"], 1),
    (&["registry", "compile"], &["registry", "--key", "publisher.json", "--output", "sealed"], 1),
    (&["registry", "publish"], &["--no-wait"], 1),
    (&["explain"], &["registry", "--group", "operations"], 1),
];

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    run::copy(Path::new(example()), &scratch.path("registry"));
    scratch.write("public.json", &scratch.public("publisher"));
    scratch.write("other-public.json", &scratch.key("other"));
    scratch.write("nothing.json", "{}");
    scratch.write("token", "a-token-of-the-ledger");
    scratch.write("wrangler.toml", "kv_namespaces = [{ binding = \"REGISTRY\", id = \"0123\" }]\n");
    scratch
}

/// Runs each case and looks its code up in the help of the command and in the manual.
fn check(scratch: &Scratch, cases: &[Case], fixed: impl Fn(&[&str]) -> &'static [&'static str]) {
    let url = gateway(|_, _| health("ok", u64::MAX, &[]));
    let manual = fs::read_to_string(beside_manifest("../../docs/operating.md")).expect("the manual is there");
    for (subcommand, arguments, code) in cases {
        let arguments = [subcommand, fixed(subcommand), arguments].concat();
        let arguments: Vec<&str> =
            arguments.iter().map(|argument| argument.replace("URL", &url).leak() as &str).collect();
        let output = scratch.weir(&arguments);
        assert_eq!(output.status.code(), Some(*code), "{arguments:?}: {output:?}");
        let help = out(&scratch.weir(&[subcommand, &["--help"][..]].concat()));
        let codes = help.split("Exit codes:").nth(1).unwrap_or_default();
        let is_listed = |line: &str| {
            let numbers = line.strip_prefix("  ").and_then(|line| line.split_once("  ")).unwrap_or_default().0;
            numbers.split(", ").any(|number| number == code.to_string())
        };
        assert!(codes.lines().any(is_listed), "`{}` should list {code}: {help}", subcommand.join(" "));
        assert!(manual.contains(&format!("\n| {code} | ")), "the manual should list {code}");
    }
}

fn usual(subcommand: &[&str]) -> &'static [&'static str] {
    match subcommand {
        ["registry", "publish"] => &PUBLISH,
        ["cost" | "ledger", _] => &LEDGER,
        _ => &[],
    }
}

#[test]
fn every_command_ends_with_listed_codes() {
    check(&scratch(), SOUND, usual);
}

#[test]
fn folder_with_error_is_1() {
    let scratch = scratch();
    run::replace(&scratch.path("registry/policies/limits.cedar"), "> 50", "> \"50\"");
    check(&scratch, FAULTY, usual);
}

#[test]
fn store_that_cannot_be_read_is_told_from_outage() {
    let scratch = scratch();
    scratch.write("wrangler", "#!/bin/sh\necho no such account >&2\nexit 1\n");
    check(&scratch, UNREADABLE, |subcommand| if subcommand.len() == 1 { &STORE } else { &PUBLISH });
    // On Spin the store is a file, which is missing here.
    let spin = ["status", "--live", "--from", "spin", "--keys", "public.json"];
    let output = scratch.weir(&spin);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(err(&output).contains("can't read `.spin/sqlite_key_value.db`"), "{output:?}");
    // A store that can't be read may have freezes, which a publication would lift.
    fs::create_dir_all(scratch.path(".spin")).expect("a folder can be made");
    scratch.write(".spin/sqlite_key_value.db", &"no database, and longer than the header of one ".repeat(9));
    fs::copy(beside_manifest("../../spin.toml"), scratch.path("spin.toml")).expect("a copy of the manifest");
    let publish = ["registry", "publish", "registry", "--key", "publisher.json", "--to", "spin", "--no-wait"];
    let output = scratch.weir(&publish);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
}

#[test]
fn explain_of_one_action_is_3_unless_permitted() {
    let scratch = scratch();
    for (group, code) in [("operations", 0), ("nobody", 3)] {
        let output = scratch.weir(&[&["explain", "registry", "--group", group][..], &TOOL].concat());
        assert_eq!(output.status.code(), Some(code), "{group}: {output:?}");
    }
}
