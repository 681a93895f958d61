//! Black-box tests of each flag of a question and its effect on the answer.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{ALICE, BOB, CAROL, NOON, Scratch, explain, json, out, ruling};

#[test]
fn arguments_are_decided_as_by_gateway() {
    for (arguments, expected) in [
        (r#"{"limit":50}"#, "permit"),
        (r#"{"limit":51}"#, "refusal policy_refused forbidden"),
        (r#"{"limit":"50"}"#, "refusal invalid_arguments invalid_request"),
        ("{}", "refusal invalid_arguments invalid_request"),
        (r#"{"limit":50,"limit":51}"#, "refusal invalid_arguments arguments_duplicate_name"),
    ] {
        let answer = json(&[&["example"], &ALICE, &["--arguments", arguments]]);
        assert_eq!(ruling(&answer, "documents_search", "call"), expected, "{arguments}");
    }
    let answer = json(&[&["example"], &ALICE, &["--arguments", r#"{"limit":51}"#]]);
    let rule = &answer["tools"][0]["call"]["rules"][0];
    assert_eq!(
        (&rule["id"], &rule["file"], &rule["line"]),
        (&"small-searches".into(), &"policies/limits.cedar".into(), &2.into())
    );
    let answer = json(&[&["example"], &ALICE, &["--arguments", r#"{"limit":"50"}"#]]);
    assert_eq!(
        answer["tools"][0]["call"]["because"],
        "the argument `limit` is a string and must be an integer of 64 bits"
    );
}

#[test]
fn requests_that_origin_may_make_are_shown() {
    let silent = json(&[&["example"], &ALICE]);
    assert_eq!(silent["tools"][0].get("may_ask"), None, "none by default");
    let scratch = Scratch::new();
    let folder = scratch.with("origins/documents.toml", "");
    let path = Path::new(&folder).join("origins/documents.toml");
    let written = fs::read_to_string(&path).expect("the copy has the file");
    fs::write(&path, format!("may_ask = [\"sampling\", \"elicitation_form\"]\n{written}")).expect("a file is written");
    let asking = json(&[&[folder.as_str()], &ALICE]);
    assert_eq!(asking["tools"][0]["may_ask"], serde_json::json!(["elicitation_form", "sampling"]));
    for (format, origin) in [("table", "the origin documents may ask"), ("sentence", "The origin `documents` may ask")]
    {
        let text = out(&explain(&[&[folder.as_str()], &ALICE, &["--format", format]]));
        assert!(text.contains(origin) && text.contains("elicitation_form, sampling"), "{text}");
    }
}

#[test]
fn credential_of_origin_is_shown() {
    assert_eq!(json(&[&["example"], &ALICE])["tools"][0]["credential"], "header");
    let scratch = Scratch::new();
    let folder = scratch.with("origins/documents.toml", "");
    let path = Path::new(&folder).join("origins/documents.toml");
    let written = fs::read_to_string(&path).expect("the copy has the file");
    let exchange = "type = \"token_exchange\", issuer = \"https://auth.example.com\", \
                    token_endpoint = \"https://auth.example.com/token\", client_id = \"weir\", scopes = [\"a\"]";
    let written = written.replace("type = \"header\", name = \"X-Api-Key\"", exchange);
    fs::write(&path, written).expect("a file is written");
    assert_eq!(json(&[&[folder.as_str()], &ALICE])["tools"][0]["credential"], "token_exchange");
    for (format, words) in [
        ("table", "the origin documents gets an access token: token_exchange"),
        ("sentence", "The origin `documents` gets an access token: token_exchange."),
    ] {
        let text = out(&explain(&[&[folder.as_str()], &ALICE, &["--format", format]]));
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn groups_decide_in_registry_order() {
    let both = json(&[&["example"], &["--group", "operations", "--group", "Support / EMEA"]]);
    assert_eq!((&both["virtual_server"]["name"], &both["team"]["name"]), (&"support".into(), &"support".into()));
    assert_eq!(both["virtual_server"]["group"], "Support / EMEA");
    assert_eq!(both["team"]["project"], "helpdesk");
}

#[test]
fn virtual_server_and_team_can_be_named() {
    let named = json(&[&["example"], &BOB, &["--virtual-server", "support", "--team", "research"]]);
    assert_eq!(
        (&named["virtual_server"]["name"], &named["virtual_server"]["via"]),
        (&"support".into(), &"flag".into())
    );
    assert_eq!((&named["team"]["name"], &named["team"]["via"]), (&"research".into(), &"flag".into()));
    let misspelt = json(&[&["example"], &BOB, &["--team", "suport"]]);
    let note = "`suport` is no team of gateway.toml; did you mean `support`?";
    assert!(misspelt["notes"].as_array().is_some_and(|notes| notes.contains(&note.into())), "{misspelt}");
    assert_eq!(ruling(&named, "documents_search", "list"), "permit");
    let wrong = json(&[&["example"], &BOB, &["--virtual-server", "suport", "--tool", "documents_search"]]);
    assert_eq!(wrong["refusal"]["because"], "there is no virtual server `suport`; did you mean `support`?");
    assert_eq!(ruling(&wrong, "documents_search", "call"), "refusal unknown_virtual_server");
}

#[test]
fn virtual_server_without_visible_tool_is_hidden() {
    let other = json(&[&["example"], &ALICE, &["--virtual-server", "operations"]]);
    assert_eq!(ruling(&other, "documents_search", "list"), "permit", "her role grants the tool wherever it is");
    assert_eq!(ruling(&other, "open_ticket", "list"), "refusal hidden nothing_permits");
    assert_eq!(ruling(&other, "open_ticket", "call"), "refusal unknown_tool nothing_permits");
    assert_eq!(other["hidden"], Value::from(vec!["documents_delete", "open_ticket"]));
    let nobody = json(&[&["example"], &["--virtual-server", "operations"]]);
    assert_eq!(nobody["refusal"]["reason"], "unknown_virtual_server");
    assert_eq!(ruling(&nobody, "open_ticket", "call"), "refusal unknown_virtual_server nothing_permits");
    let unassigned = json(&[&["example"], &["--tool", "open_ticket"]]);
    assert_eq!(unassigned["virtual_server"], Value::Null);
    assert_eq!(ruling(&unassigned, "open_ticket", "list"), "refusal no_virtual_server");
}

#[test]
fn unknown_tool_is_answered_with_suggestion() {
    let answer = json(&[&["example"], &ALICE, &["--tool", "document_search", "--action", "call"]]);
    assert_eq!(ruling(&answer, "document_search", "call"), "refusal unknown_tool");
    assert!(answer["tools"][0]["call"]["because"].to_string().contains("did you mean `documents_search`?"), "{answer}");
    assert_eq!(answer["tools"][0]["list"], Value::Null, "it wasn't asked");
}

#[test]
fn quarantine_refuses_with_its_place() {
    let carol = json(&[&["example"], &CAROL]);
    assert_eq!(carol["refusal"]["reason"], "quarantined_caller");
    assert!(carol["refusal"]["because"].to_string().contains("(quarantine.toml:1)"), "{carol}");
    assert_eq!(ruling(&carol, "documents_search", "list"), "refusal quarantined_caller");
    let bob = json(&[&["example"], &BOB]);
    assert_eq!(ruling(&bob, "documents_delete", "list"), "refusal quarantined_tool");
    assert_eq!(ruling(&bob, "documents_delete", "call"), "refusal quarantined_tool");
    let scratch = Scratch::new();
    let folder = scratch.with("quarantine.toml", "agents = [\"claude-code\"]\norigins = [\"tickets\"]\n");
    assert_eq!(json(&[&[folder.as_str()], &BOB])["refusal"]["reason"], "quarantined_caller", "the agent is frozen");
    let anybody = json(&[&[folder.as_str()], &["--group", "operations"]]);
    assert_eq!(ruling(&anybody, "open_ticket", "call"), "refusal quarantined_tool", "its origin is frozen");
}

#[test]
fn caller_who_cannot_sign_in_gets_nothing() {
    let agent = json(&[&["example"], &["--agent", "claude-cod", "--group", "operations"]]);
    assert_eq!(agent["refusal"]["reason"], "client_authentication_refused");
    assert!(agent["refusal"]["because"].to_string().contains("did you mean `claude-code`?"), "{agent}");
    let user = json(&[&["example"], &["--user", "https://other.example.com|bob", "--group", "operations"]]);
    assert_eq!(user["refusal"]["reason"], "assertion_wrong_issuer");
    assert_eq!(ruling(&user, "open_ticket", "list"), "refusal assertion_wrong_issuer");
}

#[test]
fn every_flag_of_caller_reaches_policies() {
    for (condition, flags) in [
        ("principal == User::\"https://idp.example.com|bob\"", &["--user", "https://idp.example.com|bob"][..]),
        ("context.agent == Agent::\"claude-code\"", &["--agent", "claude-code"]),
        ("principal in Team::\"research\"", &["--team", "research"]),
        ("principal in Group::\"leads\"", &["--group", "leads"]),
        ("context.now > datetime(\"2027-01-01T00:00:00Z\")", &["--at", "2027-01-02T00:00:00+01:00"]),
        ("context has address && context.address.isInRange(ip(\"203.0.113.0/24\"))", &["--address", "203.0.113.7"]),
        ("context has country && context.country == \"CH\"", &["--country", "CH"]),
    ] {
        let scratch = Scratch::new();
        let policy = format!("\n@id(\"probe\")\nforbid (principal, action, resource)\nwhen {{ {condition} }};\n");
        let folder = scratch.with("policies/limits.cedar", &policy);
        let (member, at) = (["--group", "Support / EMEA"], if flags[0] == "--at" { &[][..] } else { &NOON[..] });
        let with = json(&[&[folder.as_str()], &member, at, flags]);
        assert_eq!(ruling(&with, "documents_search", "list"), "refusal hidden forbidden", "{flags:?}");
        assert_eq!(with["tools"][0]["list"]["rules"][0]["id"], "probe", "{flags:?}");
        let without = json(&[&[folder.as_str()], &member, &NOON]);
        assert_eq!(ruling(&without, "documents_search", "list"), "permit", "without {flags:?}");
    }
}

#[test]
fn call_without_arguments_depends_only_on_rules_that_read_them() {
    let bob = json(&[&["example"], &BOB]);
    assert_eq!(ruling(&bob, "open_ticket", "call"), "depends");
    assert_eq!(bob["tools"][2]["call"]["rules"][0]["id"], "limits/1");
    let scratch = Scratch::new();
    let never =
        "\n@id(\"never\")\nforbid (principal, action == Action::\"call\", resource == Tool::\"open_ticket\");\n";
    let folder = scratch.with("policies/limits.cedar", never);
    let bob = json(&[&[folder.as_str()], &BOB]);
    assert_eq!(ruling(&bob, "open_ticket", "call"), "refusal policy_refused forbidden", "whatever the arguments");
    assert_eq!(ruling(&bob, "open_ticket", "list"), "refusal hidden forbidden", "a list shows what can be used");
    assert_eq!(bob["hidden"], Value::from(vec!["documents_delete", "open_ticket"]), "{bob}");
}

/// The example with resources and a prompt in its handbook, and a role that grants them.
fn with_handbook(scratch: &Scratch) -> String {
    let folder = scratch.with(
        "virtual-servers/support.toml",
        "\n[[resources]]\norigin = \"documents\"\nuri = \"handbook://*\"\n\n[[resources]]\norigin = \"documents\"\n\
         uri = \"handbook://index\"\n\n[[prompts]]\norigin = \"documents\"\nprompt = \"summarise\"\n",
    );
    let edit = |file: &str, from: &str, to: &str| {
        let path = Path::new(&folder).join(file);
        let text = fs::read_to_string(&path).expect("the example has the file");
        fs::write(path, text.replacen(from, to, 1)).expect("a file is written");
    };
    edit(
        "origins/documents.toml",
        "title",
        "resources = [\"handbook://*\"]\nprompts.summarise.arguments = { id = \"string\" }\ntitle",
    );
    edit(
        "gateway.toml",
        "[\"documents_search\"]",
        "[\"documents_search\"]\nresources = [\"handbook://*\"]\nprompts = [\"documents_summarise\"]",
    );
    edit(
        "policies/limits.cedar",
        "",
        "@id(\"no-secrets\")\nforbid (principal, action == Action::\"read\", resource in Origin::\"documents\")\n\
         when { context.arguments.uri like \"handbook://secret/*\" };\n",
    );
    edit("quarantine.toml", "tools", "resources = [\"handbook://frozen/*\"]\ntools");
    folder
}

#[test]
fn resources_are_answered_by_uri_and_prompts_by_name() {
    let scratch = Scratch::new();
    let folder = with_handbook(&scratch);
    let ask = |flags: &[&str]| {
        let output = explain(&[&[folder.as_str()][..], &ALICE, &NOON, flags, &["--format", "json"]]);
        let answer: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("it should be JSON: {output:?}"));
        (answer, output.status.code())
    };
    for (uri, code, effect) in [
        ("handbook://shipping", 0, "permit"),
        ("handbook://secret/keys", 3, "refusal policy_refused forbidden"),
        ("handbook://frozen/page", 3, "refusal quarantined_resource"),
        ("handbook://a/../secret", 3, "refusal unknown_resource"),
        ("handbook://index", 3, "refusal unknown_resource nothing_permits"),
    ] {
        let (answer, exit) = ask(&["--resource", uri, "--action", "read"]);
        let ruling = &answer["resources"][0]["read"];
        let words = ["effect", "reason", "detail"].map(|name| ruling[name].as_str().unwrap_or_default());
        assert_eq!((words.join(" ").trim_end(), exit), (effect, Some(code)), "{uri}: {answer}");
        assert_eq!((&answer["resources"][0]["uri"], &answer["tools"]), (&uri.into(), &Value::Array(Vec::new())));
    }
    for (uri, because) in [
        ("handbook://My%20Doc", "a host with capitals, an encoding, a user or a port"),
        ("handbook://page/%41", "a character or an encoding with a second spelling"),
        ("handbook://{id}{?format}", "a query right behind the host; a template whose URIs have none can be listed"),
    ] {
        let (answer, exit) = ask(&["--resource", uri, "--action", "list"]);
        let given = answer["resources"][0]["list"]["because"].as_str().unwrap_or_default();
        assert!(
            given.contains("`handbook://*` doesn't match it, because") && given.contains(because),
            "{uri}: {given}"
        );
        assert_eq!(exit, Some(3), "a list omits it");
    }
    let (template, _) = ask(&["--resource", "handbook://page/{id}", "--action", "list"]);
    assert_eq!(template["resources"][0]["list"]["effect"], "permit", "its URIs can be read: {template}");
    let (secret, _) = ask(&["--resource", "handbook://secret/keys", "--action", "list"]);
    assert_eq!(secret["resources"][0]["list"]["reason"], "hidden", "a list shows what can be read: {secret}");
    let (frozen, _) = ask(&["--resource", "handbook://frozen/page"]);
    let because = "the resource `handbook://frozen/*` is quarantined (quarantine.toml:2)";
    assert_eq!(frozen["resources"][0]["list"]["because"], because, "a list leaves it out for the same reason");
    let (prompt, exit) = ask(&["--prompt", "documents_summarise", "--action", "get", "--arguments", r#"{"id":"1"}"#]);
    assert_eq!((&prompt["prompts"][0]["get"]["effect"], exit), (&"permit".into(), Some(0)), "{prompt}");
    let (prompt, _) = ask(&["--prompt", "sumarise"]);
    assert!(
        prompt["prompts"][0]["get"]["because"].to_string().contains("the virtual server has no prompt"),
        "{prompt}"
    );
    let (all, _) = ask(&[]);
    assert_eq!(all["hidden_resources"], Value::from(vec!["handbook://index"]), "her role has the pattern only");
    assert_eq!(
        all["resources"][0]["read"]["because"],
        "depends on the URI: policy `no-secrets` (policies/limits.cedar:1)"
    );
    let table = out(&explain(&[&[folder.as_str()][..], &ALICE, &NOON]));
    for part in
        ["resource handbook://*", "prompt documents_summarise", "not in the caller's list: resource `handbook://index`"]
    {
        assert!(table.contains(part), "`{part}` should be in\n{table}");
    }
}

#[test]
fn service_has_groups_and_team_of_its_entry() {
    let scratch = Scratch::new();
    let folder = scratch.with(
        "gateway.toml",
        "\n[[clients]]\nid = \"nightly\"\ntitle = \"Nightly\"\nsecret_hashes = [\"sha256:0000000000000000000000000000000000000000000000000000000000000000\"]\n\
         service = { groups = [\"operations\"], team = \"finance\" }\n",
    );
    let ask = |more: &[&str]| json(&[&[folder.as_str()], &NOON, more]);
    let service = ask(&["--service", "nightly"]);
    assert_eq!(service["caller"]["service"], "nightly");
    assert_eq!(service["caller"]["groups"], serde_json::json!(["operations"]));
    assert_eq!((&service["team"]["name"], &service["team"]["via"]), (&"finance".into(), &"service".into()));
    assert_eq!(service["virtual_server"]["name"], "operations");
    let unknown = ask(&["--service", "nightl"]);
    assert_eq!(unknown["refusal"]["reason"], "client_no_service");
    assert!(unknown["refusal"]["because"].as_str().is_some_and(|words| words.contains("nightly")), "{unknown}");
    let agent = ask(&["--service", "claude-code"]);
    assert_eq!(agent["refusal"]["reason"], "client_no_service", "a client that acts for users");
    let path = Path::new(&folder).join("origins/documents.toml");
    let written = fs::read_to_string(&path).expect("the copy has the file");
    let exchange = "type = \"token_exchange\", issuer = \"https://auth.example.com\", \
                    token_endpoint = \"https://auth.example.com/token\", client_id = \"weir\", scopes = [\"a\"]";
    fs::write(&path, written.replace("type = \"header\", name = \"X-Api-Key\"", exchange)).expect("a file is written");
    let asking = ask(&["--service", "nightly"]);
    assert_eq!(asking["tools"][0]["call"]["reason"], "origin_needs_user", "{asking}");
}

#[test]
fn claims_are_mapped_by_rules_of_issuer() {
    let scratch = Scratch::new();
    let folder = scratch.with("gateway.toml", "");
    let path = Path::new(&folder).join("gateway.toml");
    let written = fs::read_to_string(&path).expect("the copy has the file");
    let rules = "groups_claim = \"realm.roles\"\ngroup_names = { \"9a7c\" = \"operations\" }\ndefault_groups = [\"Support / EMEA\"]\n\
                 team_claim = \"department\"";
    fs::write(&path, written.replace("groups_claim = \"groups\"", rules)).expect("a file is written");
    let ask = |claims: &str, format: &str| {
        out(&explain(&[&[folder.as_str(), "--claims", claims, "--format", format], &NOON]))
    };
    let read = |claims: &str| -> Value { serde_json::from_str(&ask(claims, "json")).expect("JSON") };
    let mapped = read(r#"{"realm": {"roles": ["9a7c", "operations"]}, "department": "field"}"#);
    assert_eq!(mapped["caller"]["groups"], serde_json::json!(["operations"]));
    assert_eq!(
        mapped["mapping"],
        serde_json::json!({
            "issuer": "corporate",
            "groups_claim": "realm.roles",
            "groups": [
                { "asserted": "9a7c", "group": "operations", "rule": "group_names" },
                { "asserted": "operations", "group": null, "rule": "not_in_group_names" },
            ],
            "team": { "claim": "department", "value": "field" },
            "project": null,
        })
    );
    assert_eq!((&mapped["team"]["name"], &mapped["team"]["via"]), (&"field".into(), &"claim".into()));
    let default = read(r#"{"sub": "x"}"#);
    assert_eq!(default["mapping"]["groups"][0]["rule"], "default_groups");
    assert_eq!((&default["virtual_server"]["name"], &default["team"]["name"]), (&"support".into(), &"support".into()));
    let text = ask(r#"{"groups": ["9a7c"]}"#, "table");
    assert!(text.contains("the claims have no group in `realm.roles`, the `groups_claim`"), "{text}");
    let malformed = read(r#"{"realm": {"roles": [1]}}"#);
    let because = malformed["refusal"]["because"].as_str();
    assert!(because.is_some_and(|words| words.contains("`realm.roles` must be a text or an array")), "{malformed}");
    let elsewhere = read(r#"{"_claim_names": {"realm": "src1"}}"#);
    assert_eq!(elsewhere["refusal"]["reason"], "assertion_groups_elsewhere", "{elsewhere}");
    for format in ["table", "sentence"] {
        let text = ask(r#"{"realm": {"roles": ["9a7c"]}}"#, format);
        assert!(text.contains("group `operations`, by `9a7c` in `realm.roles` and `group_names`"), "{text}");
    }
}
