//! Tests of the diff: each change of a folder is shown with its effect on groups.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;

use registry::diff::{Change, diff};
use registry::folder;

/// The changes if `from` becomes `to` in one file of the example.
fn changes(path: &str, from: &str, to: &str) -> Vec<String> {
    let old = folder::check(&example::files());
    let mut files = example::files();
    let text = files.get_mut(path).expect("the example has the file");
    assert!(text.contains(from), "`{from}` should be in {path}");
    *text = text.replacen(from, to, 1);
    let new = folder::check(&files);
    let changes = diff(&old, &new).expect("neither folder has an error");
    changes.iter().map(Change::to_string).collect()
}

#[test]
fn same_folder_has_no_changes() {
    assert_eq!(changes("gateway.toml", "[limits]", "\n[limits]"), Vec::<String>::new());
}

#[test]
fn new_grant_is_shown_for_each_group() {
    let found = changes("gateway.toml", "tools = [\"documents_search\"]", "origins = [\"documents\"]");
    let expected = "+ group `Support / EMEA`: may use `documents_delete` in `operations`: by role `documents-reader`";
    assert!(found.iter().any(|change| change == expected), "{found:#?}");
}

#[test]
fn changed_origin_is_shown_with_old_and_new_value() {
    let found = changes("origins/documents.toml", "https://documents.", "https://handbook.");
    let expected = "~ origin `documents`: url: https://documents.example.com/mcp → https://handbook.example.com/mcp";
    assert_eq!(found, [expected]);
}

#[test]
fn changed_audit_mode_is_shown() {
    assert_eq!(
        changes("origins/documents.toml", "audit = \"completion\"", "audit = \"two_phase\""),
        ["~ origin `documents`: audit: completion → two_phase"]
    );
}

#[test]
fn own_user_agent_is_shown() {
    assert_eq!(
        changes("origins/documents.toml", "audit = ", "user_agent = \"acme/1.0\"\naudit = "),
        ["+ origin `documents`: user agent: `acme/1.0`"]
    );
}

#[test]
fn limit_of_calls_is_shown() {
    let title = "title = \"Operations\"\n";
    let limited = format!("{title}calls_per_minute = 60\n");
    assert_eq!(
        changes("virtual-servers/operations.toml", title, &limited),
        ["+ virtual server `operations`: calls per minute: 60 for each user"]
    );
}

#[test]
fn removed_tool_is_shown_per_virtual_server_and_group() {
    let found = changes(
        "virtual-servers/support.toml",
        "origin = \"documents\"\ntool = \"search\"",
        "origin = \"tickets\"\ntool = \"create\"\nname = \"open_ticket\"",
    );
    assert_eq!(
        found,
        [
            "- group `Support / EMEA`: may use `documents_search` in `support`: by role `documents-reader`",
            "- group `operations`: may use `documents_search` in `support`: by role `operator`",
            "- virtual server `support`: tool `documents_search`: `search` of origin `documents`",
            "+ virtual server `support`: tool `open_ticket`: `create` of origin `tickets`",
        ]
    );
}

#[test]
fn released_tool_and_changed_policy_are_shown() {
    assert_eq!(
        changes("quarantine.toml", "[\"documents_delete\"]", "[]"),
        ["- quarantine: tool `documents_delete`: frozen"]
    );
    let found = changes("policies/limits.cedar", "> 50", "> 20");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("~ policy `small-searches` on `documents_search`: "), "{found:#?}");
}

#[test]
fn folder_with_error_has_no_diff() {
    let broken = folder::check(&std::collections::BTreeMap::new());
    assert!(diff(&folder::check(&example::files()), &broken).is_none());
}
