//! Codes and refresh tokens of a sign-in, bound to the key of the first proof (RFC 9449 §5, §10).

use harness::{Answer, Draft, Setup, Weir, dpop::Holder, jose::Token};
use serde_json::Value;

use super::should_refuse;
use crate::sign_in::browser::{App, Browser};

fn proving(weir: &Weir, holder: &Holder, draft: Draft) -> Answer {
    weir.send(draft.header("dpop", &holder.sign(holder.token_proof(weir))))
}

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("a refresh token: {tokens}")).to_owned()
}

#[track_caller]
fn bound(answer: &Answer, holder: &Holder) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "DPoP", "{tokens}");
    let token = Token::read(tokens["access_token"].as_str().expect("a token"));
    assert_eq!(token.claims["cnf"]["jkt"], holder.thumbprint());
    tokens
}

#[test]
fn refresh_tokens_stay_with_the_key() {
    let weir = Setup::new().with_sign_in("").start();
    let (app, holder, thief) = (App::desk(), Holder::new(7), Holder::new(8));
    let code = Browser::default().code(&weir, &app, "alice");
    let first = refresh_token(&bound(&proving(&weir, &holder, app.redeem(&code)), &holder));
    should_refuse(&weir.send(app.refresh(&first)), "invalid_grant", "a refresh without a proof");
    should_refuse(&proving(&weir, &thief, app.refresh(&first)), "invalid_grant", "a refresh with another key");
    assert_eq!(weir.issuer.granted("refresh_token"), 0, "neither should reach the provider");
    let second = bound(&proving(&weir, &holder, app.refresh(&first)), &holder);
    let again = proving(&weir, &holder, app.refresh(&first));
    assert_eq!(bound(&again, &holder), second, "the token before should get the same answer");
    should_refuse(&weir.send(app.refresh(&first)), "invalid_grant", "that answer without a proof");
    should_refuse(&proving(&weir, &thief, app.refresh(&first)), "invalid_grant", "that answer with another key");
    let proof = holder.sign(holder.token_proof(&weir));
    let third = weir.send(app.refresh(&refresh_token(&second)).header("dpop", &proof));
    let third = refresh_token(&bound(&third, &holder));
    should_refuse(&weir.send(app.refresh(&third).header("dpop", &proof)), "invalid_dpop_proof", "a proof used twice");
    bound(&proving(&weir, &holder, app.refresh(&third)), &holder);
}

#[test]
fn code_of_a_named_key_is_redeemed_with_it_alone() {
    let weir = Setup::new().with_sign_in("").start();
    let (holder, thief) = (Holder::new(7), Holder::new(8));
    let mut app = App::desk();
    app.more = format!("&dpop_jkt={}", holder.thumbprint());
    let code = || Browser::default().code(&weir, &app, "alice");
    should_refuse(&weir.send(app.redeem(&code())), "invalid_grant", "no proof");
    should_refuse(&proving(&weir, &thief, app.redeem(&code())), "invalid_grant", "another key");
    bound(&proving(&weir, &holder, app.redeem(&code())), &holder);
    app.more = "&dpop_jkt=short".to_owned();
    let refused = weir.send(Draft::bare(http::Method::GET, &app.authorize()));
    assert!(refused.header("location").is_some_and(|to| to.contains("invalid_request")), "{}", refused.text());
}

#[test]
fn sign_in_without_a_proof_stays_as_it_was() {
    let weir = Setup::new().with_sign_in("").start();
    let (app, holder) = (App::desk(), Holder::new(7));
    let code = Browser::default().code(&weir, &app, "alice");
    let tokens = weir.send(app.redeem(&code)).json();
    assert_eq!(tokens["token_type"], "Bearer");
    let tokens = weir.send(app.refresh(&refresh_token(&tokens))).json();
    assert_eq!(tokens["token_type"], "Bearer");
    // From the first proof on, it is bound.
    let tokens = bound(&proving(&weir, &holder, app.refresh(&refresh_token(&tokens))), &holder);
    should_refuse(&weir.send(app.refresh(&refresh_token(&tokens))), "invalid_grant", "without a proof again");
}

#[test]
fn demanded_proof_is_demanded_of_sign_ins_too() {
    let setup = Setup::new().replace("gateway.toml", "groups_claim", "require_dpop = true\ngroups_claim");
    let weir = setup.with_sign_in("").start();
    let (app, holder) = (App::desk(), Holder::new(7));
    let code = Browser::default().code(&weir, &app, "alice");
    should_refuse(&weir.send(app.redeem(&code)), "invalid_dpop_proof", "no proof");
    bound(&proving(&weir, &holder, app.redeem(&code)), &holder);
}
