//! Black-box tests of `weir explain --live --from spin`.

use serde_json::Value;

use super::*;

const CAROL: [&str; 8] = [
    "--user",
    "https://idp.example.com|carol",
    "--agent",
    "claude-code",
    "--group",
    "operations",
    "--at",
    "2026-11-20T12:00:00Z",
];

fn explain(scratch: &Scratch, more: &[&str]) -> Output {
    let (keys, manifest) = (scratch.path("public.json"), scratch.path("spin.toml"));
    let live = ["explain", "--live", "--from", "spin", "--manifest", text(&manifest), "--keys", text(&keys)];
    weir(&[&live, more, &CAROL, &["--format", "json"]].concat())
}

#[test]
fn published_records_answer_like_their_folder() {
    let scratch = Scratch::new();
    scratch.published(example(), &[]);
    let output = explain(&scratch, &[]);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""), "{output:?}");
    let live: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    assert_eq!(live["source"]["kind"], "live");
    assert!(live["source"]["epoch"].is_u64(), "the epoch should be told: {live}");
    let output = weir(&[&["explain", example()], &CAROL[..], &["--format", "json"]].concat());
    let folder: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    let effects = |answer: &Value| -> Vec<String> {
        let tools = answer["tools"].as_array().cloned().unwrap_or_default();
        tools
            .iter()
            .map(|tool| format!("{} {} {}", tool["tool"], tool["list"]["effect"], tool["call"]["effect"]))
            .collect()
    };
    assert!(!effects(&live).is_empty(), "{live}");
    assert_eq!(effects(&live), effects(&folder));
}

#[test]
fn forged_record_is_refused() {
    let scratch = Scratch::new();
    scratch.published(example(), &["--state", text(&scratch.path("state"))]);
    let store = rusqlite::Connection::open(scratch.path("state/sqlite_key_value.db")).expect("the store is there");
    store
        .execute("UPDATE spin_key_value SET value = CAST(value || x'20' AS BLOB) WHERE key = 'head'", ())
        .expect("a row is changed");
    let output = explain(&scratch, &["--state", text(&scratch.path("state"))]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), ""), "{output:?}");
    assert!(err(&output).contains("`head`: the record's bytes aren't those that were signed"), "{output:?}");
}

#[test]
fn missing_store_is_an_error_and_not_created() {
    let scratch = Scratch::new();
    let output = explain(&scratch, &[]);
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(err(&output).contains("can't read `") && err(&output).contains("sqlite_key_value.db"), "{output:?}");
    assert!(!scratch.path(".spin").exists(), "asking should leave no file");
}

#[test]
fn missing_companion_flag_is_explained() {
    let scratch = Scratch::new();
    let keys = scratch.path("public.json");
    for (arguments, cause) in [
        (&["explain", example(), "--state", "s"][..], "are for --live"),
        (&["explain", "--live", "--keys", text(&keys)], "--live needs --local or --remote, or --from spin"),
        (&["explain", "--live", "--keys", text(&keys), "--local", "--state", "s"], "are for --from spin"),
        (&["explain", "--live", "--keys", text(&keys), "--from", "spin", "--remote"], "are for --from workers"),
        (&["explain", "--live", "--from", "spin"], "--keys"),
        (&["explain", example(), "--from", "spin"], "are for --live"),
    ] {
        let output = weir(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(err(&output).contains(cause), "{arguments:?}: {output:?}");
    }
}
