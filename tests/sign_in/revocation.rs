//! Revocation (RFC 7009): a client ends its own sign-ins; access tokens live out their time.

use harness::{Answer, Draft, Setup, Weir, client::encode, weir::CLIENT};
use serde_json::json;

use super::browser::{App, Browser, sign_in};
use super::{should_refuse, weir};

fn revoke(weir: &Weir, fields: &[(&str, &str)]) -> Answer {
    weir.send(Draft::form(fields).to("/oauth/revoke"))
}

#[test]
fn revoked_sign_in_gives_no_more_tokens() {
    let weir = weir();
    for hint in ["", "refresh_token", "access_token", "something"] {
        let tokens = sign_in(&weir, &App::desk(), "alice");
        let (token, access) = (tokens["refresh_token"].as_str().unwrap(), tokens["access_token"].as_str().unwrap());
        for attempt in ["first", "second"] {
            let answer = revoke(&weir, &[("token", token), ("token_type_hint", hint), ("client_id", "desk")]);
            assert_eq!(answer.status, 200, "{attempt}: {}", answer.text());
        }
        should_refuse(&weir.send(App::desk().refresh(token)), "invalid_grant", "it has ended");
        assert_eq!(weir.send(Draft::list().token(access)).status, 200, "its access token lives out its time");
    }
    assert_eq!(weir.issuer.granted("refresh_token"), 0, "the provider should not be asked");
    assert_eq!(weir.last_event("oauth/revoke")["user"]["subject"], "alice");
}

#[test]
fn older_token_ends_the_sign_in_too() {
    let weir = weir();
    let tokens = sign_in(&weir, &App::desk(), "alice");
    let first = tokens["refresh_token"].as_str().unwrap().to_owned();
    let second = weir.send(App::desk().refresh(&first)).json();
    assert_eq!(revoke(&weir, &[("token", &first), ("client_id", "desk")]).status, 200);
    let answer = weir.send(App::desk().refresh(second["refresh_token"].as_str().unwrap()));
    should_refuse(&answer, "invalid_grant", "the whole family");
}

#[test]
fn nobody_ends_the_sign_in_of_another_client() {
    let weir = weir();
    let tokens = sign_in(&weir, &App::desk(), "alice");
    let token = tokens["refresh_token"].as_str().unwrap();
    let form = || Draft::form(&[("token", token)]).to("/oauth/revoke");
    should_refuse(&weir.send(form().basic(CLIENT.0, CLIENT.1)), "invalid_grant", "another client");
    for (draft, why) in [
        (form(), "no client"),
        (form().basic(CLIENT.0, "wrong"), "a wrong secret"),
        (form().body(format!("token={}&client_id=nobody", encode(token))), "an unknown client"),
    ] {
        let answer = weir.send(draft);
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &json!("invalid_client")), "{why}");
    }
    let foreign =
        form().body(format!("token={}&client_id=desk", encode(token))).header("origin", "https://evil.example");
    assert_eq!(weir.send(foreign).status, 403, "a page of another site");
    assert_eq!(weir.send(App::desk().refresh(token)).status, 200, "none of these should have ended it");
}

#[test]
fn other_texts_are_no_error_and_access_tokens_are_one() {
    let weir = weir();
    let tokens = sign_in(&weir, &App::desk(), "alice");
    let invented = format!("{}.1.{}", "A".repeat(22), "A".repeat(43));
    for text in ["x", "a.b.c", invented.as_str()] {
        assert_eq!(revoke(&weir, &[("token", text), ("client_id", "desk")]).status, 200, "{text}");
    }
    let access = tokens["access_token"].as_str().unwrap();
    let answer = revoke(&weir, &[("token", access), ("client_id", "desk")]);
    should_refuse(&answer, "unsupported_token_type", "an access token");
    should_refuse(&revoke(&weir, &[("client_id", "desk")]), "invalid_request", "no token");
    assert_eq!(weir.send(Draft::bare(http::Method::GET, "/oauth/revoke")).status, 405);
    let proven = Draft::form(&[("token", "x"), ("client_id", "desk")]).to("/oauth/revoke").header("dpop", "x");
    assert_eq!(weir.send(proven).status, 200, "a proof says nothing here");
    let code = Browser::default().code(&weir, &App::desk(), "alice");
    assert_eq!(revoke(&weir, &[("token", &code), ("client_id", "desk")]).status, 200);
    assert_eq!(weir.send(App::desk().redeem(&code)).status, 200, "a code is no token");
    let without = Weir::usual();
    assert_eq!(revoke(&without, &[("token", "x"), ("client_id", "desk")]).status, 404, "nothing to revoke");
    let metadata = |weir: &Weir| weir.send(Draft::bare(http::Method::GET, "/.well-known/oauth-authorization-server"));
    assert!(metadata(&without).json().get("revocation_endpoint").is_none());
    assert!(metadata(&Setup::new().with_sign_in("").start()).json()["revocation_endpoint"].is_string());
}
