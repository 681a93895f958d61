//! The life of grants: storage, refresh by one flight for all isolates, and their end.

use std::time::Duration;

use harness::{
    Answer, Draft,
    target::{Target, skipped_if},
};
use serde_json::json;

use super::{CAPABILITIES, Vault, has_real_clock};

#[test]
fn token_is_refreshed_shortly_before_its_end() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    vault.weir.running.pass(Duration::from_secs(3_500));
    vault.succeeds();
    assert_eq!(vault.party.granted("refresh_token"), 0, "the token has not ended");
    vault.weir.running.pass(Duration::from_secs(310));
    vault.succeeds();
    let forms = vault.party.forms();
    assert_eq!(vault.party.granted("refresh_token"), 1, "one refresh");
    assert_eq!(forms[1]["resource"], vault.weir.tickets.url(), "the resource is named in every step");
    // Another isolate takes the new token from the store.
    vault.weir.running.forget();
    vault.succeeds();
    assert_eq!(vault.party.granted("refresh_token"), 1);
}

#[test]
fn calls_at_once_make_one_flight() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.weir.running.pass(Duration::from_secs(3_590));
    vault.weir.running.forget();
    vault.party.delay(Duration::from_millis(200));
    let token = vault.weir.token("alice");
    let draft = || Draft::call("tickets_find", json!({ "query": "x" })).token(&token);
    let calls: Vec<_> = (0..20).map(|_| vault.weir.begin(draft())).collect();
    for call in calls {
        assert_eq!(Answer::read(call).result()["content"][0]["text"], "find was called");
    }
    assert_eq!(vault.party.granted("refresh_token"), 1, "a second refresh could end the grant");
}

#[test]
fn disconnected_client_does_not_lose_refresh() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.weir.running.pass(Duration::from_secs(3_590));
    vault.weir.running.forget();
    vault.party.delay(Duration::from_millis(200));
    let call = Draft::call("tickets_find", json!({ "query": "x" })).token(&vault.weir.token("alice"));
    let call = vault.weir.begin(call);
    vault.weir.running.pass(Duration::from_millis(50));
    call.reset();
    vault.weir.running.pass(Duration::from_millis(500));
    vault.succeeds();
    assert_eq!(vault.party.granted("refresh_token"), 1, "the rotated refresh token was kept");
}

#[test]
fn grant_ended_by_server_is_asked_for_anew() {
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    vault.party.revoke_all(true);
    let answer = vault.call();
    assert_eq!(answer.result()["resultType"], "input_required", "{}", answer.text());
    assert_eq!(vault.party.granted("refresh_token"), 1, "one try");
    assert_eq!(vault.last_reason(), "origin_grant_needed");
    assert_eq!(vault.call().result()["resultType"], "input_required");
    assert_eq!(vault.party.granted("refresh_token"), 1, "and no more: the grant is removed");
    vault.connect();
    vault.succeeds();
}

#[test]
fn refused_token_is_refreshed_once() {
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    vault.party.revoke_all(false);
    vault.succeeds();
    assert_eq!(
        vault.party.granted("refresh_token"),
        1,
        "401 says that nothing was done, so the call is sent once more"
    );
    // Another isolate no longer has the old token in memory, and the store has the new one.
    vault.weir.running.forget();
    vault.succeeds();
    assert_eq!(vault.party.granted("refresh_token"), 1);
}

#[test]
fn origin_that_refuses_every_token_has_user_asked() {
    if skipped_if(Target::chosen() == Target::Spin, "the next request may go to another instance") {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    let party = vault.party.clone();
    let before = vault.weir.tickets.scripted();
    vault.weir.tickets.script(move |received| match received.path.as_str() {
        "/mcp" => Some(harness::Reply::text(401, "text/plain", "no")),
        _ => before.as_ref().and_then(|before| before(received)),
    });
    for _ in 0..3 {
        assert_eq!(vault.call().result()["resultType"], "input_required");
    }
    assert!(party.granted("refresh_token") <= 1, "not one refresh per call: {}", party.granted("refresh_token"));
}

#[test]
fn token_without_end_is_used_until_it_is_refused() {
    if has_real_clock() {
        return;
    }
    for (lifetime, withheld, lasting) in [(json!(null), true, true), (json!(600), true, false)] {
        let vault = Vault::start();
        vault.party.set_lifetime(lifetime.clone());
        if withheld {
            vault.party.withhold_refresh_tokens();
        }
        vault.connect();
        vault.succeeds();
        vault.weir.running.pass(Duration::from_secs(3_000));
        let result = vault.call().result();
        assert_eq!(result["content"][0]["text"] == "find was called", lasting, "{lifetime}: {result}");
        if lasting {
            vault.party.revoke_all(true);
            assert_eq!(vault.call().result()["resultType"], "input_required", "{lifetime}");
        }
    }
}

#[test]
fn case_17_store_or_server_that_is_down_ends_nothing() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.weir.running.forget();
    vault.weir.running.break_versioned_store(true);
    let capabilities = json!({ "elicitation": { "url": {} } });
    let call = Draft::call("tickets_find", json!({ "query": "x" })).meta(CAPABILITIES, capabilities);
    let answer = vault.weir.send(call.token(&vault.weir.token("alice")));
    assert_eq!(answer.error_code(), Some(-31503), "{}", answer.text());
    vault.weir.running.break_versioned_store(false);
    vault.succeeds();
    vault.weir.running.pass(Duration::from_secs(3_590));
    vault.party.set_down(Some(503));
    let answer = vault.call();
    assert_eq!(answer.refusal()["reason"], "origin_token_unavailable", "{}", answer.text());
    vault.party.set_down(None);
    vault.succeeds();
    assert_eq!(vault.party.granted("refresh_token"), 1, "the grant has stayed");
}

#[test]
fn grant_of_another_registry_entry_does_not_count() {
    if has_real_clock() {
        return;
    }
    // The same store, and the origin's credential with other scopes: the user has consented to something else.
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    let mut folder = vault.weir.folder.clone();
    let text = folder.get_mut("origins/tickets.toml").expect("the folder has it");
    *text = text.replace("\"tickets.read\"", "\"tickets.read\", \"tickets.admin\"");
    let (epoch, now) = (vault.weir.epoch + 1, vault.weir.running.now());
    for (key, record) in vault.weir.publisher.records(&folder, epoch, now) {
        vault.weir.running.put(&key, &record);
    }
    vault.weir.running.pass(Duration::from_secs(60));
    assert_eq!(vault.call().result()["resultType"], "input_required");
}
