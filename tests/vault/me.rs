//! `/me`: the grants of the person who is signed in, and their end.

use std::time::Duration;

use harness::{Answer, Draft, Setup, client::encode, weir::URL};
use http::Method;
use serde_json::{Value, json};

use super::super::sign_in::browser::Browser;
use super::super::sign_in::should_be_page;
use super::{CAPABILITIES, SCOPES, Vault, has_real_clock};

/// The page of `person`.
#[track_caller]
fn page(vault: &Vault, browser: &mut Browser, person: &str) -> Answer {
    let arrived = vault.arrive(browser, "/me", person);
    assert_eq!(arrived.status, 302, "{}", arrived.text());
    assert_eq!(arrived.header("location"), Some(format!("{URL}/me").as_str()));
    let page = browser.get(&vault.weir, "/me");
    assert_eq!(page.status, 200, "{}", page.text());
    page
}

/// The form of the page for `tickets`.
fn form(page: &Answer) -> Draft {
    let proof = page.text().split("name=\"proof\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let body = format!("origin=tickets&proof={}", encode(proof.expect("a form")));
    post(&body)
}

fn post(body: &str) -> Draft {
    Draft::bare(Method::POST, "/me")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", URL)
        .body(body.to_owned())
}

#[test]
fn person_sees_and_revokes_grant() {
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    let mut browser = Browser::default();
    let shown = page(&vault, &mut browser, "alice");
    for part in ["alice", "tickets", "tickets.read", vault.party.issuer(), "since"] {
        assert!(shown.text().contains(part), "the page should show {part}: {}", shown.text());
    }
    assert!(!vault.party.tokens().iter().any(|token| shown.text().contains(token)), "{}", shown.text());
    let policy = shown.header("content-security-policy").unwrap_or_default();
    assert!(
        policy.contains("default-src 'none'") && policy.contains(&format!("form-action 'self' {URL};")),
        "{policy}"
    );
    let revoked = browser.send(&vault.weir, form(&shown));
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert!(revoked.text().contains("No account is connected"), "{}", revoked.text());
    assert_eq!(vault.party.revoked().len(), 1, "the third party should be told");
    let event = vault.weir.last_event("me/revoke");
    assert_eq!((&event["user"]["subject"], &event["origin"]), (&json!("alice"), &json!("tickets")), "{event:#}");
    vault.weir.running.forget();
    assert_eq!(vault.call().result()["resultType"], "input_required", "the grant is gone");
    vault.connect();
    vault.succeeds();
}

#[test]
fn isolates_forget_revoked_grant_in_five_minutes() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.party.set_metadata("revocation_endpoint", json!(null));
    vault.connect();
    vault.succeeds();
    let mut browser = Browser::default();
    let shown = page(&vault, &mut browser, "alice");
    let revoked = browser.send(&vault.weir, form(&shown));
    assert!(revoked.text().contains("did not confirm it"), "{}", revoked.text());
    vault.weir.running.pass(Duration::from_secs(300));
    assert_eq!(vault.call().result()["resultType"], "input_required", "after five minutes at the latest");
}

#[test]
fn secret_is_not_sent_to_the_server_before() {
    if has_real_clock() {
        return;
    }
    let with = |mut setup: Setup| {
        setup.secrets.insert("ORIGIN_TICKETS_SECRET".to_owned(), "a secret".to_owned());
        setup
    };
    let keys = format!("{SCOPES}, client_id = \"weir\", client_authentication = \"client_secret_post\"");
    for (moves, told) in [(false, 1), (true, 0)] {
        let vault = Vault::start_with(&keys, with);
        vault.connect();
        if moves {
            let mut folder = vault.weir.folder.clone();
            let text = folder.get_mut("origins/tickets.toml").expect("the folder has it");
            let named = |issuer: &str| format!("issuer = \"{issuer}\"");
            *text = text.replace(&named(vault.party.issuer()), &named("https://other.example.com"));
            let (epoch, now) = (vault.weir.epoch + 1, vault.weir.running.now());
            for (key, record) in vault.weir.publisher.records(&folder, epoch, now) {
                vault.weir.running.put(&key, &record);
            }
            vault.weir.running.pass(Duration::from_secs(60));
        }
        let mut browser = Browser::default();
        let shown = page(&vault, &mut browser, "alice");
        let revoked = browser.send(&vault.weir, form(&shown));
        assert_eq!(revoked.text().contains("did not confirm it"), moves, "{}", revoked.text());
        assert_eq!(vault.party.revoked().len(), told, "the secret is of the server that the registry names");
    }
}

#[test]
fn case_16_revocation_wins_over_refresh() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.weir.running.pass(Duration::from_secs(3_590));
    vault.weir.running.forget();
    let mut browser = Browser::default();
    let shown = page(&vault, &mut browser, "alice");
    vault.party.delay(Duration::from_millis(500));
    let capabilities = json!({ "elicitation": { "url": {} } });
    let call = Draft::call("tickets_find", json!({ "query": "x" })).meta(CAPABILITIES, capabilities);
    let call = vault.weir.begin(call.token(&vault.weir.token("alice")));
    vault.weir.running.pass(Duration::from_millis(100));
    assert_eq!(vault.party.granted("refresh_token"), 1, "the refresh should be under way");
    let revoked = browser.send(&vault.weir, form(&shown));
    assert!(revoked.text().contains("No account is connected"), "{}", revoked.text());
    assert_eq!(Answer::read(call).result()["resultType"], "input_required", "the refresh should not bring it back");
    assert_eq!(vault.call().result()["resultType"], "input_required");
}

#[test]
fn page_shows_nobody_elses_grants() {
    let vault = Vault::start();
    vault.connect();
    let shown = page(&vault, &mut Browser::default(), "bob");
    assert!(shown.text().contains("No account is connected"), "{}", shown.text());
    let seen = |event: &Value| event["method"] == "me" && event["user"]["subject"] == "bob";
    vault.weir.wait_until("there should be an event of bob's", || vault.weir.running.events().iter().any(seen));
}

#[test]
fn form_of_another_page_revokes_nothing() {
    let vault = Vault::start();
    vault.connect();
    let (mut alice, mut bob) = (Browser::default(), Browser::default());
    let shown = page(&vault, &mut alice, "alice");
    page(&vault, &mut bob, "bob");
    let reason = "me_of_another_site";
    should_be_page(&vault.weir.send(form(&shown)), 403, reason, "no session");
    should_be_page(&bob.send(&vault.weir, form(&shown)), 403, reason, "the session of another person");
    let foreign = form(&shown).header("origin", "https://evil.example");
    should_be_page(&alice.send(&vault.weir, foreign), 403, reason, "a form of another site");
    let cross = form(&shown).header("sec-fetch-site", "cross-site");
    should_be_page(&alice.send(&vault.weir, cross), 403, reason, "a request of another site");
    for body in
        ["", "origin=tickets", "origin=tickets&proof=", "origin=tickets&proof=AAAA", "origin=a&origin=tickets&proof=x"]
    {
        should_be_page(&alice.send(&vault.weir, post(body)), 403, reason, body);
    }
    let mut again = Browser::default();
    page(&vault, &mut again, "alice");
    should_be_page(&again.send(&vault.weir, form(&shown)), 403, reason, "the form of another session");
    vault.succeeds();
    if has_real_clock() {
        return;
    }
    vault.weir.running.pass(Duration::from_secs(600));
    should_be_page(&alice.send(&vault.weir, form(&shown)), 403, reason, "a session that is over");
}
