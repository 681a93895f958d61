//! Weir as a client of third parties: by the registry's `client_id`, its metadata document, or one registration.

use harness::{Draft, Setup, openid::parameters, weir::URL};
use http::Method;
use serde_json::json;

use super::super::sign_in::browser::Browser;
use super::super::sign_in::should_be_page;
use super::{SCOPES, Vault, has_real_clock};

#[test]
fn client_is_registered_once() {
    let vault = Vault::start();
    let first = vault.lead(&mut Browser::default(), &vault.link(), "alice");
    vault.weir.running.forget();
    let second = vault.lead(&mut Browser::default(), &vault.link(), "alice");
    let registered = vault.party.registered();
    assert_eq!(registered.len(), 1, "a registration per consent would be an attack on the server");
    for url in [first, second] {
        assert_eq!(parameters(&url)["client_id"], registered[0]);
    }
}

#[test]
fn client_of_registry_authenticates() {
    let secret = "weir's secret at tickets";
    let with = |mut setup: Setup| {
        setup.secrets.insert("ORIGIN_TICKETS_SECRET".to_owned(), secret.to_owned());
        setup
    };
    let keys = format!("{SCOPES}, client_id = \"weir:1\", client_authentication = \"client_secret_post\"");
    let vault = Vault::start_with(&keys, with);
    vault.connect();
    vault.succeeds();
    let form = vault.party.forms().remove(0);
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("weir:1", secret));
    assert!(vault.party.registered().is_empty(), "nothing should be registered");
}

#[test]
fn endpoints_of_registry_are_not_discovered() {
    let vault = Vault::start_with(SCOPES, |setup| {
        let issuer = setup.tickets.url().trim_end_matches("/mcp").to_owned();
        let named = format!(
            "{SCOPES}, client_id = \"weir\", client_authentication = \"none\", authorization_endpoint = \
             \"{issuer}/authorize\", token_endpoint = \"{issuer}/token\""
        );
        setup.replace("origins/tickets.toml", SCOPES, &named)
    });
    vault.connect();
    vault.succeeds();
    assert_eq!(vault.party.paths(), ["/token"], "nothing should be discovered");
}

#[test]
fn resource_is_left_out_for_server_that_refuses_it() {
    for (more, resource) in
        [(", resource = \"api://tickets\"", Some("api://tickets")), (", omit_resource = true", None)]
    {
        let vault = Vault::start_with(&format!("{SCOPES}{more}"), |setup| setup);
        let mut browser = Browser::default();
        let consent = vault.lead(&mut browser, &vault.link(), "alice");
        assert_eq!(parameters(&consent).get("resource").map(String::as_str), resource, "{more}");
        let connected = browser.get(&vault.weir, &vault.party.consent(&consent, "alice-at-tickets"));
        assert_eq!(connected.status, 200, "{more}: {}", connected.text());
        vault.party.revoke_all(false);
        vault.succeeds();
        let forms = vault.party.forms();
        assert_eq!(forms.len(), 2, "{more}: a code and a refresh");
        assert!(forms.iter().all(|form| form.get("resource").map(String::as_str) == resource), "{more}: {forms:?}");
    }
}

#[test]
fn server_without_documents_or_registration_is_refused() {
    let vault = Vault::start();
    vault.party.set_metadata("registration_endpoint", json!(null));
    let page = vault.arrive(&mut Browser::default(), &vault.link(), "alice");
    should_be_page(&page, 503, "origin_token_unusable", "neither documents nor registrations");
}

#[test]
fn own_document_is_public_and_used_where_it_is_taken() {
    let vault = Vault::start();
    let document = vault.weir.send(Draft::bare(Method::GET, "/oauth/client/tickets")).json();
    assert_eq!(document["client_id"], format!("{URL}/oauth/client/tickets"));
    assert_eq!(document["redirect_uris"], json!([format!("{URL}/oauth/grants/callback/tickets")]));
    assert_eq!(document["token_endpoint_auth_method"], "none");
    if has_real_clock() {
        return;
    }
    // On loopback Weir does not use its document, because no server could fetch it.
    let own = "https://mcp.example.com";
    let vault = Vault::start_at(own);
    vault.party.set_metadata("client_id_metadata_document_supported", json!(true));
    let token = vault.weir.access_token("alice").claim("iss", json!(own)).claim("aud", json!(format!("{own}/mcp")));
    let answer = vault.call_with(&vault.weir.sign(token));
    let url = answer.result()["inputRequests"]["grant"]["params"]["url"].as_str().expect("a link").to_owned();
    let mut browser = Browser::default();
    let consent = vault.lead(&mut browser, url.strip_prefix(own).expect("ours"), "alice");
    assert_eq!(parameters(&consent)["client_id"], format!("{own}/oauth/client/tickets"));
    assert!(browser.cookies.keys().all(|name| name.starts_with("__Host-")), "{:?}", browser.cookies.keys());
    assert!(vault.party.registered().is_empty(), "nothing should be registered");
}
