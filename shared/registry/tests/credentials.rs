//! Tests of credentials at origins: their records, the secrets that they need, and public virtual servers.
#![allow(clippy::expect_used, clippy::panic, reason = "clippy takes functions beside the tests for production code")]

#[path = "fixture/example.rs"]
mod example;

use std::collections::BTreeMap;

use registry::folder;
use serde_json::json;

const SERVER: &str = "issuer = \"https://auth.example.com\", token_endpoint = \"https://auth.example.com/token\", \
                      client_id = \"weir\"";

/// The example, with this credential at the origin `documents`.
fn files(credential: &str) -> BTreeMap<String, String> {
    let mut files = example::files();
    let documents = files.get_mut("origins/documents.toml").expect("the example has the file");
    let header = "{ type = \"header\", name = \"X-Api-Key\" }";
    assert_eq!(documents.matches(header).count(), 1);
    *documents = documents.replace(header, credential);
    files
}

/// The credential as the records have it, and the secrets that it adds to the needs.
fn compiled(credential: &str) -> (serde_json::Value, Vec<String>) {
    let checked = folder::check(&files(credential));
    let snapshot = checked.snapshot().unwrap_or_else(|| panic!("{:#?}", checked.faults));
    let record = serde_json::to_value(&snapshot.virtual_servers["operations"].origins["documents"]);
    let always = ["ACCESS_TOKEN_KEYS", "SEALING_KEYS", "SIGNED_IDENTITY_KEYS"];
    let needs = snapshot.needs().secrets.into_iter().filter(|name| !always.contains(&name.as_str())).collect();
    (record.expect("a record is JSON")["credential"].clone(), needs)
}

#[test]
fn credentials_reach_records_with_the_secrets_that_they_need() {
    let own = json!({
        "issuer": "https://auth.example.com", "token_endpoint": "https://auth.example.com/token", "client_id": "weir",
        "client_authentication": "client_secret_basic",
    });
    let mut signing = own.clone();
    signing["client_authentication"] = json!("private_key_jwt");
    signing["assertion_audience"] = json!("token_endpoint");
    let (mut target, secret) = (json!({ "scopes": ["a", "b"] }), "ORIGIN_DOCUMENTS_SECRET".to_owned());
    let scopes = "scopes = [\"a\", \"b\"]";
    assert_eq!(
        compiled(&format!("{{ type = \"client_credentials\", {SERVER}, {scopes} }}")),
        (json!({ "type": "client_credentials", "server": own, "target": target }), vec![secret.clone()])
    );
    let by_key = "client_authentication = \"private_key_jwt\", assertion_audience = \"token_endpoint\"";
    target["resource"] = json!("api://crm");
    target["audience"] = json!("crm");
    let more = "resource = \"api://crm\", audience = \"crm\"";
    let exchange = format!("{{ type = \"token_exchange\", {SERVER}, {scopes}, {by_key}, {more}");
    let keys = "SUBJECT_TOKEN_KEYS".to_owned();
    assert_eq!(
        compiled(&format!("{exchange} }}")),
        (json!({ "type": "token_exchange", "server": signing, "target": target }), vec![secret.clone(), keys.clone()])
    );
    let record = json!({ "type": "token_exchange", "server": signing, "target": target, "form": "on_behalf_of" });
    assert_eq!(compiled(&format!("{exchange}, form = \"on_behalf_of\" }}")), (record, vec![secret, keys]));
}

#[test]
fn id_jag_needs_two_clients() {
    let provider = "issuer = \"https://idp.example.com\", token_endpoint = \"https://login.example.com/token\", \
                    foreign_token_endpoint = true, client_id = \"weir-at-idp\", client_authentication = \"client_secret_post\"";
    let server = json!({
        "issuer": "https://auth.example.com", "token_endpoint": "https://auth.example.com/token", "client_id": "weir",
        "client_authentication": "client_secret_basic",
    });
    let identity_provider = json!({
        "issuer": "https://idp.example.com", "token_endpoint": "https://login.example.com/token",
        "client_id": "weir-at-idp", "client_authentication": "client_secret_post",
    });
    let record = json!({ "type": "id_jag", "server": server, "identity_provider": identity_provider, "target": {} });
    let needs = ["IDP_DOCUMENTS_SECRET", "ORIGIN_DOCUMENTS_SECRET", "SUBJECT_TOKEN_KEYS"].map(str::to_owned);
    let written = format!("{{ type = \"id_jag\", {SERVER}, identity_provider = {{ {provider} }} }}");
    assert_eq!(compiled(&written), (record, needs.to_vec()));
}

#[test]
fn public_access_to_origin_that_wants_a_user_is_refused() {
    for (kind, keys, wants_user) in [
        ("signed_identity", String::new(), true),
        ("token_exchange", format!(", {SERVER}, scopes = [\"a\"]"), true),
        ("id_jag", format!(", {SERVER}, identity_provider = {{ {SERVER} }}"), true),
        ("client_credentials", format!(", {SERVER}, scopes = [\"a\"]"), false),
    ] {
        let mut files = files(&format!("{{ type = \"{kind}\"{keys} }}"));
        let support = files.get_mut("virtual-servers/support.toml").expect("the example has the file");
        let access = "access = \"public\"\nteam = \"support\"\nproject = \"website\"\ncalls_per_minute = 30\n";
        *support = support.replace("title = \"Support\"\n", &format!("title = \"Support\"\n{access}"));
        let faults: Vec<String> = folder::check(&files).faults.iter().map(ToString::to_string).collect();
        let refused = format!("error: the origin `documents` wants a `{kind}`, and the callers of a public");
        let found = faults.iter().filter(|fault| fault.contains(&refused)).count();
        assert_eq!(found > 0, wants_user, "{faults:#?}");
    }
}
