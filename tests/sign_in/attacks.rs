//! Twenty attacks on sign-in brokers, by number, each with the smallest input that has worked somewhere.
//!
//! | numbers | where |
//! |---|---|
//! | 1–9, 13–15, 18–20 | here; the redirect URIs of 4–7 also in `shared/oauth/src/redirect_uri/tests.rs` |
//! | 10–12 | `sign_in/clients.rs` |
//! | 16, 17 | `sign_in/refresh.rs`; the race of a revocation here |

use std::time::Duration;

use harness::{
    Answer, Draft, Setup, Weir,
    client::encode,
    openid::parameters,
    target::{Target, skipped_if},
    weir::URL,
};
use http::Method;
use serde_json::json;

use super::browser::{App, Browser, form, target};
use super::{should_be_page, should_refuse, weir};

fn open(weir: &Weir, path: &str) -> Answer {
    weir.send(Draft::bare(Method::GET, path))
}

fn registering() -> Weir {
    Setup::new().with_sign_in("registration = true\n").start()
}

fn register(weir: &Weir, name: &str, redirect_uri: &str) -> App {
    let body =
        json!({ "client_name": name, "redirect_uris": [redirect_uri], "logo_uri": "https://evil.example/pixel.png" });
    let draft = Draft::bare(Method::POST, "/oauth/register").body(body.to_string());
    let answer = weir.send(draft);
    assert_eq!(answer.status, 201, "{}", answer.text());
    App::new(answer.json()["client_id"].as_str().expect("a client id"), redirect_uri)
}

#[test]
fn case_1_foreign_client_gets_no_code_without_consent() {
    let weir = registering();
    let evil = register(&weir, "Claude Code", "https://evil.example/cb");
    let mut browser = Browser::default();
    let location = browser.location(&weir, &evil.authorize());
    // The person is signed in at the provider, which asks nothing.
    let page = browser.get(&weir, &weir.issuer.sign_in(&location, "alice"));
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.header("location").is_none(), "there should be no redirect without an answer");
    for part in ["evil.example", "Nobody vouches for this name", "Not proven"] {
        assert!(page.text().contains(part), "the page should say {part}: {}", page.text());
    }
}

#[test]
fn case_2_sign_in_ends_in_the_browser_that_began_it() {
    let weir = weir();
    let (app, mut attacker) = (App::desk(), Browser::default());
    let callback = weir.issuer.sign_in(&attacker.location(&weir, &app.authorize()), "alice");
    let reason = "sign_in_of_another_browser";
    should_be_page(&open(&weir, &callback), 403, reason, "a browser without a cookie");
    let mut victim = Browser::default();
    victim.location(&weir, &app.authorize());
    should_be_page(&victim.get(&weir, &callback), 403, reason, "a browser with a sign-in of its own");
    assert_eq!(weir.issuer.granted("authorization_code"), 0, "the provider's code should not be used up");
    let question = attacker.get(&weir, &callback);
    assert_eq!(question.status, 200, "the browser itself goes on: {}", question.text());
    should_be_page(&victim.answer(&weir, &question, "allow"), 403, reason, "the form in another browser");
}

#[test]
fn case_3_remembered_consent_counts_for_a_direct_start_alone() {
    let weir = weir();
    let app = App::desk();
    let mut browser = Browser::default();
    browser.code(&weir, &app, "alice");
    let mut again = |fetch_site, app: &App, person: &str| {
        browser.fetch_site = fetch_site;
        let location = browser.location(&weir, &app.authorize());
        // The provider's redirect is a navigation across sites.
        browser.fetch_site = Some("cross-site");
        browser.get(&weir, &weir.issuer.sign_in(&location, person))
    };
    let direct = again(Some("none"), &app, "alice");
    assert_eq!(direct.status, 302, "nothing should be asked twice: {}", direct.text());
    let code = parameters(direct.header("location").expect("the client"))["code"].clone();
    assert_eq!(weir.send(app.redeem(&code)).status, 200);
    let web = App::new("desk", "https://desk.example.com/callback");
    for (fetch_site, app, person, why) in [
        (Some("cross-site"), &app, "alice", "a page led here"),
        (Some("same-site"), &app, "alice", "a page of a sibling led here"),
        (None, &app, "alice", "a browser that doesn't say"),
        (Some("none"), &web, "alice", "another redirect host"),
        (Some("none"), &app, "bob", "another person"),
    ] {
        assert_eq!(again(fetch_site, app, person).status, 200, "{why}: the person should be asked");
    }
}

#[test]
fn cases_4_to_8_unregistered_address_gets_no_redirect() {
    let weir = registering();
    for (redirect_uri, reason) in [
        ("http://localhost:80@evil.com/cb", "redirect_uri_malformed"),
        ("http://localhost:80\\@evil.com/callback", "redirect_uri_malformed"),
        (" JaVaScript:alert(1)", "redirect_uri_malformed"),
        ("javascript:alert(1)", "redirect_uri_malformed"),
        ("data:text/html,x", "redirect_uri_malformed"),
        ("http://localhost:5/callback#x", "redirect_uri_malformed"),
        ("http://local%68ost:5/callback", "redirect_uri_malformed"),
        ("http://localhost.evil:1/callback", "redirect_uri_not_loopback"),
        ("https://desk.example.com.evil/callback", "redirect_uri_unregistered"),
        ("http://127.0.0.1:5/callback", "redirect_uri_unregistered"),
        ("http://[::1]:5/callback", "redirect_uri_unregistered"),
        ("http://localhost:5/callback2", "redirect_uri_unregistered"),
        ("http://localhost:5/callback?x=1", "redirect_uri_unregistered"),
        ("https://desk.example.com/callback?x=1", "redirect_uri_unregistered"),
        ("https://desk.example.com:444/callback", "redirect_uri_unregistered"),
        ("desk-app://other", "redirect_uri_not_listed"),
        ("", "redirect_uri_missing"),
    ] {
        let page = open(&weir, &App::new("desk", redirect_uri).authorize());
        should_be_page(&page, 400, reason, redirect_uri);
        assert!(!page.text().contains("evil"), "{redirect_uri}: the page should repeat nothing: {}", page.text());
        let unknown = open(&weir, &App::new("<script>nobody</script>", redirect_uri).authorize());
        should_be_page(&unknown, 400, "client_unknown", redirect_uri);
        assert!(!unknown.text().contains("nobody"), "an error page should repeat no parameter");
    }
    let twice = format!("{}&redirect_uri=https%3A%2F%2Fevil.example", App::desk().authorize());
    should_be_page(&open(&weir, &twice), 400, "authorization_request_repeated_parameter", "two redirect URIs");
    let long = format!("{}&x={}", App::desk().authorize().replace("xyz-state", &"s".repeat(1_025)), "y");
    should_be_page(&open(&weir, &long), 400, "authorization_request_state_too_long", "a long state");
}

#[test]
fn case_9_redirect_policy_is_asked_at_each_step() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does half a minute take no time") {
        return;
    }
    let mut weir = weir();
    let app = App::new("desk", "desk-app://callback");
    let mut browser = Browser::default();
    let code = browser.code(&weir, &app, "alice");
    let question = browser.question(&weir, &app, "alice");
    let callback = weir.issuer.sign_in(&browser.location(&weir, &app.authorize()), "alice");
    let text = weir.folder.get_mut("gateway.toml").expect("the folder has one");
    *text = text.replace(", \"desk-app://callback\"", "");
    let records = weir.publisher.records(&weir.folder, weir.epoch + 1000, weir.running.now());
    records.iter().for_each(|(key, value)| weir.running.put(key, value));
    weir.running.pass(Duration::from_secs(31));
    should_refuse(&weir.send(app.redeem(&code)), "invalid_grant", "at redemption");
    should_be_page(&browser.answer(&weir, &question, "allow"), 400, "redirect_uri_not_listed", "at consent");
    should_be_page(&browser.get(&weir, &callback), 400, "redirect_uri_not_listed", "at the callback");
    should_be_page(&browser.get(&weir, &app.authorize()), 400, "redirect_uri_not_listed", "at authorize");
}

#[test]
fn case_13_registrations_cost_nothing_and_are_limited() {
    let weir = registering();
    let markup = register(&weir, "<img src=x onerror=alert(1)>\u{202e}", "https://evil.example/cb");
    let page = Browser::default().question(&weir, &markup, "alice");
    assert!(page.text().contains("&lt;img src=x onerror=alert(1)&gt;"), "a name should be text: {}", page.text());
    assert!(!page.text().contains("<img") && !page.text().contains("pixel.png"), "no picture, no markup");
    if skipped_if(Target::chosen() != Target::Memory, "thousands of requests take too long elsewhere") {
        return;
    }
    let body = r#"{"redirect_uris":["http://localhost/cb"]}"#;
    let send = || weir.send(Draft::bare(Method::POST, "/oauth/register").body(body));
    let limited = (0..6_001).map(|_| send()).find(|answer| answer.status != 201).expect("there should be a limit");
    assert_eq!(limited.status, 429, "{}", limited.text());
    assert!(limited.header("retry-after").is_some());
}

#[test]
fn case_14_pkce_cannot_be_left_out() {
    let weir = weir();
    let app = App::desk();
    for (from, to, reason) in [
        ("&code_challenge_method=S256", "&code_challenge_method=plain", "S256"),
        ("&code_challenge_method=S256", "", "S256"),
        ("&code_challenge=", "&unknown=", "missing"),
    ] {
        let answer = open(&weir, &app.authorize().replace(from, to));
        let told = parameters(answer.header("location").unwrap_or_else(|| panic!("{}", answer.text())));
        assert_eq!(told["error"], "invalid_request", "{to}");
        assert!(told["error_description"].contains(reason), "{told:?}");
        assert_eq!((told["state"].as_str(), told["iss"].as_str()), ("xyz-state", URL), "RFC 9207");
    }
    let code = Browser::default().code(&weir, &app, "alice");
    let without = Draft::form(&[("grant_type", "authorization_code"), ("code", &code), ("client_id", "desk")]);
    should_refuse(&weir.send(without), "invalid_grant", "no verifier");
    let other = App { verifier: "another-verifier-of-forty-three-characters-.".to_owned(), ..app.clone() };
    should_refuse(&weir.send(other.redeem(&code)), "invalid_grant", "another verifier");
    should_refuse(&weir.send(app.redeem(&code)), "invalid_grant", "a wrong guess should use up the code");
}

#[test]
fn case_15_code_counts_once_and_for_its_client() {
    let more = "\n[[clients]]\nid = \"other\"\ntitle = \"Other\"\npublic = true\nredirect_uris = [\"http://localhost/callback\"]\n";
    let weir = Setup::new().with_sign_in(more).start();
    let app = App::desk();
    let code = Browser::default().code(&weir, &app, "alice");
    let tokens = weir.send(app.redeem(&code)).json();
    should_refuse(&weir.send(app.redeem(&code)), "invalid_grant", "a second time");
    let token = tokens["refresh_token"].as_str().expect("a refresh token");
    should_refuse(&weir.send(app.refresh(token)), "invalid_grant", "the family should have ended");

    let code = Browser::default().code(&weir, &app, "alice");
    let other = App { client_id: "other".to_owned(), ..app.clone() };
    should_refuse(&weir.send(other.redeem(&code)), "invalid_grant", "another client");
    should_refuse(&weir.send(app.redeem(&code)), "invalid_grant", "it is used up");

    let code = Browser::default().code(&weir, &app, "alice");
    let elsewhere = App { redirect_uri: "http://localhost:1/callback".to_owned(), ..app.clone() };
    should_refuse(&weir.send(elsewhere.redeem(&code)), "invalid_grant", "another redirect URI");

    let code = Browser::default().code(&weir, &app, "alice");
    let exchanges: Vec<_> = (0..10).map(|_| weir.begin(app.redeem(&code))).collect();
    let good = exchanges.into_iter().map(Answer::read).filter(|answer| answer.status == 200).count();
    assert!(good <= 1, "of ten at once at most one should succeed, not {good}");
}

#[test]
fn case_15_code_ends_after_a_minute() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does a minute take no time") {
        return;
    }
    let weir = weir();
    let code = Browser::default().code(&weir, &App::desk(), "alice");
    weir.running.pass(Duration::from_secs(60));
    should_refuse(&weir.send(App::desk().redeem(&code)), "invalid_grant", "a minute later");
}

#[test]
fn case_16_revocation_wins_over_a_refresh_under_way() {
    let weir = weir();
    let app = App::desk();
    let code = Browser::default().code(&weir, &app, "alice");
    let tokens = weir.send(app.redeem(&code)).json();
    weir.issuer.set_token_delay(Duration::from_millis(500));
    let flight = weir.begin(app.refresh(tokens["refresh_token"].as_str().expect("a refresh token")));
    if Target::chosen() != Target::Memory {
        std::thread::sleep(Duration::from_millis(200));
    }
    should_refuse(&weir.send(app.redeem(&code)), "invalid_grant", "the code a second time");
    should_refuse(&Answer::read(flight), "invalid_grant", "the refresh that was under way");
}

#[test]
fn case_18_cookies_stay_small_and_tabs_apart() {
    let weir = registering();
    let mut browser = Browser::default();
    for number in 0..30 {
        let app = register(&weir, "Many", &format!("https://a{number}.example/cb"));
        browser.code(&weir, &app, "alice");
    }
    let size: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
    assert!(size < 520, "proxies take small cookies only: {size}");
    assert_eq!(browser.cookies["weir-consent"].split('.').count(), 24, "the oldest consents should go");

    let desk = App::desk();
    let web = App::new("desk", "https://desk.example.com/callback");
    let (one, other) = (browser.question(&weir, &desk, "alice"), browser.question(&weir, &web, "alice"));
    for (question, app) in [(&one, &desk), (&other, &web)] {
        let code = parameters(&target(&browser.answer(&weir, question, "allow")))["code"].clone();
        assert_eq!(weir.send(app.redeem(&code)).status, 200, "each tab should have its own answer");
    }
    let replayed = browser.answer(&weir, &one, "allow");
    should_be_page(&replayed, 400, "consent_answered", "a question that was answered");
}

#[test]
fn case_19_foreign_endpoint_of_the_provider_is_not_asked() {
    for (member, value) in [
        ("token_endpoint", "https://evil.example/token"),
        ("token_endpoint", "http://127.0.0.1:1@evil.example/token"),
        ("authorization_endpoint", "file:/c:/windows/system32/calc.exe"),
        ("authorization_endpoint", "javascript:alert(1)"),
        ("issuer", "https://evil.example"),
    ] {
        let weir = weir();
        weir.issuer.set_discovery(member, value.into());
        let page = open(&weir, &App::desk().authorize());
        should_be_page(&page, 503, "identity_provider_unavailable", value);
        assert!(!page.text().contains("evil"), "{value}: the page should not repeat it");
    }
}

#[test]
fn case_20_answer_of_another_provider_or_sign_in_is_refused() {
    let weir = weir();
    let app = App::desk();
    let mut browser = Browser::default();
    let own = encode(weir.issuer.url());
    let mut callback = |from: &str, to: &str| {
        let callback = weir.issuer.sign_in(&browser.location(&weir, &app.authorize()), "alice");
        browser.get(&weir, &callback.replace(from, to))
    };
    should_be_page(&callback(&own, "https%3A%2F%2Fevil.example"), 403, "callback_wrong_issuer", "another `iss`");
    should_be_page(&callback(&format!("&iss={own}"), ""), 403, "callback_wrong_issuer", "a promised `iss` is missing");
    should_be_page(&callback("&state=", "&state=x"), 403, "sign_in_of_another_browser", "another state");
    should_be_page(&callback("&state=", "&other="), 400, "callback_malformed", "no state");
    should_be_page(&callback("code=", "code=a&code="), 400, "callback_malformed", "two codes");
    should_be_page(&callback("code=", "code=x"), 400, "identity_provider_code_refused", "an unknown code");
    for (claim, value, reason) in [
        ("nonce", json!("another"), "id_token_wrong_nonce"),
        ("aud", json!("another"), "id_token_wrong_audience"),
        ("azp", json!("another"), "id_token_wrong_audience"),
        ("iss", json!("https://evil.example"), "id_token_wrong_issuer"),
        ("exp", json!(1), "token_expired"),
    ] {
        let weir = super::weir();
        weir.issuer.set_claim(claim, value);
        let mut browser = Browser::default();
        let location = browser.location(&weir, &app.authorize());
        let page = browser.get(&weir, &weir.issuer.sign_in(&location, "alice"));
        should_be_page(&page, 403, reason, claim);
    }
}

#[test]
fn answer_of_another_site_is_refused() {
    let weir = weir();
    let mut browser = Browser::default();
    let question = browser.question(&weir, &App::desk(), "alice");
    let reason = "consent_of_another_site";
    for draft in [
        form(&question, "allow").header("origin", "https://evil.example"),
        form(&question, "allow").header("origin", "null"),
        form(&question, "allow").header("sec-fetch-site", "cross-site"),
        form(&question, "allow").also("origin", "https://evil.example"),
    ] {
        should_be_page(&browser.send(&weir, draft), 403, reason, "another site");
    }
    should_be_page(&browser.answer(&weir, &question, "maybe"), 400, "consent_malformed", "no answer");
    let own = form(&question, "allow").header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send(&weir, own).status, 200, "the page itself");
}

#[test]
fn preview_of_a_link_uses_nothing_up() {
    let weir = weir();
    let mut browser = Browser::default();
    let callback = weir.issuer.sign_in(&browser.location(&weir, &App::desk().authorize()), "alice");
    let head = browser.send(&weir, Draft::bare(Method::HEAD, &callback));
    assert_eq!(head.status, 405);
    assert_eq!(browser.get(&weir, &callback).status, 200, "the code should still count");
}

#[test]
fn sign_in_ends_after_ten_minutes() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do ten minutes take no time") {
        return;
    }
    let weir = weir();
    let mut browser = Browser::default();
    let callback = weir.issuer.sign_in(&browser.location(&weir, &App::desk().authorize()), "alice");
    let question = browser.question(&weir, &App::desk(), "alice");
    weir.running.pass(Duration::from_secs(601));
    should_be_page(&browser.get(&weir, &callback), 400, "sign_in_expired", "the callback");
    should_be_page(&browser.answer(&weir, &question, "allow"), 400, "sign_in_expired", "the answer");
}
