//! The scopes of a token, and the settings of an issuer: lifetime of its assertions, scopes of an assertion that names
//! none, and the tenant as which it knows this server.

use harness::{Answer, Draft, Setup, Weir, jose::Token, weir::CLIENT};
use serde_json::{Value, json};

use super::{GRANT, assertion, should_refuse};

#[test]
fn scope_is_what_is_both_asserted_and_requested() {
    let weir = Weir::usual();
    let redeem = |asserted: &str, requested: Option<&str>| {
        let compact = weir.issuer.sign(weir.id_jag("alice").claim("scope", asserted));
        let mut fields = vec![("grant_type", GRANT), ("assertion", compact.as_str())];
        fields.extend(requested.map(|scope| ("scope", scope)));
        weir.send(Draft::form(&fields).basic(CLIENT.0, CLIENT.1))
    };
    let granted = |answer: &Answer| {
        assert_eq!(answer.status, 200, "this should be granted: {}", answer.text());
        answer.json()["scope"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(granted(&redeem("tools:list", None)), "tools:list");
    assert_eq!(granted(&redeem("tools:list tools:call", Some("tools:list"))), "tools:list");
    let wider = redeem("tools:list", Some("tools:list tools:call"));
    assert!(
        wider.status == 400 || wider.json()["scope"] == "tools:list",
        "a request should never widen the assertion: {}",
        wider.text()
    );
    let disjoint = redeem("tools:list", Some("tools:call"));
    should_refuse(&disjoint, 400, "invalid_scope", "a scope that was not asserted");
}

#[test]
fn lifetime_and_missing_scope_follow_settings_of_issuer() {
    let old = "groups_claim = \"groups\"";
    // The registry's lines, the assertion's lifetime in seconds and its scope, and the scope that it is given.
    let (no, some) = ("", "assertion_seconds = 900\ndefault_scopes = [\"tools:list\", \"tools:call\"]");
    let cases = [
        (no, 300, Some("tools:list"), Ok("tools:list")),
        (no, 301, Some("tools:list"), Err("invalid_grant")),
        (no, 300, None, Err("invalid_scope")),
        (some, 900, Some("prompts:get"), Ok("prompts:get")),
        (some, 901, Some("prompts:get"), Err("invalid_grant")),
        (some, 900, None, Ok("tools:list tools:call")),
    ];
    for settings in [no, some] {
        let weir = Setup::new().replace("gateway.toml", old, &format!("{old}\n{settings}")).start();
        for (_, seconds, scope, expected) in cases.iter().filter(|case| case.0 == settings) {
            let id_jag = weir.id_jag("alice").claim("exp", weir.running.now() + seconds);
            let id_jag = match scope {
                Some(scope) => id_jag.claim("scope", *scope),
                None => id_jag.without("scope"),
            };
            let answer = weir.send(weir.redeeming(&weir.issuer.sign(id_jag)));
            let why = format!("`{settings}`: {seconds} s, scope {scope:?}");
            match expected {
                Ok(granted) => assert_eq!(answer.json()["scope"], *granted, "{why}: {}", answer.text()),
                Err(error) => should_refuse(&answer, 400, error, &why),
            }
        }
    }
}

/// `aud_tenant` names a tenant of ours, `aud_sub` and `sub_id` name the user elsewhere: none of them is an identity.
#[test]
fn user_is_issuer_tenant_and_subject_whatever_else_is_asserted() {
    let weir = Setup::new()
        .replace("gateway.toml", "groups_claim = \"groups\"", "groups_claim = \"groups\"\naud_tenant = \"acme\"")
        .start();
    let redeem = |tenant: Option<&str>, sub_id: Value| {
        let token = weir.id_jag("alice").claim("aud_sub", "bob").claim("sub_id", sub_id);
        let token = tenant.into_iter().fold(token, |token, tenant| token.claim("aud_tenant", tenant));
        weir.send(weir.redeeming(&weir.issuer.sign(token)))
    };
    let sub_id = || json!({ "format": "saml-nameid", "nameid": "bob" });
    let answer = redeem(Some("acme"), sub_id());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let token = Token::read(answer.json()["access_token"].as_str().expect("a token"));
    assert_eq!((token.text("sub"), token.text("aud_sub")), (Some("alice"), Some("bob")));
    should_refuse(&redeem(Some("other"), sub_id()), 400, "invalid_grant", "another tenant of ours");
    should_refuse(&redeem(None, sub_id()), 400, "invalid_grant", "no tenant where one is expected");
    should_refuse(&redeem(Some("acme"), json!("bob")), 400, "invalid_grant", "a `sub_id` that is no object");
}

#[test]
fn authorization_details_are_never_left_out() {
    let weir = Weir::usual();
    let compact = assertion(&weir, "alice");
    let details = r#"[{"type":"payment","amount":"1"}]"#;
    let form = Draft::form(&[("grant_type", GRANT), ("assertion", &compact), ("authorization_details", details)]);
    let answer = weir.send(form.basic(CLIENT.0, CLIENT.1));
    should_refuse(&answer, 400, "invalid_authorization_details", "details in the request");
    assert_eq!(weir.send(weir.redeeming(&compact)).status, 200, "nothing should have been used up");
}
