//! Tests of ID tokens: each rule with the smallest token that breaks it.

use serde_json::{Value, json};

use super::*;
use crate::testing::{forge, private_keys};

const NOW: u64 = 1_795_171_320;

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: "https://idp.example.com",
        client_id: "weir",
        algorithms: &[Algorithm::EdDsa],
        nonce: Some("n-1"),
        membership: Rules::of_claim("groups"),
        tenant: None,
        now: NOW,
    }
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://idp.example.com", "sub": "alice", "aud": "weir", "nonce": "n-1", "iat": NOW, "exp": NOW + 300,
        "groups": ["support"], "email": "alice@example.com",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn verified(header: Value, changes: &Value, expectation: &Expectation<'_>) -> Result<IdToken, IdTokenError> {
    let keys = private_keys(1);
    let mut all = json!({ "alg": "EdDSA", "kid": keys.signing_key_id() });
    for (name, value) in header.as_object().unwrap() {
        all[name] = value.clone();
    }
    verify(&forge(&keys, &all, &claims(changes)), keys.public(), expectation)
}

#[test]
fn token_is_read() {
    let changes = json!({ "auth_time": NOW - 9, "acr": "high", "amr": ["pwd", "otp"], "azp": "weir", "aud": ["weir"] });
    let token = verified(json!({ "typ": "JWT" }), &changes, &expectation()).unwrap();
    assert_eq!(
        token,
        IdToken {
            subject: "alice".to_owned(),
            membership: Membership { groups: vec!["support".to_owned()], ..Membership::default() },
            tenant: None,
            auth_time: Some(NOW - 9),
            acr: Some("high".to_owned()),
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            display: Some("alice@example.com".to_owned()),
        }
    );
    let named = verified(json!({}), &json!({ "email": null, "name": "Alice" }), &expectation()).unwrap();
    assert_eq!(named.display.as_deref(), Some("Alice"), "a token without `typ` should be read too");
}

/// Case 20 of the list of attacks: another issuer, audience, authorized party or nonce.
#[test]
fn token_that_breaks_a_rule_is_refused() {
    use IdTokenError as E;
    for (changes, error) in [
        (json!({ "iss": "https://other.example.com" }), E::WrongIssuer),
        (json!({ "iss": "https://idp.example.com/" }), E::WrongIssuer),
        (json!({ "iss": null }), E::Missing("iss")),
        (json!({ "aud": "other" }), E::WrongAudience),
        (json!({ "aud": ["weir", "other"] }), E::WrongAudience),
        (json!({ "aud": ["weir", "other"], "azp": "other" }), E::WrongAudience),
        (json!({ "aud": "weir", "azp": "other" }), E::WrongAudience),
        (json!({ "aud": ["other"], "azp": "weir" }), E::WrongAudience),
        (json!({ "aud": [] }), E::WrongAudience),
        (json!({ "aud": null }), E::Missing("aud")),
        (json!({ "nonce": "n-2" }), E::WrongNonce),
        (json!({ "nonce": null }), E::WrongNonce),
        (json!({ "exp": null }), E::Missing("exp")),
        (json!({ "iat": null }), E::Missing("iat")),
        (json!({ "exp": NOW - 61 }), E::Token(JwsError::Expired)),
        (json!({ "iat": NOW + 61, "exp": NOW + 400 }), E::Token(JwsError::IssuedInFuture)),
        (json!({ "sub": null }), E::Missing("sub")),
        (json!({ "sub": "a\u{0}" }), E::Malformed("sub")),
        (json!({ "groups": [1] }), E::Malformed("groups")),
        (json!({ "tenant": "acme" }), E::WrongTenant),
        (json!({ "groups": null, "_claim_names": { "groups": "src1" } }), E::GroupsElsewhere),
    ] {
        assert_eq!(verified(json!({}), &changes, &expectation()), Err(error), "{changes}");
    }
    let both = json!({ "aud": ["weir", "other"], "azp": "weir" });
    assert!(verified(json!({}), &both, &expectation()).is_ok(), "`azp` should decide among several");
}

#[test]
fn token_of_another_kind_is_refused() {
    for typ in ["at+jwt", "oauth-id-jag+jwt", "logout+jwt", "application/at+jwt"] {
        let error = verified(json!({ "typ": typ }), &json!({}), &expectation()).unwrap_err();
        assert_eq!(error, IdTokenError::Token(JwsError::WrongType), "{typ}");
    }
    for (header, error) in [
        (json!({ "alg": "none" }), JwsError::AlgorithmRefused),
        (json!({ "alg": "HS256" }), JwsError::AlgorithmRefused),
        (json!({ "alg": "ES256" }), JwsError::AlgorithmRefused),
        (json!({ "kid": "other" }), JwsError::UnknownKey),
        (json!({ "crit": ["b64"] }), JwsError::CriticalHeader),
    ] {
        assert_eq!(verified(header.clone(), &json!({}), &expectation()), Err(IdTokenError::Token(error)), "{header}");
    }
}

#[test]
fn token_after_a_refresh_needs_no_nonce() {
    let refreshed = Expectation { nonce: None, ..expectation() };
    assert!(verified(json!({}), &json!({ "nonce": null }), &refreshed).is_ok());
    assert!(verified(json!({}), &json!({}), &refreshed).is_ok());
}

#[test]
fn tenant_is_the_expected_one() {
    let expected = Expectation { tenant: Some("acme"), ..expectation() };
    for (changes, tenant) in [
        (json!({ "tenant": "acme" }), Ok("acme")),
        (json!({ "tid": "acme" }), Ok("acme")),
        (json!({ "tenant": "other", "tid": "acme" }), Err(IdTokenError::WrongTenant)),
        (json!({ "tid": "other" }), Err(IdTokenError::WrongTenant)),
        (json!({}), Err(IdTokenError::WrongTenant)),
    ] {
        let found = verified(json!({}), &changes, &expected).map(|token| token.tenant.unwrap_or_default());
        assert_eq!(found.as_deref().map_err(|error| *error), tenant, "{changes}");
    }
    let unnamed = verified(json!({}), &json!({ "tid": "acme" }), &expectation()).unwrap();
    assert_eq!(unnamed.tenant, None, "where no tenant is expected, `tid` should be no part of the identity");
}

#[test]
fn workspace_of_google_is_tenant() {
    let expectation = Expectation { tenant: Some("example.com"), ..expectation() };
    for (changes, is_right) in [
        (json!({ "hd": "example.com" }), true),
        (json!({ "hd": "evil.example.com" }), false),
        (json!({ "hd": "example.com", "tid": "other" }), false),
        (json!({}), false),
    ] {
        let wrong = verified(json!({}), &changes, &expectation) == Err(IdTokenError::WrongTenant);
        assert_eq!(!wrong, is_right, "{changes}");
    }
}
