//! Attacks on grants, by the numbers of the twenty on sign-in brokers (`sign_in/attacks.rs`) where one applies.

use std::time::Duration;

use harness::{Draft, client::encode, openid::parameters};
use http::Method;
use registry::record::Freshness;
use serde_json::json;

use super::super::sign_in::browser::{App, Browser};
use super::super::sign_in::should_be_page;
use super::{Vault, has_real_clock};

#[test]
fn link_of_another_user_gives_no_grant() {
    // An attacker sends the link of their own call to a victim, whose account would then serve the attacker.
    let vault = Vault::start();
    let (mut victim, link) = (Browser::default(), vault.link());
    let page = vault.arrive(&mut victim, &link, "bob");
    should_be_page(&page, 403, "grant_link_of_another_user", "the link is alice's, and bob is signed in");
    assert!(vault.party.paths().is_empty(), "the third party should hear nothing");
    // The link is still good for its own user.
    let consent = vault.lead(&mut Browser::default(), &link, "alice");
    assert!(consent.starts_with(vault.party.issuer()), "{consent}");
}

#[test]
fn link_counts_once_for_its_origin_until_it_expires() {
    let vault = Vault::start();
    let link = vault.link();
    vault.lead(&mut Browser::default(), &link, "alice");
    let page = vault.arrive(&mut Browser::default(), &link, "alice");
    should_be_page(&page, 400, "grant_link_over", "a link that was used");
    let ticket = link.split_once("ticket=").expect("a ticket").1.to_owned();
    for (path, why) in [
        (format!("/connect/documents?ticket={ticket}"), "another origin"),
        ("/connect/tickets".to_owned(), "no ticket"),
        ("/connect/tickets?ticket=".to_owned(), "an empty ticket"),
        (format!("/connect/tickets?ticket={ticket}&ticket={ticket}"), "two tickets"),
        (format!("/connect/tickets?ticket={}", &ticket[1..]), "a shortened ticket"),
        (format!("/connect/tickets?ticket={}", "a".repeat(5_000)), "a long ticket"),
    ] {
        should_be_page(&vault.weir.send(Draft::bare(Method::GET, &path)), 400, "grant_link_over", why);
    }
    let head = vault.weir.send(Draft::bare(Method::HEAD, &vault.link()));
    assert_eq!(head.status, 405, "a preview should do nothing");
    if has_real_clock() {
        return;
    }
    let late = vault.link();
    vault.weir.running.pass(Duration::from_secs(15 * 60));
    should_be_page(&vault.weir.send(Draft::bare(Method::GET, &late)), 400, "grant_link_over", "a link of before");
}

#[test]
fn case_2_consent_ends_in_browser_that_began_it() {
    let vault = Vault::start();
    let mut attacker = Browser::default();
    let consent = vault.lead(&mut attacker, &vault.link(), "alice");
    let callback = vault.party.consent(&consent, "the attacker's account");
    let reason = "grant_of_another_browser";
    should_be_page(&Browser::default().get(&vault.weir, &callback), 403, reason, "a browser without a cookie");
    let mut other = Browser::default();
    other.location(&vault.weir, &App::desk().authorize());
    should_be_page(&other.get(&vault.weir, &callback), 403, reason, "a browser with a sign-in of its own");
    assert_eq!(vault.party.granted("authorization_code"), 0, "no code should be redeemed");
    // The same for the state towards the identity provider.
    let to_provider = attacker.location(&vault.weir, &vault.link());
    let arrival = vault.weir.issuer.sign_in(&to_provider, "alice");
    should_be_page(
        &other.get(&vault.weir, &arrival),
        403,
        "sign_in_of_another_browser",
        "the arrival in another browser",
    );
}

#[test]
fn states_are_no_substitutes_for_each_other() {
    let vault = Vault::start();
    let mut browser = Browser::default();
    let state = |url: &str| encode(&parameters(url)["state"]);
    let visit = state(&browser.location(&vault.weir, &vault.link()));
    let sign_in = state(&browser.location(&vault.weir, &App::desk().authorize()));
    let consent = state(&vault.lead(&mut browser, &vault.link(), "alice"));
    for (path, state, reason) in [
        ("/oauth/grants/callback/tickets", &visit, "grant_of_another_browser"),
        ("/oauth/grants/callback/tickets", &sign_in, "grant_of_another_browser"),
        ("/oauth/callback", &consent, "sign_in_of_another_browser"),
    ] {
        let page = browser.get(&vault.weir, &format!("{path}?code=x&state={state}"));
        should_be_page(&page, 403, reason, path);
    }
    assert!(vault.party.forms().is_empty(), "no code should be redeemed");
}

#[test]
fn case_15_answer_counts_once() {
    let vault = Vault::start();
    let mut browser = Browser::default();
    let consent = vault.lead(&mut browser, &vault.link(), "alice");
    let (first, second) = (vault.party.consent(&consent, "alice-at-tickets"), vault.party.consent(&consent, "another"));
    assert_eq!(browser.get(&vault.weir, &first).status, 200);
    should_be_page(&browser.get(&vault.weir, &first), 400, "grant_link_over", "a replayed answer");
    // Code injection: the code of another account under the same state.
    should_be_page(&browser.get(&vault.weir, &second), 400, "grant_link_over", "a second answer to one state");
    vault.succeeds();
    assert_eq!(vault.party.calls(), ["alice-at-tickets"]);
}

#[test]
fn code_of_another_consent_is_refused() {
    let vault = Vault::start();
    let (mut attacker, mut victim) = (Browser::default(), Browser::default());
    let of_attacker = vault.party.consent(&vault.lead(&mut attacker, &vault.link(), "alice"), "the attacker's account");
    let of_victim = vault.party.consent(&vault.lead(&mut victim, &vault.link(), "alice"), "alice-at-tickets");
    let (code, own) = (parameters(&of_attacker)["code"].clone(), parameters(&of_victim)["code"].clone());
    let page = victim.get(&vault.weir, &of_victim.replace(&own, &code));
    should_be_page(&page, 503, "origin_user_refused", "the verifier is of another consent");
    assert_eq!(vault.call().result()["resultType"], "input_required", "nothing should be kept");
}

#[test]
fn case_19_endpoint_of_another_site_is_not_used() {
    for (name, value) in [
        ("token_endpoint", json!("https://evil.example/token")),
        ("authorization_endpoint", json!("https://evil.example/authorize")),
        ("authorization_endpoint", json!("$(curl evil.example)")),
        ("registration_endpoint", json!("http://169.254.169.254/register")),
        ("revocation_endpoint", json!("https://evil.example/revoke")),
        ("issuer", json!("https://evil.example")),
        ("code_challenge_methods_supported", json!(["plain"])),
    ] {
        let vault = Vault::start();
        vault.party.set_metadata(name, value.clone());
        let page = vault.arrive(&mut Browser::default(), &vault.link(), "alice");
        should_be_page(&page, 503, "origin_token_unusable", &format!("{name}: {value}"));
        assert!(!page.text().contains("evil.example") && !page.text().contains("169.254"), "{}", page.text());
        assert_eq!(vault.party.paths(), ["/.well-known/oauth-authorization-server"], "no other request: {name}");
    }
}

#[test]
fn case_20_answer_of_another_server_is_refused() {
    for (promised, issuer, origin, right) in [
        (true, Some("https://evil.example"), "tickets", false),
        (true, None, "tickets", false),
        (false, Some("https://evil.example"), "tickets", false),
        // A server that sends no `iss` led the browser on to another origin's, which answers to its own address.
        (false, None, "documents", false),
        (false, None, "tickets", true),
    ] {
        let vault = Vault::start();
        vault.party.set_metadata("authorization_response_iss_parameter_supported", json!(promised));
        let mut browser = Browser::default();
        let callback = vault.party.consent(&vault.lead(&mut browser, &vault.link(), "alice"), "alice-at-tickets");
        let bare = callback.split("&iss=").next().expect("a callback").to_owned();
        let bare = bare.replacen("/tickets?", &format!("/{origin}?"), 1);
        let callback = issuer.map_or_else(|| bare.clone(), |issuer| format!("{bare}&iss={}", encode(issuer)));
        let page = browser.get(&vault.weir, &callback);
        let why = format!("promised: {promised}, issuer: {issuer:?}, to {origin}");
        if right {
            assert_eq!(page.status, 200, "{why}: {}", page.text());
            continue;
        }
        should_be_page(&page, 403, "grant_wrong_issuer", &why);
        assert_eq!(vault.party.granted("authorization_code"), 0, "{why}: the code should not be sent anywhere");
    }
}

#[test]
fn refused_consent_is_page_without_text_of_server() {
    let vault = Vault::start();
    let mut browser = Browser::default();
    let state = encode(&parameters(&vault.lead(&mut browser, &vault.link(), "alice"))["state"]);
    let issuer = encode(vault.party.issuer());
    let error = "error=access_denied&error_description=%3Cscript%3E";
    let page = browser.get(&vault.weir, &format!("/oauth/grants/callback/tickets?{error}&state={state}&iss={issuer}"));
    should_be_page(&page, 400, "grant_refused", "the person has refused");
    assert!(!page.text().contains("script"), "{}", page.text());
    let event = vault.weir.last_event("oauth/grants/callback");
    assert_eq!(
        (&event["outcome"]["reason"], &event["origin"]),
        (&json!("grant_refused"), &json!("tickets")),
        "{event:#}"
    );
}

#[test]
fn grant_is_its_users_alone() {
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    // Bob, who uses the same virtual server, has no grant.
    let groups = json!(["everyone", "support"]);
    let bob = vault.weir.access_token("bob").claim("groups", groups).claim("team", json!("support"));
    let answer = vault.call_with(&vault.weir.sign(bob));
    assert_eq!(answer.result()["resultType"], "input_required", "{}", answer.text());
    assert_eq!(vault.party.calls(), ["alice-at-tickets"]);
    // Alice's grant serves her through another agent, too.
    let other = vault.weir.access_token("alice").claim("client_id", json!("other-agent"));
    assert_eq!(vault.call_with(&vault.weir.sign(other)).result()["content"][0]["text"], "find was called");
}

#[test]
fn user_of_another_identity_provider_gets_no_link() {
    // A sign-in at this gateway could not verify them.
    let other = "https://idp.example.org";
    let vault = Vault::start_with(super::SCOPES, |mut setup| {
        let entry = format!(
            "\n[[issuers]]\nname = \"other\"\nissuer = \"{other}\"\njwks_uri = \"{other}/keys\"\nalgorithms = [\"ES256\"]\n"
        );
        setup.folder.entry("gateway.toml".to_owned()).or_default().push_str(&entry);
        setup
    });
    let token = vault.weir.sign(vault.weir.access_token("alice").claim("idp", json!(other)));
    let answer = vault.call_with(&token);
    assert_eq!(answer.refusal()["reason"], "origin_grant_needed", "{}", answer.text());
    let words = answer.refusal_text();
    assert!(words.contains("ask your platform team") && !words.contains("/connect/"), "{words}");
}

#[test]
fn quarantine_ends_grants_on_next_call() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    let user = format!("{}|alice", vault.weir.issuer.url());
    let mut browser = Browser::default();
    // Grants from before the instant have ended: after a new sign-in the user must give the grant again, too.
    vault.weir.running.pass(Duration::from_secs(1));
    freeze(&vault, &json!({ "not_before": [{ "user": user, "instant": vault.weir.running.now() }] }));
    vault.weir.running.pass(Duration::from_secs(60));
    let result = vault.call().result();
    assert_eq!(result["resultType"], "input_required", "neither memory nor store should serve it: {result}");
    let open = vault.lead(&mut browser, &vault.link(), "alice");
    let callback = vault.party.consent(&open, "alice-at-tickets");
    freeze(&vault, &json!({ "origins": ["tickets"] }));
    vault.weir.running.pass(Duration::from_secs(60));
    let page = browser.get(&vault.weir, &callback);
    should_be_page(&page, 403, "quarantined_origin", "an origin that was frozen in the middle");
    freeze(&vault, &json!({ "principals": [user] }));
    vault.weir.running.pass(Duration::from_secs(60));
    let page = browser.get(&vault.weir, &callback);
    should_be_page(&page, 403, "quarantined_caller", "a person who was frozen in the middle");
    let me = vault.arrive(&mut Browser::default(), "/me", "alice");
    should_be_page(&me, 403, "quarantined_caller", "a frozen person");
}

#[test]
fn consent_from_before_an_end_of_sign_ins_gives_nothing() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    let mut browser = Browser::default();
    let open = vault.lead(&mut browser, &vault.link(), "alice");
    vault.weir.running.pass(Duration::from_secs(2));
    let ended = vault.weir.running.now();
    vault.weir.running.pass(Duration::from_secs(2));
    // The gateway doesn't know of the end yet.
    let connected = browser.get(&vault.weir, &vault.party.consent(&open, "alice-at-tickets"));
    assert_eq!(connected.status, 200, "{}", connected.text());
    let user = format!("{}|alice", vault.weir.issuer.url());
    freeze(&vault, &json!({ "not_before": [{ "user": user, "instant": ended }] }));
    vault.weir.running.pass(Duration::from_secs(60));
    let result = vault.call().result();
    assert_eq!(result["resultType"], "input_required", "the consent was begun before: {result}");
}

fn freeze(vault: &Vault, frozen: &serde_json::Value) {
    let now = vault.weir.running.now();
    let fresh = Freshness { sequence: (now + 1) * 1000, valid_until: now + 86_400 };
    vault.weir.running.put("quarantine", &vault.weir.publisher.quarantine(&frozen.to_string(), fresh));
}
