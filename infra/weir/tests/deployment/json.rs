//! `--format json`: one document on standard output, whose first member is its version.

use super::*;

fn document(output: &Output) -> Value {
    assert!(output.stdout.starts_with(b"{\n  \"version\": 1"), "the version comes first: {output:?}");
    parsed(output)
}

#[test]
fn every_document_has_version() {
    let scratch = Scratch::new();
    let url = gateway(|_, _| health("ok", 7, &[]));
    let user = ["explain", example(), "--group", "operations"];
    for (arguments, member) in [
        (&["registry", "check", example()][..], "faults"),
        (&["registry", "diff", example(), example()], "changes"),
        (&["quarantine", "list", example()], "entries"),
        (&["key", "new", "a"], "public"),
        (&["key", "sealing", "a"], "private"),
        (&["client", "secret"], "hash"),
        (&["status", "--url", &url], "findings"),
        (&user, "tools"),
        (&[&user[..], &["--what-if", "support"]].concat(), "changes"),
    ] {
        let document = document(&scratch.weir(&[arguments, &["--format", "json"]].concat()));
        assert!(document.get(member).is_some(), "{arguments:?}: {document}");
    }
}

#[test]
fn publication_is_one_document() {
    let scratch = Scratch::new();
    let url = gateway(|_, _| health("degraded", u64::MAX, &["secret_missing"]));
    let json = ["--format", "json", "--remote"];
    let done = scratch.publish(&[&json[..], &["--url", &url]].concat());
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let told = document(&done);
    assert_eq!(
        (&told["outcome"], &told["key"], &told["gateway"]),
        (&json!("published"), &json!("publisher"), &json!(url))
    );
    assert!(told["epoch"].as_u64().is_some_and(|epoch| epoch > 1_700_000_000_000), "{told}");
    assert!(told["waited"].as_u64().is_some_and(|waited| waited < 60) && told["error"].is_null(), "{told}");
    let records: Vec<&str> =
        told["records"].as_array().into_iter().flatten().filter_map(|it| it["key"].as_str()).collect();
    assert_eq!(records.last(), Some(&"head"), "{told}");
    let warnings = told["warnings"].to_string();
    for warning in ["the key is not compared", "the gateway says `secret_missing`"] {
        assert!(warnings.contains(warning) && err(&done).contains(warning), "{warning}: {told}");
    }
    let frozen = json!({ "about": "quarantine", "change": "+ tool `documents_delete`" });
    assert!(told["changes"].as_array().is_some_and(|changes| changes.contains(&frozen)), "{told}");
    assert!(err(&done).contains("1/2 epoch"), "progress is on the other stream: {done:?}");
}

#[test]
fn unserved_or_failed_publication_is_in_document() {
    let scratch = Scratch::new();
    scratch.write("other-public.json", &scratch.key("other"));
    for (more, code, outcome, error) in [
        (&["--dry-run"][..], 0, "dry_run", ""),
        (&["--no-wait"], 0, "written", ""),
        (&["--keys", "other-public.json"], 4, "failed", "the gateway does not trust the key `publisher`"),
        (&["--url", "http://127.0.0.1:1", "--wait=1s"], 5, "failed", "the records are in the store"),
    ] {
        let done = scratch.publish(&[&["--remote", "--format", "json"], more].concat());
        assert_eq!(done.status.code(), Some(code), "{more:?}: {done:?}");
        let told = document(&done);
        assert_eq!(told["outcome"], outcome, "{more:?}");
        assert!(told["error"].as_str().unwrap_or_default().contains(error), "{more:?}: {told}");
        assert_eq!(told["error"].is_null(), error.is_empty(), "{more:?}: {told}");
    }
}
