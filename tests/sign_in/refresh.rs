//! Refresh tokens: rotation, one flight to the identity provider, people who were disabled, and stores that fail.

use std::time::Duration;

use harness::{Answer, Setup, Weir, jose::Token, openid::parameters, target::Target, target::skipped_if};
use serde_json::Value;

use super::browser::{App, Browser, sign_in};
use super::{should_be_page, should_refuse, weir};

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("there should be a refresh token: {tokens}")).to_owned()
}

fn refreshed(weir: &Weir, token: &str) -> Answer {
    weir.send(App::desk().refresh(token))
}

#[track_caller]
fn good(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[test]
fn refresh_renews_claims_and_rotates() {
    let weir = weir();
    let first = sign_in(&weir, &App::desk(), "alice");
    weir.issuer.regroup("alice", &["engineering"]);
    let second = good(&refreshed(&weir, &refresh_token(&first)));
    assert_ne!(refresh_token(&first), refresh_token(&second), "each refresh should give another token");
    let token = Token::read(second["access_token"].as_str().expect("a token"));
    assert_eq!(token.claims["groups"], serde_json::json!(["engineering"]), "groups should be as of today");
    assert_eq!(token.claims["team"], "platform", "and the team with them");
    let third = good(&refreshed(&weir, &refresh_token(&second)));
    assert!(refresh_token(&third).contains(".3."), "{third}");
    assert_eq!(weir.issuer.granted("refresh_token"), 2);
}

#[test]
fn disabled_person_loses_access_at_the_next_refresh() {
    let weir = weir();
    let tokens = sign_in(&weir, &App::desk(), "alice");
    weir.issuer.disable("alice");
    should_refuse(&refreshed(&weir, &refresh_token(&tokens)), "invalid_grant", "a disabled person");
    let asked = weir.issuer.granted("refresh_token");
    should_refuse(&refreshed(&weir, &refresh_token(&tokens)), "invalid_grant", "and for good");
    assert_eq!(weir.issuer.granted("refresh_token"), asked, "the family should have ended");
}

/// Case 16: two refreshes at once; here 50.
#[test]
fn race_of_fifty_is_one_flight_and_one_successor() {
    let weir = weir();
    let tokens = sign_in(&weir, &App::desk(), "alice");
    weir.issuer.set_token_delay(Duration::from_millis(300));
    let token = refresh_token(&tokens);
    let exchanges: Vec<_> = (0..50).map(|_| weir.begin(App::desk().refresh(&token))).collect();
    let answers: Vec<Value> = exchanges.into_iter().map(|exchange| good(&Answer::read(exchange))).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "all should get the same answer");
    assert_eq!(weir.issuer.granted("refresh_token"), 1, "one should have asked the provider");
    good(&refreshed(&weir, &refresh_token(&answers[0])));
}

#[test]
fn token_before_gets_the_same_answer_for_a_minute() {
    let weir = weir();
    let first = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let answer = good(&refreshed(&weir, &first));
    assert_eq!(good(&refreshed(&weir, &first)), answer, "the same answer");
    assert_eq!(weir.issuer.granted("refresh_token"), 1, "without the provider");
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does a minute take no time") {
        return;
    }
    weir.running.pass(Duration::from_secs(58));
    assert_eq!(good(&refreshed(&weir, &first)), answer, "up to a minute");
    weir.running.pass(Duration::from_secs(3));
    should_refuse(&refreshed(&weir, &first), "invalid_grant", "after it the token is a stolen one");
    should_refuse(&refreshed(&weir, &refresh_token(&answer)), "invalid_grant", "so the family has ended");
}

/// Case 16: an older generation ends the family.
#[test]
fn older_token_ends_the_family() {
    let weir = weir();
    let first = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let second = refresh_token(&good(&refreshed(&weir, &first)));
    let third = refresh_token(&good(&refreshed(&weir, &second)));
    should_refuse(&refreshed(&weir, &first), "invalid_grant", "two generations back");
    for token in [&second, &third] {
        should_refuse(&refreshed(&weir, token), "invalid_grant", "the whole family");
    }
}

#[test]
fn invented_token_changes_nothing() {
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let parts: Vec<&str> = token.split('.').collect();
    let zeros = "A".repeat(43);
    let mut last = parts[2].to_owned();
    last.replace_range(..1, if last.starts_with('B') { "C" } else { "B" });
    for invented in [
        format!("{}.1.{zeros}", parts[0]),
        format!("{}.1.{last}", parts[0]),
        format!("{}.2.{}", parts[0], parts[2]),
        format!("{}.{}.{}", "A".repeat(22), parts[1], parts[2]),
        "nonsense".to_owned(),
    ] {
        should_refuse(&refreshed(&weir, &invented), "invalid_grant", &invented);
    }
    good(&refreshed(&weir, &token));
}

#[test]
fn refresh_is_for_its_client_resource_and_grant() {
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let elsewhere = App::desk().refresh(&token);
    let body = format!("{}&resource=https%3A%2F%2Fother.example.com", String::from_utf8_lossy(&elsewhere.body));
    should_refuse(&weir.send(elsewhere.body(body)), "invalid_target", "another resource");
    good(&refreshed(&weir, &token));
    should_refuse(&weir.send(App::desk().redeem(&token)), "invalid_grant", "a refresh token is no code");
}

/// Case 15, for refresh tokens: another client's use ends the family.
#[test]
fn token_of_another_client_ends_the_family() {
    let more = "registration = true\n\n[[clients]]\nid = \"other\"\ntitle = \"Other\"\npublic = true\nredirect_uris = [\"http://localhost/callback\"]\n";
    let weir = Setup::new().with_sign_in(more).start();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let other = App::new("other", "http://localhost:1/callback");
    should_refuse(&weir.send(other.refresh(&token)), "invalid_grant", "another client");
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "its bearer must have stolen it");
}

/// Case 17: a store that fails must not look like a replay.
#[test]
fn store_that_fails_ends_nothing() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory can a test break the store meanwhile") {
        return;
    }
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    let mut browser = Browser::default();
    let code = browser.code(&weir, &App::desk(), "alice");
    let question = browser.question(&weir, &App::desk(), "alice");
    weir.running.break_versioned_store(true);
    for answer in [refreshed(&weir, &token), weir.send(App::desk().redeem(&code))] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").is_some(), "the error should ask to try again");
    }
    let page = browser.answer(&weir, &question, "allow");
    should_be_page(&page, 503, "host_failed", "a consent that can't be kept");
    weir.running.break_versioned_store(false);
    good(&refreshed(&weir, &token));
    good(&weir.send(App::desk().redeem(&code)));
    assert_eq!(weir.issuer.granted("refresh_token"), 1, "the provider should not have been asked");
    let again = browser.answer(&weir, &question, "allow");
    assert!(parameters(&super::browser::target(&again)).contains_key("code"), "the person should be able to try again");
}

#[test]
fn provider_that_is_down_ends_nothing() {
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    for status in [500, 503, 429, 302] {
        weir.issuer.set_down(Some(status));
        let answer = refreshed(&weir, &token);
        assert_eq!(answer.status, 503, "{status}: {}", answer.text());
        assert!(answer.header("retry-after").is_some(), "{status}");
    }
    weir.issuer.set_down(None);
    good(&refreshed(&weir, &token));
}

#[test]
fn provider_that_names_another_person_ends_the_family() {
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    weir.issuer.set_claim("sub", "bob".into());
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "another person");
    weir.issuer.set_claim("sub", "alice".into());
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "and for good");
}

#[test]
fn sign_in_ends_by_idling_and_by_age() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do days take no time") {
        return;
    }
    let weir = Setup::new().with_sign_in("idle_seconds = 3600\nlongest_seconds = 7200\n").start();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    weir.running.pass(Duration::from_secs(3599));
    let token = refresh_token(&good(&refreshed(&weir, &token)));
    weir.running.pass(Duration::from_secs(3599));
    let young = refresh_token(&good(&refreshed(&weir, &token)));
    weir.running.pass(Duration::from_secs(10));
    should_refuse(&refreshed(&weir, &young), "invalid_grant", "two hours after the sign-in");

    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    weir.running.pass(Duration::from_secs(3601));
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "an hour without use");
}

#[test]
fn quarantined_person_gets_no_token_and_keeps_the_family() {
    let weir = weir();
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does half a minute take no time") {
        return;
    }
    let freeze = |names: &str, sequence: u64| {
        let freshness = registry::record::Freshness { sequence, valid_until: weir.running.now() + 86_400 };
        let frozen = format!(r#"{{"principals":[{names}]}}"#);
        weir.running.put("quarantine", &weir.publisher.quarantine(&frozen, freshness));
        weir.running.pass(Duration::from_secs(61));
    };
    freeze(&format!("\"{}|alice\"", weir.issuer.url()), weir.epoch + 1);
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "a frozen person");
    assert_eq!(weir.issuer.granted("refresh_token"), 0, "the provider should not be asked");
    let mut browser = Browser::default();
    let location = browser.location(&weir, &App::desk().authorize());
    let page = browser.get(&weir, &weir.issuer.sign_in(&location, "alice"));
    should_be_page(&page, 403, "quarantined_caller", "a frozen person who signs in");
    freeze("", weir.epoch + 2);
    let token = refresh_token(&good(&refreshed(&weir, &token)));

    let freshness = registry::record::Freshness { sequence: weir.epoch + 3, valid_until: weir.running.now() + 86_400 };
    let ended =
        format!(r#"{{"not_before":[{{"user":"{}|alice","instant":{}}}]}}"#, weir.issuer.url(), weir.running.now());
    weir.running.put("quarantine", &weir.publisher.quarantine(&ended, freshness));
    weir.running.pass(Duration::from_secs(61));
    should_refuse(&refreshed(&weir, &token), "invalid_grant", "a sign-in that was ended");
    let token = refresh_token(&sign_in(&weir, &App::desk(), "alice"));
    good(&refreshed(&weir, &token));
}

#[test]
fn question_from_before_the_end_of_a_sign_in_gives_no_code() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does half a minute take no time") {
        return;
    }
    let weir = weir();
    let mut browser = Browser::default();
    let question = browser.question(&weir, &App::desk(), "alice");
    weir.running.pass(Duration::from_secs(1));
    let freshness = registry::record::Freshness { sequence: weir.epoch + 1, valid_until: weir.running.now() + 86_400 };
    let ended =
        format!(r#"{{"not_before":[{{"user":"{}|alice","instant":{}}}]}}"#, weir.issuer.url(), weir.running.now());
    weir.running.put("quarantine", &weir.publisher.quarantine(&ended, freshness));
    weir.running.pass(Duration::from_secs(61));
    should_be_page(&browser.answer(&weir, &question, "allow"), 403, "signed_out", "whoever has the laptop now");
    good(&refreshed(&weir, &refresh_token(&sign_in(&weir, &App::desk(), "alice"))));
}

#[test]
fn provider_token_is_nowhere_to_be_seen() {
    let weir = weir();
    let mut browser = Browser::default();
    let app = App::desk();
    let question = browser.question(&weir, &app, "alice");
    let secrets = weir.issuer.refresh_tokens();
    let onward = browser.answer(&weir, &question, "allow");
    let code = parameters(&super::browser::target(&onward))["code"].clone();
    let answer = weir.send(app.redeem(&code));
    let (events, log) = (format!("{:?}", weir.running.events()), weir.running.log());
    let (events, log) = (events.as_str(), log.as_str());
    for (what, text) in
        [("page", question.text()), ("page", onward.text()), ("answer", answer.text()), ("event", events), ("log", log)]
    {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "the provider's token should be in no {what}");
        }
    }
    for (what, text) in [("event", events), ("log", log)] {
        assert!(!text.contains(&code) && !text.contains(&app.verifier), "no code and no verifier in the {what}");
        assert!(!text.contains(&refresh_token(&answer.json())), "no refresh token in the {what}");
        assert!(browser.cookies.values().all(|cookie| !text.contains(cookie.as_str())), "no cookie in the {what}");
    }
}
