//! Tests of resources, prompts and public virtual servers: their records, faults and changes.
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;
use std::collections::BTreeMap;

use policy::{Action, Arguments, Circumstances, Kind, Principal, ToolPolicies};
use policy_compiler::role::ANONYMOUS;
use registry::compile::Snapshot;
use registry::diff;
use registry::folder::{self, CheckedFolder};
use registry::snapshot::{Access, Exposed, PublicAccess, VirtualServer};

type Files = BTreeMap<String, String>;

/// The example, with resources and prompts of its handbook.
fn files() -> Files {
    let mut files = example::files();
    put(
        &mut files,
        "origins/documents.toml",
        "resources = [\"handbook://*\", \"docs://index\"]\n",
        "[prompts.summarise]\narguments = { id = { type = \"string\", required = true }, style = \"string\" }\naudit_arguments = [\"style\"]\n",
    );
    put(
        &mut files,
        "virtual-servers/support.toml",
        "",
        "
[[resources]]
origin = \"documents\"
uri = \"handbook://*\"

[[resources]]
origin = \"documents\"
uri = \"docs://index\"
title = \"Index\"

[[prompts]]
origin = \"documents\"
prompt = \"summarise\"
description = \"Sums a page up.\"
",
    );
    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    *gateway = gateway.replace(
        "tools = [\"documents_search\"]",
        "tools = [\"documents_search\"]\nresources = [\"handbook://*\"]\nprompts = [\"documents_summarise\"]",
    );
    put(
        &mut files,
        "policies/limits.cedar",
        "",
        "
@id(\"no-secrets\")
forbid (principal, action == Action::\"read\", resource in Origin::\"documents\")
when { context.arguments.uri like \"handbook://secret/*\" };
",
    );
    files
}

fn put(files: &mut Files, path: &str, before: &str, after: &str) {
    let text = files.get_mut(path).expect("the example has the file");
    *text = format!("{before}{text}{after}");
}

fn edited(path: &str, from: &str, to: &str) -> Files {
    let mut files = files();
    let text = files.get_mut(path).expect("the example has the file");
    assert_eq!(text.matches(from).count(), 1, "`{from}` should be in {path} once");
    *text = text.replace(from, to);
    files
}

fn faults(checked: &CheckedFolder) -> Vec<String> {
    checked.faults.iter().map(ToString::to_string).collect()
}

fn snapshot(files: &Files) -> Snapshot {
    let checked = folder::check(files);
    assert_eq!(faults(&checked), Vec::<String>::new(), "the folder should have no fault");
    checked.snapshot().expect("a folder without faults has a snapshot").clone()
}

/// The gateway's decision.
fn permits(server: &VirtualServer, exposed: &Exposed, principal: &Principal<'_>, arguments: Option<&str>) -> bool {
    let policies = exposed.policies.iter().map(|index| &server.policies.rules[usize::try_from(*index).expect("index")]);
    let rules = policies.map(|policy| policy.rule().expect("a form is read").into());
    let compiled = ToolPolicies::new(&server.name, &exposed.declaration, rules).expect("checked policies compile");
    let now = Circumstances { now_seconds: 1_795_176_000, address: None, country: None };
    let action = if arguments.is_some() { Action::Call } else { Action::List };
    let arguments = Arguments::parse(arguments).expect("the arguments are an object");
    policy::decide(&compiled, action, principal, &now, Some(&arguments)).permits()
}

#[test]
fn resources_and_prompts_are_declared_like_tools() {
    let snapshot = snapshot(&files());
    let support = &snapshot.virtual_servers["support"];
    let names: Vec<&str> = support.exposed().map(|exposed| exposed.declaration.name.as_str()).collect();
    assert_eq!(names, ["documents_search", "handbook://*", "docs://index", "documents_summarise"]);
    let [handbook, index] = support.resources.as_slice() else { panic!("there should be two resources") };
    assert_eq!((handbook.declaration.kind, handbook.declaration.origin.as_str()), (Kind::Resource, "documents"));
    assert!(handbook.declaration.arguments["uri"].required, "the URI should be the argument of a read");
    assert_eq!((handbook.title.as_deref(), index.title.as_deref()), (None, Some("Index")));
    let prompt = &support.prompts[0];
    assert_eq!((prompt.declaration.kind, prompt.declaration.origin_name.as_str()), (Kind::Prompt, "summarise"));
    assert_eq!(prompt.declaration.arguments.keys().collect::<Vec<_>>(), ["id", "style"]);
    assert_eq!(prompt.audit_arguments, ["style"]);
    assert_eq!(prompt.description.as_deref(), Some("Sums a page up."));
    let operations = serde_json::to_string(&snapshot.virtual_servers["operations"]).expect("a record is JSON");
    assert!(!operations.contains("resources") && !operations.contains("prompts"), "{operations}");
}

#[test]
fn roles_grant_resources_and_prompts_and_policies_narrow_them() {
    let snapshot = snapshot(&files());
    let support = &snapshot.virtual_servers["support"];
    let groups = ["Support / EMEA".to_owned()];
    let alice = Principal { groups: &groups, ..Principal::of("https://idp.example.com", "alice", "claude-code") };
    let [handbook, index] = support.resources.as_slice() else { panic!("there should be two resources") };
    assert!(permits(support, handbook, &alice, None), "her role has the handbook");
    assert!(!permits(support, index, &alice, None), "and not the index");
    assert!(permits(support, handbook, &alice, Some(r#"{"uri":"handbook://shipping"}"#)));
    assert!(!permits(support, handbook, &alice, Some(r#"{"uri":"handbook://secret/keys"}"#)), "a rule forbids it");
    assert!(permits(support, &support.prompts[0], &alice, Some(r#"{"id":"1"}"#)));
    assert!(!permits(support, &support.prompts[0], &alice, Some("{}")), "`id` is required");
    let groups = ["operations".to_owned()];
    let bob = Principal { groups: &groups, ..Principal::of("https://idp.example.com", "bob", "claude-code") };
    for exposed in support.exposed().filter(|exposed| !exposed.declaration.kind.is_tool()) {
        assert!(permits(support, exposed, &bob, None), "a role with the origin has all of it: {exposed:?}");
    }
}

#[test]
fn unapproved_and_ambiguous_entries_are_refused() {
    const SUPPORT: &str = "virtual-servers/support.toml";
    const DOCUMENTS: &str = "origins/documents.toml";
    let mut missing = Vec::new();
    for (path, from, to, expected) in [
        (
            SUPPORT,
            "uri = \"docs://index\"",
            "uri = \"docs://other\"",
            "virtual-servers/support.toml:16:7: error: the origin `documents` approves no resource `docs://other` (`resources` of origins/documents.toml)",
        ),
        (
            SUPPORT,
            "uri = \"handbook://*\"",
            "uri = \"hand*\"",
            "virtual-servers/support.toml:12:7: error: `uri` must be a URI, or the plain beginning of URIs and then `*`, not `hand*`",
        ),
        (
            SUPPORT,
            "uri = \"docs://index\"",
            "uri = \"handbook://*\"",
            "virtual-servers/support.toml:16:7: error: the exposed name `handbook://*` is already at virtual-servers/support.toml:12:7",
        ),
        (
            SUPPORT,
            "uri = \"docs://index\"",
            "uri = \"handbook://a/*\"",
            "virtual-servers/support.toml:17:9: error: `handbook://a/*` is many resources, and a title or description is of one",
        ),
        (
            SUPPORT,
            "prompt = \"summarise\"",
            "prompt = \"sumarise\"",
            "virtual-servers/support.toml:21:10: error: the origin `documents` declares no prompt `sumarise` (origins/documents.toml has no `[prompts.sumarise]`)\n  help: did you mean `summarise`?",
        ),
        (
            SUPPORT,
            "prompt = \"summarise\"",
            "prompt = \"summarise\"\n[[prompts]]\norigin = \"documents\"\nprompt = \"summarise\"",
            "virtual-servers/support.toml:24:10: error: the exposed name `documents_summarise` is already at virtual-servers/support.toml:21:10\n  help: give one of the two another `name`",
        ),
        (
            DOCUMENTS,
            "audit_arguments = [\"style\"]",
            "read_only = true",
            "origins/documents.toml:35:1: error: unknown key `read_only`",
        ),
        (
            DOCUMENTS,
            "\"docs://index\"]",
            "\"docs://*index\"]",
            "origins/documents.toml:1:30: error: `resources` must be a URI, or the plain beginning of URIs and then `*`, not `docs://*index`",
        ),
        (
            "gateway.toml",
            "resources = [\"handbook://*\"]",
            "resources = [\"handbook://secret\"]",
            "gateway.toml:21:14: error: there is no resource `handbook://secret`",
        ),
        (
            "gateway.toml",
            "\"documents_summarise\"",
            "\"documents_sumarise\"",
            "gateway.toml:22:12: error: there is no prompt `documents_sumarise`\n  help: did you mean `documents_summarise`?",
        ),
        (
            "quarantine.toml",
            "tools = [\"documents_delete\"]",
            "resources = [\"hendbook://*\"]",
            "quarantine.toml:2:14: error: no virtual server has a resource `hendbook://*`",
        ),
        (
            "quarantine.toml",
            "tools = [\"documents_delete\"]",
            "prompts = [\"summarise\"]",
            "quarantine.toml:2:12: error: there is no prompt `summarise`",
        ),
        (
            "policies/limits.cedar",
            "Action::\"read\"",
            "Action::\"call\"",
            "policies/limits.cedar:11:8: error: policy `no-secrets`: attribute `arguments.uri` in context for Action::\"call\" not found",
        ),
        (
            "policies/limits.cedar",
            "resource in Origin::\"documents\")\nwhen { context.arguments.uri",
            "resource == Resource::\"handbook:/*\")\nwhen { context.arguments.uri",
            "policies/limits.cedar:10:58: error: there is no resource `handbook:/*`",
        ),
    ] {
        let found = faults(&folder::check(&edited(path, from, to)));
        if !found.iter().any(|fault| fault.starts_with(expected)) {
            missing.push(format!("{expected}\nshould be among\n{}\n", found.join("\n")));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let mut files = files();
    put(&mut files, "origins/tickets.toml", "resources = [\"handbook://tickets/*\"]\n", "");
    put(
        &mut files,
        "virtual-servers/support.toml",
        "",
        "[[resources]]\norigin = \"tickets\"\nuri = \"handbook://tickets/*\"\n",
    );
    let expected = "virtual-servers/support.toml:25:7: error: `handbook://tickets/*` and `handbook://*` of origin `documents` have URIs in common";
    let found = faults(&folder::check(&files));
    assert!(
        found.iter().any(|fault| fault.starts_with(expected)),
        "a URI must lead to one origin:\n{}",
        found.join("\n")
    );
}

#[test]
fn pattern_may_belong_to_two_origins_unless_a_rule_names_it() {
    let two = |files: &mut Files| {
        put(files, "origins/tickets.toml", "resources = [\"handbook://*\"]\n", "");
        let tickets = "title = \"Desk\"\ndescription = \"Another handbook\"\n\n[[resources]]\norigin = \"tickets\"\nuri = \"handbook://*\"\n";
        files.insert("virtual-servers/desk.toml".to_owned(), tickets.to_owned());
    };
    let mut ungranted = edited("gateway.toml", "resources = [\"handbook://*\"]\n", "");
    two(&mut ungranted);
    let checked = folder::check(&ungranted);
    let snapshot = checked.snapshot().expect("the folder has no error");
    let origin = |name: &str| {
        let server = snapshot.virtual_servers.get(name).expect("the virtual server is there");
        let mut patterns = server.resources.iter().filter(|one| one.declaration.name == "handbook://*");
        patterns.next().map(|one| one.declaration.origin.clone())
    };
    assert_eq!((origin("support").as_deref(), origin("desk").as_deref()), (Some("documents"), Some("tickets")));
    let mut granted = files();
    two(&mut granted);
    let mut named = ungranted;
    let rule =
        "\n@id(\"both\")\nforbid (principal, action == Action::\"read\", resource == Resource::\"handbook://*\");\n";
    put(&mut named, "policies/limits.cedar", "", rule);
    for (ambiguous, by) in [(granted, "a role"), (named, "a policy")] {
        let found = faults(&folder::check(&ambiguous)).join("\n");
        let expected = "the exposed name `handbook://*` means another resource at";
        assert!(found.contains(expected) && found.contains("let that name the origin"), "named by {by}: {found}");
    }
}

#[test]
fn pattern_that_looks_like_template_is_warned_of() {
    let path = "virtual-servers/support.toml";
    let mut files = edited(path, "uri = \"docs://index\"\ntitle = \"Index\"", "uri = \"docs://{page}\"");
    let origin = files.get_mut("origins/documents.toml").expect("the example has the file");
    *origin = origin.replace("docs://index", "docs://{page}");
    let checked = folder::check(&files);
    assert!(checked.snapshot().is_some(), "it may be meant as it is: {:?}", faults(&checked));
    let found = faults(&checked).join("\n");
    assert!(found.contains("`docs://{page}` matches no URI of the template that it looks like"), "{found}");
}

/// The example with `support` as a public virtual server.
fn public() -> Files {
    let access = "access = \"public\"\nteam = \"support\"\nproject = \"website\"\ncalls_per_minute = 30\n";
    edited("virtual-servers/support.toml", "title = \"Support\"\n", &format!("title = \"Support\"\n{access}"))
}

#[test]
fn public_virtual_server_permits_anonymous_callers() {
    let snapshot = snapshot(&public());
    let payer = PublicAccess { team: Some("support".to_owned()), project: Some("website".to_owned()) };
    assert_eq!(snapshot.gateway.public, BTreeMap::from([("support".to_owned(), payer)]));
    let support = &snapshot.virtual_servers["support"];
    assert_eq!((support.access, support.calls_per_minute), (Access::Public, Some(30)));
    let anonymous = Principal::of(&snapshot.gateway.url, ANONYMOUS, ANONYMOUS);
    for exposed in support.exposed() {
        assert!(permits(support, exposed, &anonymous, None), "anybody should see it: {exposed:?}");
    }
    let handbook = &support.resources[0];
    assert!(permits(support, handbook, &anonymous, Some(r#"{"uri":"handbook://shipping"}"#)));
    assert!(
        !permits(support, handbook, &anonymous, Some(r#"{"uri":"handbook://secret/keys"}"#)),
        "rules hold all the same"
    );
    let mallory = Principal::of("https://idp.example.com", ANONYMOUS, ANONYMOUS);
    assert!(!permits(support, handbook, &mallory, None), "a caller with a token should have its own roles only");
    let operations = &snapshot.virtual_servers["operations"];
    assert_eq!(operations.access, Access::Restricted);
    assert!(!permits(operations, &operations.tools[0], &anonymous, None), "one public virtual server opens no other");
}

#[test]
fn unsafe_public_access_is_refused() {
    const SUPPORT: &str = "virtual-servers/support.toml";
    let check = |from: &str, to: &str| {
        let mut files = public();
        let text = files.get_mut(SUPPORT).expect("the example has the file");
        assert_eq!(text.matches(from).count(), 1, "`{from}` should be there once");
        *text = text.replace(from, to);
        faults(&folder::check(&files))
    };
    let no_limit = "virtual-servers/support.toml:2:10: error: public access needs `calls_per_minute`\n  help: each address has them to itself";
    assert_eq!(check("calls_per_minute = 30\n", ""), [no_limit]);
    let delete = "[[tools]]\norigin = \"documents\"\ntool = \"delete\"\n\n[[prompts]]";
    let harmful = "virtual-servers/support.toml:23:1: error: the tool `documents_delete` isn't approved `read_only`, and the virtual server is public";
    assert_eq!(check("[[prompts]]", delete), [harmful]);
    let charged = check("access = \"public\"\n", "access = \"restricted\"\n");
    assert!(
        charged[0].starts_with("virtual-servers/support.toml:3:8: error: the caller's group decides who pays"),
        "{charged:?}"
    );
    let unpaid = check("team = \"support\"\n", "");
    assert!(
        unpaid[0].starts_with("virtual-servers/support.toml:3:11: warning: a `project` without a `team`"),
        "{unpaid:?}"
    );
    let unknown = check("\"public\"", "\"open\"");
    assert!(unknown[0].contains("`access` must be one of `restricted` and `public`, not `open`"), "{unknown:?}");
}

#[test]
fn diff_names_resources_prompts_and_public_access() {
    let changes =
        diff::diff(&folder::check(&example::files()), &folder::check(&public())).expect("no folder has an error");
    let shown: Vec<String> = changes.iter().map(ToString::to_string).collect();
    for expected in [
        "+ group `Support / EMEA`: may use prompt `documents_summarise` in `support`: by role `documents-reader`",
        "+ group `Support / EMEA`: may use resource `handbook://*` in `support`: by role `documents-reader`",
        "+ origin `documents`: prompt `summarise`: `id`: required, type `string`; `style`: not required, type `string`; audits `style`",
        "+ origin `documents`: resource `docs://index`: listed",
        "+ gateway: public.support.project: `website`",
        "+ virtual server `support`: without a token: anybody",
        "+ virtual server `support`: prompt `documents_summarise`: `summarise` of origin `documents`",
        "+ virtual server `support`: resource `handbook://*`: `handbook://*` of origin `documents`",
    ] {
        assert!(shown.iter().any(|change| change == expected), "`{expected}` should be among\n{}", shown.join("\n"));
    }
}

#[test]
fn generated_rules_have_their_place_in_folder() {
    let checked = folder::check(&public());
    for (id, file, line) in [
        ("role/documents-reader/Support / EMEA/resource/handbook:%2F%2F*", "gateway.toml", 21),
        ("role/documents-reader/Support / EMEA/prompt/documents_summarise", "gateway.toml", 22),
        ("public/support", "virtual-servers/support.toml", 2),
    ] {
        let support = &checked.snapshot().expect("no fault").virtual_servers["support"];
        assert!(support.policies.rules.iter().any(|policy| policy.id == id), "`{id}` should be a rule");
        let place = checked.documents.place_of_rule(id).expect("it is written somewhere");
        assert_eq!((place.file.as_str(), place.line), (file, line), "{id}");
    }
}
