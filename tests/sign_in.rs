//! The browser sign-in: a client that knows only the URL gets an access token for a person who signs in at the
//! corporate identity provider. `sign_in/attacks.rs` has the attacks on such brokers, `sign_in/refresh.rs` refresh
//! tokens, `sign_in/revocation.rs` their end, `sign_in/clients.rs` the kinds of client.

mod attacks;
pub mod browser;
mod clients;
mod refresh;
mod revocation;

use harness::{Answer, Draft, Setup, Weir, client::encode, jose::Token, openid::parameters, weir::URL};
use serde_json::{Value, json};

use browser::{App, Browser};

/// Weir with a sign-in of the usual lines.
fn weir() -> Weir {
    Setup::new().with_sign_in("").start()
}

/// Fails the test unless the answer is this OAuth error.
#[track_caller]
fn should_refuse(answer: &Answer, error: &str, why: &str) {
    assert_eq!(answer.status, 400, "{why}: {}", answer.text());
    assert_eq!(answer.json()["error"], error, "{why}: {}", answer.text());
}

/// Fails the test unless the answer is an error page with this status and reason.
#[track_caller]
pub fn should_be_page(answer: &Answer, status: u16, reason: &str, why: &str) {
    assert_eq!(answer.status, status, "{why}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{why}");
    assert!(answer.text().contains(reason), "{why}: the page should say `{reason}`: {}", answer.text());
    assert!(answer.header("location").is_none(), "{why}: there should be no redirect");
    assert!(!answer.text().contains("<form"), "{why}: nothing should be asked");
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{why}: {policy}");
}

#[test]
fn person_signs_in_and_calls() {
    let weir = weir();
    let (app, mut browser) = (App::desk(), Browser::default());
    let to_provider = browser.get(&weir, &app.authorize());
    assert_eq!(to_provider.status, 302, "{}", to_provider.text());
    let location = to_provider.header("location").expect("the provider's address").to_owned();
    assert!(location.len() < 2_000, "servers take short URLs only: {} characters", location.len());
    assert!(!location.contains(&app.verifier) && !location.contains("xyz-state"), "the client's values are sealed");
    assert_eq!(parameters(&location)["redirect_uri"], format!("{URL}/oauth/callback"));

    let question = browser.get(&weir, &weir.issuer.sign_in(&location, "alice"));
    assert_eq!(question.status, 200, "{}", question.text());
    for part in ["Desk", "alice@example.com", "localhost", "name=\"transaction\""] {
        assert!(question.text().contains(part), "the page should show {part}: {}", question.text());
    }
    let policy = question.header("content-security-policy").unwrap_or_default().to_owned();
    assert!(policy.contains("form-action 'self' http://localhost:49152;"), "{policy}");
    assert_eq!(question.header("x-frame-options"), Some("DENY"));
    assert_eq!(question.header("cache-control"), Some("no-store"));

    let onward = browser.answer(&weir, &question, "allow");
    assert_eq!(onward.status, 200, "{}", onward.text());
    let back = browser::target(&onward);
    let returned = parameters(&back);
    assert!(back.starts_with("http://localhost:49152/callback?"), "{back}");
    assert_eq!((returned["state"].as_str(), returned["iss"].as_str()), ("xyz-state", URL));
    assert_eq!(returned["code"].len(), 66, "a code should be short");

    let answer = weir.send(app.redeem(&returned["code"]));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert!(body["refresh_token"].as_str().is_some_and(|token| token.len() <= 77), "{body}");
    let compact = body["access_token"].as_str().expect("a token");
    let token = Token::read(compact);
    for (name, value) in [
        ("iss", json!(URL)),
        ("sub", json!("alice")),
        ("aud", json!(format!("{URL}/mcp"))),
        ("client_id", json!("desk")),
        ("groups", json!(["everyone", "support"])),
        ("team", json!("support")),
        ("project", json!("helpdesk")),
        ("idp", json!(weir.issuer.url())),
        ("acr", json!("loa2")),
    ] {
        assert_eq!(token.claims.get(name), Some(&value), "`{name}` should be as from an ID-JAG");
    }
    assert_eq!(weir.send(Draft::list().token(compact)).status, 200, "the token should be good for /mcp");
    assert_eq!(weir.send(Draft::list().to("/mcp/support").token(compact)).status, 401, "and for nothing else");
}

#[test]
fn metadata_and_challenge_lead_a_client_here() {
    let weir = Setup::new().with_sign_in("registration = true\n").start();
    let refused = weir.send(Draft::list());
    let challenge = refused.header("www-authenticate").unwrap_or_default();
    for scope in oauth::scope::KNOWN {
        assert!(challenge.contains(scope), "clients that can't step up need all scopes at once: {challenge}");
    }
    let document = weir.send(Draft::bare(http::Method::GET, "/.well-known/oauth-authorization-server")).json();
    assert_eq!(document["registration_endpoint"], format!("{URL}/oauth/register"));
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
    assert!(document.as_object().is_some_and(|members| members.values().all(|value| *value != Value::Null)));
}

#[test]
fn each_step_of_a_person_leaves_its_event() {
    let weir = weir();
    let tokens = browser::sign_in(&weir, &App::desk(), "alice");
    assert!(tokens["access_token"].is_string(), "{tokens}");
    let events = weir.events(3);
    let methods: Vec<&str> = events.iter().filter_map(|event| event["method"].as_str()).collect();
    assert_eq!(methods, ["oauth/callback", "oauth/consent", "oauth/token"]);
    for event in &events {
        assert_eq!(event["user"]["subject"], "alice", "{event:#}");
        assert_eq!(event["agent"]["client_id"], "desk", "{event:#}");
    }
}

#[test]
fn consent_page_counts_usable_items() {
    let weir = weir();
    for (person, resource, count) in [
        ("alice", "/mcp", Some("3 tools")),
        ("bob", "/mcp", Some("2 tools")),
        ("carol", "/mcp", None),
        ("alice", "/mcp/engineering", Some("1 tool")),
        ("alice", "/mcp/unheard-of", None),
    ] {
        let app = App { more: format!("&resource={}", encode(&format!("{URL}{resource}"))), ..App::desk() };
        let question = Browser::default().question(&weir, &app, person);
        let text = question.text();
        assert!(text.contains("Call these tools in your name"), "{person}, {resource}: {text}");
        match count {
            Some(count) => assert!(text.contains(&format!(">{count}<")), "{person}, {resource}: {text}"),
            None => assert!(!text.contains(" tools<") && !text.contains("1 tool<"), "{person}, {resource}: {text}"),
        }
    }
}

#[test]
fn cancel_tells_the_client() {
    let weir = weir();
    let (app, mut browser) = (App::desk(), Browser::default());
    let question = browser.question(&weir, &app, "alice");
    let onward = browser.answer(&weir, &question, "cancel");
    let returned = parameters(&browser::target(&onward));
    assert_eq!((returned["error"].as_str(), returned["state"].as_str()), ("access_denied", "xyz-state"));
    assert_eq!(returned["iss"], URL);
    assert!(!returned.contains_key("code"), "nothing should be granted");
    assert!(onward.header("set-cookie").is_none(), "a refusal should not be remembered as a consent");
}

#[test]
fn failure_of_provider_is_shown() {
    let weir = weir();
    let (app, mut browser) = (App::desk(), Browser::default());
    let location = browser.location(&weir, &app.authorize());
    let state = parameters(&location)["state"].clone();
    let refused = browser.get(
        &weir,
        &format!(
            "/oauth/callback?error=access_denied&error_description=%3Cscript%3E&state={state}&iss={}",
            harness::client::encode(weir.issuer.url())
        ),
    );
    let returned = parameters(refused.header("location").expect("the client should be told"));
    assert_eq!(returned["error"], "access_denied");
    assert!(!returned["error_description"].contains("script"), "no text of others should be passed on");

    let callback = weir.issuer.sign_in(&browser.location(&weir, &app.authorize()), "alice");
    weir.issuer.set_down(Some(500));
    let down = browser.get(&weir, &callback);
    should_be_page(&down, 503, "identity_provider_unavailable", "the provider is down in mid-flow");
    assert!(down.header("retry-after").is_some());
}

#[test]
fn code_alone_is_given_where_the_provider_gives_no_refresh_token() {
    let weir = weir();
    weir.issuer.withhold_refresh_tokens();
    let tokens = browser::sign_in(&weir, &App::desk(), "alice");
    assert!(tokens["access_token"].is_string(), "{tokens}");
    assert!(tokens.get("refresh_token").is_none(), "Weir could not see a disabled person: {tokens}");
}

#[test]
fn nothing_is_there_without_a_sign_in() {
    let weir = Weir::usual();
    let authorize = weir.send(Draft::bare(http::Method::GET, &App::desk().authorize()));
    assert_eq!(authorize.status, 400, "it should explain as before");
    assert!(authorize.text().contains("there is no sign-in here"), "{}", authorize.text());
    for (method, path) in [
        (http::Method::GET, "/oauth/callback"),
        (http::Method::POST, "/oauth/consent"),
        (http::Method::POST, "/oauth/register"),
    ] {
        assert_eq!(weir.send(Draft::bare(method, path)).status, 404, "{path}");
    }
    let answer = weir.send(
        Draft::form(&[("grant_type", "refresh_token"), ("refresh_token", "x")])
            .basic("claude-code", harness::weir::CLIENT.1),
    );
    should_refuse(&answer, "unsupported_grant_type", "no such grant");
    let bare = weir.send(App::desk().redeem("x"));
    assert_eq!(bare.json()["error"], "invalid_client", "no public client either");
}
