//! Tests of places: every rule that a decision can name has a place in the folder.
#![allow(clippy::expect_used, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;

use registry::folder;

/// `FILE:LINE:COLUMN` of a rule of the example.
fn place(id: &str) -> Option<String> {
    folder::check(&example::files()).documents.place_of_rule(id).map(|place| place.to_string())
}

#[test]
fn rule_of_role_has_place_of_granted_name() {
    let tool = place("role/documents-reader/Support / EMEA/tool/documents_search");
    assert_eq!(tool.as_deref(), Some("gateway.toml:20:10"));
    assert_eq!(place("role/operator/operations/origin/documents").as_deref(), Some("gateway.toml:24:12"));
    assert_eq!(place("role/operator/operations/virtual-server/operations").as_deref(), Some("gateway.toml:25:20"));
    assert_eq!(place("role/nobody/operations/origin/documents"), None, "no such role");
}

#[test]
fn rule_of_file_has_place_of_its_start() {
    assert_eq!(place("small-searches").as_deref(), Some("policies/limits.cedar:2:1"));
    assert_eq!(place("limits/1").as_deref(), Some("policies/limits.cedar:6:1"));
    assert_eq!(place("limits/2"), None);
}

#[test]
fn every_rule_of_snapshot_has_place() {
    let checked = folder::check(&example::files());
    let snapshot = checked.snapshot().expect("the example should have no error");
    for policy in snapshot.virtual_servers.values().flat_map(|server| &server.policies.rules) {
        assert!(checked.documents.place_of_rule(&policy.id).is_some(), "`{}` should have a place", policy.id);
    }
}
