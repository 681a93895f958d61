//! Tests of identity providers' access tokens: each rule with the smallest token that breaks it.

use serde_json::{Value, json};

use super::*;
use crate::testing::{forge, private_keys};

const NOW: u64 = 1_795_171_320;
const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

fn expectation() -> Expectation<'static> {
    Expectation {
        issuer: "https://idp.example.com",
        audiences: &["https://mcp.example.com/mcp", "api://weir"],
        algorithms: &[Algorithm::EdDsa],
        membership: Rules::of_claim("groups"),
        tenant: None,
        now: NOW,
    }
}

fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "https://idp.example.com", "sub": "alice", "aud": "https://mcp.example.com/mcp",
        "client_id": "claude-code", "jti": "t1", "iat": NOW, "exp": NOW + 300, "scope": "tools:list mail",
        "groups": ["support"],
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn token(header: &Value, changes: &Value) -> String {
    let keys = private_keys(1);
    let mut all = json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": "at+jwt" });
    for (name, value) in header.as_object().unwrap() {
        all[name] = value.clone();
    }
    forge(&keys, &all, &claims(changes))
}

fn verified(
    header: Value,
    changes: &Value,
    expectation: &Expectation<'_>,
) -> Result<ProviderAccessToken, AccessTokenError> {
    verify(&token(&header, changes), private_keys(1).public(), expectation)
}

#[test]
fn token_is_read() {
    let changes = json!({
        "aud": ["api://weir"], "auth_time": NOW - 9, "acr": "high", "amr": ["pwd"], "cnf": { "jkt": THUMBPRINT },
    });
    let read = verified(json!({ "typ": "application/at+jwt" }), &changes, &expectation()).unwrap();
    let expected = ProviderAccessToken {
        subject: "alice".to_owned(),
        client_id: "claude-code".to_owned(),
        issued_at: NOW,
        expires_at: NOW + 300,
        jti: "t1".to_owned(),
        scope: Some(vec!["tools:list".to_owned(), "mail".to_owned()]),
        membership: Membership { groups: vec!["support".to_owned()], ..Membership::default() },
        tenant: None,
        auth_time: Some(NOW - 9),
        acr: Some("high".to_owned()),
        amr: vec!["pwd".to_owned()],
        key_thumbprint: Some(THUMBPRINT.to_owned()),
    };
    assert_eq!(read, expected);
    let plain = verified(json!({}), &json!({ "scope": null, "exp": NOW + LONGEST_SECONDS }), &expectation()).unwrap();
    assert_eq!((plain.scope, plain.key_thumbprint), (None, None), "a token for a whole day, without `scope`");
}

#[test]
fn user_with_claims_like_those_of_a_client_is_accepted() {
    for changes in [
        json!({ "sub": "alice@clients" }),
        json!({ "gty": "password" }),
        json!({ "preferred_username": "service-desk" }),
        json!({ "preferred_username": "service-accoun\u{e9}" }),
        json!({ "preferred_username": 7, "idtyp": "user" }),
    ] {
        assert!(verified(json!({}), &changes, &expectation()).is_ok(), "{changes}");
    }
}

#[test]
fn token_that_breaks_a_rule_is_refused() {
    use AccessTokenError as E;
    for (changes, error) in [
        (json!({ "iss": "https://other.example.com" }), E::WrongIssuer),
        (json!({ "iss": "https://idp.example.com/" }), E::WrongIssuer),
        (json!({ "iss": null }), E::Missing("iss")),
        (json!({ "aud": "https://mcp.example.com/mcp/" }), E::WrongAudience),
        (json!({ "aud": ["https://mcp.example.com/mcp", "account"] }), E::WrongAudience),
        (json!({ "aud": ["https://mcp.example.com/mcp", "api://weir"] }), E::WrongAudience),
        (json!({ "aud": [] }), E::WrongAudience),
        (json!({ "aud": null }), E::Missing("aud")),
        (json!({ "client_id": null }), E::Missing("client_id")),
        (json!({ "client_id": null, "azp": "claude-code" }), E::Missing("client_id")),
        (json!({ "client_id": "alice" }), E::WithoutUser),
        (json!({ "sub": "claude-code@clients" }), E::WithoutUser),
        (json!({ "gty": "client-credentials" }), E::WithoutUser),
        (json!({ "preferred_username": "service-account-claude-code" }), E::WithoutUser),
        (json!({ "username": "Service-Account-other" }), E::WithoutUser),
        (json!({ "clientHost": "192.0.2.1" }), E::WithoutUser),
        (json!({ "clientAddress": "192.0.2.1" }), E::WithoutUser),
        (json!({ "idtyp": "app" }), E::WithoutUser),
        (json!({ "sub": null }), E::Missing("sub")),
        (json!({ "sub": "" }), E::Malformed("sub")),
        (json!({ "jti": null }), E::Missing("jti")),
        (json!({ "iat": null }), E::Missing("iat")),
        (json!({ "exp": null }), E::Missing("exp")),
        (json!({ "exp": NOW + LONGEST_SECONDS + 1 }), E::LifetimeTooLong),
        (json!({ "iat": NOW + 50, "exp": NOW + 40 }), E::LifetimeTooLong),
        (json!({ "exp": NOW - 61, "iat": NOW - 300 }), E::Token(JwsError::Expired)),
        (json!({ "iat": NOW + 61 }), E::Token(JwsError::IssuedInFuture)),
        (json!({ "nbf": NOW + 61 }), E::Token(JwsError::NotYetValid)),
        (json!({ "tenant": "acme" }), E::WrongTenant),
        (json!({ "cnf": { "x5t#S256": "AAAA" } }), E::Malformed("cnf")),
        (json!({ "cnf": { "jkt": THUMBPRINT, "x5t#S256": "AAAA" } }), E::Malformed("cnf")),
        (json!({ "authorization_details": [] }), E::Unsupported("authorization_details")),
        (json!({ "scope": "a  b" }), E::Malformed("scope")),
        (json!({ "groups": [1] }), E::Malformed("groups")),
        (json!({ "groups": null, "_claim_names": { "groups": "src1" } }), E::GroupsElsewhere),
    ] {
        assert_eq!(verified(json!({}), &changes, &expectation()), Err(error), "{changes}");
    }
}

#[test]
fn header_that_breaks_a_rule_is_refused() {
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for (header, error) in [
        (json!({ "typ": "JWT" }), JwsError::WrongType),
        (json!({ "typ": null }), JwsError::WrongType),
        (json!({ "typ": "oauth-id-jag+jwt" }), JwsError::WrongType),
        (json!({ "alg": "none" }), JwsError::AlgorithmRefused),
        (json!({ "alg": "HS256" }), JwsError::AlgorithmRefused),
        (json!({ "alg": "ES256" }), JwsError::AlgorithmRefused),
        (json!({ "kid": "../other" }), JwsError::UnknownKey),
        (json!({ "crit": ["b64"] }), JwsError::CriticalHeader),
        (json!({ "kid": "own", "jwk": jwk, "jku": "https://evil.example.com" }), JwsError::UnknownKey),
    ] {
        let found = verified(header.clone(), &json!({}), &expectation());
        assert_eq!(found, Err(AccessTokenError::Token(error)), "{header}");
    }
}

#[test]
fn tenant_is_named_by_tenant_or_tid() {
    let expectation = Expectation { tenant: Some("acme"), ..expectation() };
    for (changes, is_right) in [
        (json!({ "tenant": "acme" }), true),
        (json!({ "tid": "acme" }), true),
        (json!({ "tenant": "other", "tid": "acme" }), false),
        (json!({ "tid": "Acme" }), false),
        (json!({}), false),
    ] {
        let wrong = verified(json!({}), &changes, &expectation) == Err(AccessTokenError::WrongTenant);
        assert_eq!(!wrong, is_right, "{changes}");
    }
}

#[test]
fn issuer_is_read_of_access_tokens_alone() {
    let issuer = |header: &Value| unverified_issuer(&token(header, &json!({})));
    assert_eq!(issuer(&json!({})).as_deref(), Some("https://idp.example.com"));
    assert_eq!(issuer(&json!({ "typ": "oauth-id-jag+jwt" })), None, "another kind of token");
    for text in ["", "a.b", "a.b.c", &"a".repeat(20_000)] {
        assert_eq!(unverified_issuer(text), None, "{}", text.len());
    }
}
