//! Tests of compilation: the example folder becomes the records that the gateway reads.
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;

use std::collections::BTreeMap;

use oauth::jwk::{KeySet, PrivateKeySet, generate};
use registry::compile::{Snapshot, Validity};
use registry::folder;
use registry::record::{self, Freshness, RecordKey};
use registry::snapshot::{
    Assignments, Credential, Gateway, GroupAssignment, Head, Needs, Quarantine, Risk, VirtualServer, assignment_shard,
};

const EPOCH: u64 = 1_795_000_000_000;

fn snapshot() -> Snapshot {
    let checked = folder::check(&example::files());
    let faults: Vec<String> = checked.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults, Vec::<String>::new(), "the example should have no fault");
    checked.snapshot().expect("a folder without faults has a snapshot").clone()
}

fn keys() -> PrivateKeySet {
    let set = format!(r#"{{"keys":[{}]}}"#, generate([7; 32]).expect("entropy gives a key"));
    PrivateKeySet::parse(&set).expect("a generated key is a key")
}

#[test]
fn every_record_opens_to_compiled_content() {
    let snapshot = snapshot();
    let sealed = snapshot
        .seal(&keys(), EPOCH, Validity { head: 1_795_600_000, quarantine: 1_795_200_000 })
        .expect("the example seals");
    let store: BTreeMap<String, Vec<u8>> = sealed.records.into_iter().chain(sealed.standing).collect();
    let names: Vec<&str> = store.keys().map(String::as_str).collect();
    let expected = [
        "1795000000000/assignments/0",
        "1795000000000/gateway",
        "1795000000000/needs",
        "1795000000000/virtual-server/operations",
        "1795000000000/virtual-server/support",
        "head",
        "quarantine",
    ];
    assert_eq!(names, expected);

    let public = KeySet::parse(&keys().public_json()).expect("a public half is a key set");
    let open = |key: &RecordKey<'_>| {
        record::open(&store[&key.to_string()], &public, key).expect("a sealed record opens under its key")
    };
    let head = open(&RecordKey::Head);
    assert_eq!(head.decode::<Head>(), Ok(Head { epoch: EPOCH }));
    let freshness = Freshness { sequence: EPOCH, valid_until: 1_795_600_000 };
    assert_eq!(head.fresh(1_795_599_999, None), Ok(freshness));
    let quarantine = Freshness { sequence: EPOCH, valid_until: 1_795_200_000 };
    assert_eq!(open(&RecordKey::Quarantine).fresh(1_795_199_999, None), Ok(quarantine), "with an end of its own");
    let needs = ["ACCESS_TOKEN_KEYS", "ORIGIN_DOCUMENTS_SECRET", "SEALING_KEYS", "SIGNED_IDENTITY_KEYS"];
    let needs = Needs { secrets: needs.map(str::to_owned).into() };
    assert_eq!(open(&RecordKey::Needs { epoch: EPOCH }).decode::<Needs>(), Ok(needs));
    assert_eq!(open(&RecordKey::Quarantine).decode::<Quarantine>(), Ok(snapshot.quarantine.clone()));
    assert_eq!(open(&RecordKey::Gateway { epoch: EPOCH }).decode::<Gateway>(), Ok(snapshot.gateway.clone()));
    let assignments = open(&RecordKey::Assignments { epoch: EPOCH, shard: 0 }).decode::<Assignments>();
    assert_eq!(assignments.as_ref(), Ok(&snapshot.assignments[0]));
    for (name, virtual_server) in &snapshot.virtual_servers {
        let opened = open(&RecordKey::VirtualServer { epoch: EPOCH, name }).decode::<VirtualServer>();
        assert_eq!(opened.as_ref(), Ok(virtual_server), "virtual server `{name}`");
    }
}

#[test]
fn head_is_stored_last() {
    let sealed = snapshot().seal(&keys(), EPOCH, Validity::until(1)).expect("the example seals");
    let standing: Vec<&str> = sealed.standing.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(standing, ["quarantine", "head"], "a new head must find everything else in place");
}

#[test]
fn gateway_has_issuers_clients_and_defaults() {
    let gateway = snapshot().gateway;
    assert_eq!(gateway.url, "https://mcp.example.com");
    assert_eq!(gateway.access_token_seconds, 300);
    assert_eq!((gateway.assignment_shards, gateway.loopback_origins), (1, false));
    assert_eq!(gateway.issuers[0].jwks_uri, "https://idp.example.com/keys");
    assert_eq!((gateway.issuers[0].assertion_seconds, gateway.issuers[0].default_scopes.len()), (300, 0));
    let algorithms: Vec<&str> = gateway.issuers[0].algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
    assert_eq!(algorithms, ["ES256", "EdDSA"]);
    assert_eq!(gateway.clients[0].id, "claude-code");
}

#[test]
fn assignments_keep_order_of_groups() {
    let assignments = snapshot().assignments.remove(0);
    let expected = GroupAssignment {
        order: 0,
        virtual_server: Some("support".to_owned()),
        team: Some("support".to_owned()),
        project: Some("helpdesk".to_owned()),
    };
    assert_eq!(assignments.groups["Support / EMEA"], expected);
    assert_eq!(assignments.groups["operations"].order, 1);
}

#[test]
fn virtual_server_holds_only_its_own_policies_and_origins() {
    let snapshot = snapshot();
    let support = &snapshot.virtual_servers["support"];
    assert_eq!(support.origins.keys().collect::<Vec<_>>(), ["documents"], "no origin of another virtual server");
    let ids: Vec<&str> = support.policies.rules.iter().map(|policy| policy.id.as_str()).collect();
    let expected = [
        "role/documents-reader/Support / EMEA/tool/documents_search",
        "role/operator/operations/origin/documents",
        "small-searches",
    ];
    assert_eq!(ids, expected, "no policy that can't apply");
    assert_eq!(support.tools[0].policies, [0, 1, 2]);
    assert_eq!(support.tools[0].title.as_deref(), Some("Search the handbook"));
    assert_eq!(support.tools[0].audit_arguments, ["query"]);
}

#[test]
fn tools_carry_their_exposed_name_and_approval() {
    let snapshot = snapshot();
    let operations = &snapshot.virtual_servers["operations"];
    let names: Vec<&str> = operations.tools.iter().map(|tool| tool.declaration.name.as_str()).collect();
    assert_eq!(names, ["documents_search", "documents_delete", "open_ticket"], "in the order written");
    let delete = &operations.tools[1].declaration;
    assert_eq!((delete.origin.as_str(), delete.origin_name.as_str()), ("documents", "delete"));
    assert_eq!((delete.destructive, delete.read_only, delete.risk.as_str()), (Some(true), None, "medium"));
    assert!(delete.arguments["id"].required);
}

#[test]
fn origins_carry_credentials_and_prices() {
    let snapshot = snapshot();
    let origins = &snapshot.virtual_servers["operations"].origins;
    let header = Credential::Header { name: "X-Api-Key".to_owned(), prefix: String::new() };
    assert_eq!(origins["documents"].credential, header, "a header of its own has no scheme before the secret");
    assert_eq!(origins["documents"].prices.len(), 2);
    assert_eq!((origins["tickets"].timeout_ms, origins["tickets"].risk), (30_000, Risk::High));
    assert_eq!(origins["tickets"].credential, Credential::SignedIdentity);
}

#[test]
fn many_groups_are_spread_over_shards() {
    let mut files = example::files();
    let gateway = files.get_mut("gateway.toml").expect("the example has a gateway");
    for group in 0..1000 {
        gateway.push_str(&format!("[[groups]]\nname = \"group {group}\"\nteam = \"team {group}\"\n"));
    }
    let checked = folder::check(&files);
    let snapshot = checked.snapshot().expect("many groups are no fault");
    let shards = snapshot.gateway.assignment_shards;
    assert_eq!((shards, snapshot.assignments.len()), (4, 4), "1,002 groups at 256 a shard");
    for group in 0..1000 {
        let name = format!("group {group}");
        let shard = usize::try_from(assignment_shard(&name, shards)).expect("a shard is an index");
        assert!(snapshot.assignments[shard].groups.contains_key(&name), "`{name}` should be in its shard");
    }
}

/// The example with a sign-in of two lines, and what `change` makes of it.
fn signing_in(more: &str) -> Snapshot {
    let mut files = example::files();
    let gateway = files.get_mut("gateway.toml").expect("the example has the file");
    gateway.push_str("\n[sign_in]\nissuer = \"corporate\"\nclient_id = \"weir\"\n");
    gateway.push_str(more);
    let checked = folder::check(&files);
    checked.snapshot().unwrap_or_else(|| panic!("{:#?}", checked.faults)).clone()
}

#[test]
fn sign_in_has_safe_defaults() {
    let gateway = signing_in("").gateway;
    let sign_in = gateway.sign_in.as_ref().expect("it is written");
    assert_eq!(sign_in.scopes, ["openid", "email", "offline_access"]);
    assert_eq!(sign_in.client_hosts, ["claude.ai", "chatgpt.com", "vscode.dev", "opencode.ai"]);
    assert!(!sign_in.registration, "anybody could register");
    assert_eq!((sign_in.idle_seconds, sign_in.longest_seconds), (28_800, 2_592_000));
    assert_eq!(snapshot().gateway.sign_in, None, "where it isn't written there is none");
}

#[test]
fn secret_of_the_sign_in_is_needed_by_its_method() {
    let needs = |more| signing_in(more).needs().secrets.contains(&"SIGN_IN_CLIENT_SECRET".to_owned());
    assert!(needs(""));
    assert!(needs("client_authentication = \"client_secret_post\"\n"));
    assert!(!needs("client_authentication = \"none\"\n"));
    assert!(!snapshot().needs().secrets.contains(&"SIGN_IN_CLIENT_SECRET".to_owned()));
}

#[test]
fn sign_in_admits_its_kinds_of_client_alone() {
    let document = "https://claude.ai/oauth/claude-code-client-metadata";
    for (more, client, admitted) in [
        ("", "claude-code", true),
        ("", "other", false),
        ("", document, true),
        ("", "https://evil.example/client", false),
        ("", "https://claude.ai.evil.example/client", false),
        ("client_hosts = []\n", document, false),
        ("", "registered.abc", false),
        ("registration = true\n", "registered.abc", true),
        ("registration = true\n", "registeredxabc", false),
    ] {
        assert_eq!(signing_in(more).gateway.admits_client(client), admitted, "{client} with `{more}`");
    }
    assert!(!snapshot().gateway.admits_client(document), "without a sign-in nobody comes in unlisted");
}
