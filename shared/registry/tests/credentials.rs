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

/// The example with a browser sign-in and this `vault`.
fn vault(keys: &str, signs_in: bool) -> BTreeMap<String, String> {
    let mut files = files(&format!("{{ type = \"vault\", {keys} }}"));
    if signs_in {
        let gateway = files.get_mut("gateway.toml").expect("the example has the file");
        let issuer = gateway.split("[[issuers]]\nname = \"").nth(1).and_then(|rest| rest.split('"').next());
        let issuer = issuer.expect("the example has an issuer").to_owned();
        gateway.push_str(&format!("\n[sign_in]\nissuer = \"{issuer}\"\nclient_id = \"weir\"\n"));
    }
    files
}

#[test]
fn vault_reaches_records_with_what_it_needs() {
    let named =
        "authorization_endpoint = \"https://a.example.com/authorize\", token_endpoint = \"https://t.example.com/t\"";
    for (keys, record, secret) in [
        ("", json!({}), false),
        (", omit_resource = true", json!({ "omit_resource": true }), false),
        (", scopes = [\"a\"], resource = \"api://x\"", json!({ "scopes": ["a"], "resource": "api://x" }), false),
        (
            ", client_id = \"weir\"",
            json!({ "client": { "id": "weir", "authentication": "client_secret_basic" } }),
            true,
        ),
        (
            &format!(", client_id = \"weir\", client_authentication = \"none\", {named}"),
            json!({
                "client": { "id": "weir", "authentication": "none" },
                "endpoints": { "authorization": "https://a.example.com/authorize", "token": "https://t.example.com/t" },
            }),
            false,
        ),
    ] {
        let checked = folder::check(&vault(&format!("issuer = \"https://auth.example.com\"{keys}"), true));
        let snapshot = checked.snapshot().unwrap_or_else(|| panic!("{:#?}", checked.faults));
        let found = serde_json::to_value(&snapshot.virtual_servers["operations"].origins["documents"].credential);
        let mut expected = record;
        (expected["type"], expected["issuer"]) = (json!("vault"), json!("https://auth.example.com"));
        assert_eq!(found.expect("a record is JSON"), expected, "{keys}");
        assert_eq!(snapshot.needs().secrets.iter().any(|name| name == "ORIGIN_DOCUMENTS_SECRET"), secret, "{keys}");
    }
}

#[test]
fn vault_that_cannot_work_is_refused() {
    let issuer = "issuer = \"https://auth.example.com\"";
    for (keys, signs_in, fault) in [
        (issuer.to_owned(), false, "there is no `[sign_in]`"),
        (String::new(), true, "`issuer` is missing"),
        ("issuer = \"http://auth.example.com\"".to_owned(), true, "`issuer` must"),
        ("issuer = \"https://169.254.169.254\"".to_owned(), true, "`issuer` must"),
        (format!("{issuer}, token_endpoint = \"https://auth.example.com/t\""), true, "is missing"),
        (
            format!(
                "{issuer}, authorization_endpoint = \"https://a.example.com/\", token_endpoint = \"https://a.example.com/\""
            ),
            true,
            "`client_id` is missing",
        ),
        (
            format!(
                "{issuer}, client_id = \"weir\", authorization_endpoint = \"javascript:alert(1)\", token_endpoint = \"https://a.example.com/\""
            ),
            true,
            "`authorization_endpoint` must",
        ),
        (format!("{issuer}, client_authentication = \"none\""), true, "needs a `client_id`"),
        (
            format!("{issuer}, client_id = \"weir\", client_authentication = \"private_key_jwt\""),
            true,
            "must be `client_",
        ),
        (format!("{issuer}, client_secret = \"x\""), true, "never in the registry"),
        (format!("{issuer}, scopes = [\"a b\"]"), true, "must be one scope"),
        (format!("{issuer}, resource = \"api://x\", omit_resource = true"), true, "contradicts `resource`"),
    ] {
        let faults: Vec<String> =
            folder::check(&vault(&keys, signs_in)).faults.iter().map(ToString::to_string).collect();
        assert!(faults.iter().any(|found| found.contains(fault)), "{keys}: `{fault}` should be in {faults:#?}");
    }
}

#[test]
fn public_access_to_origin_that_wants_a_user_is_refused() {
    for (kind, keys, wants_user) in [
        ("signed_identity", String::new(), true),
        ("token_exchange", format!(", {SERVER}, scopes = [\"a\"]"), true),
        ("id_jag", format!(", {SERVER}, identity_provider = {{ {SERVER} }}"), true),
        ("client_credentials", format!(", {SERVER}, scopes = [\"a\"]"), false),
        ("vault", ", issuer = \"https://auth.example.com\"".to_owned(), true),
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
