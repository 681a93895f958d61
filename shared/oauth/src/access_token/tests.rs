//! Tests of access tokens: minting, verifying, and the error of every broken rule.

use serde_json::{Value, json};

use super::*;
use crate::testing::{self, forge, forge_with};

const ISSUER: &str = "https://mcp.example.com";
const AUDIENCE: &str = "https://mcp.example.com/mcp";
const NOW: u64 = 1_795_132_800;

fn alice() -> Claims {
    Claims {
        issuer: ISSUER.to_owned(),
        subject: "alice".to_owned(),
        audience: AUDIENCE.to_owned(),
        client_id: "claude-code".to_owned(),
        issued_at: NOW,
        began_at: NOW - 50,
        expires_at: NOW + 600,
        jti: "one".to_owned(),
        scope: vec!["tools:list".to_owned(), "tools:call".to_owned()],
        groups: vec!["support".to_owned(), "staff".to_owned()],
        team: Some("support".to_owned()),
        project: Some("helpdesk".to_owned()),
        tenant: Some("example".to_owned()),
        identity_provider: "https://idp.example.com".to_owned(),
        acr: Some("phishing-resistant".to_owned()),
        amr: vec!["hwk".to_owned()],
        auth_time: Some(NOW - 100),
        audience_subject: Some("u-1".to_owned()),
        key_thumbprint: Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".to_owned()),
    }
}

fn check(token: &str, keys: &PrivateKeySet) -> Result<Claims, AccessTokenError> {
    verify(token, keys.public(), ISSUER, AUDIENCE, NOW)
}

/// Returns a validly signed token of alice with one claim replaced or, by null, removed.
fn altered(keys: &PrivateKeySet, name: &str, value: Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": "claude-code", "iat": NOW,
        "exp": NOW + 600, "jti": "one", "idp": "https://idp.example.com",
    });
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    forge(keys, &header(keys), &claims)
}

fn header(keys: &PrivateKeySet) -> Value {
    json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": TYPE })
}

#[test]
fn access_token_round_trips() {
    let keys = testing::private_keys(1);
    let token = mint(&keys, &alice()).unwrap();
    assert_eq!(check(&token, &keys), Ok(alice()), "every claim should come back");
    let bare = Claims {
        began_at: NOW,
        scope: vec![],
        groups: vec![],
        team: None,
        project: None,
        tenant: None,
        acr: None,
        amr: vec![],
        auth_time: None,
        audience_subject: None,
        key_thumbprint: None,
        ..alice()
    };
    let token = mint(&keys, &bare).unwrap();
    assert_eq!(check(&token, &keys), Ok(bare), "an absent claim should stay absent");
}

/// A confirmation that is not understood must not free the token.
#[test]
fn access_token_with_another_confirmation_is_refused() {
    let keys = testing::private_keys(1);
    for cnf in [
        json!({}),
        json!({ "x5t#S256": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }),
        json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "x5t#S256": "x" }),
        json!({ "jkt": "short" }),
        json!({ "jkt": 5 }),
        json!("jkt"),
    ] {
        let found = check(&altered(&keys, "cnf", cnf.clone()), &keys);
        assert_eq!(found, Err(AccessTokenError::Malformed("cnf")), "{cnf}");
    }
}

#[test]
fn access_token_without_required_claim_is_refused() {
    let keys = testing::private_keys(1);
    assert!(check(&altered(&keys, "unknown", json!(1)), &keys).is_ok(), "an unknown claim should be ignored");
    for name in ["iss", "sub", "aud", "client_id", "iat", "exp", "jti", "idp"] {
        assert_eq!(
            check(&altered(&keys, name, Value::Null), &keys),
            Err(AccessTokenError::Missing(name)),
            "without `{name}`"
        );
    }
}

#[test]
fn access_token_for_another_audience_is_refused() {
    let keys = testing::private_keys(1);
    for audience in [
        json!("https://mcp.example.com/mcp/support"),
        json!("https://mcp.example.com/mcp/"),
        json!("https://mcp.example.com"),
        json!([AUDIENCE, "https://other.example.com"]),
        json!([AUDIENCE, AUDIENCE]),
        json!([]),
        json!(""),
    ] {
        assert_eq!(
            check(&altered(&keys, "aud", audience.clone()), &keys),
            Err(AccessTokenError::WrongAudience),
            "aud {audience}"
        );
    }
    assert!(check(&altered(&keys, "aud", json!([AUDIENCE])), &keys).is_ok(), "an array of one");
}

#[test]
fn access_token_of_another_issuer_is_refused() {
    let keys = testing::private_keys(1);
    for issuer in ["https://mcp.example.com/", "https://idp.example.com", "HTTPS://mcp.example.com"] {
        assert_eq!(
            check(&altered(&keys, "iss", json!(issuer)), &keys),
            Err(AccessTokenError::WrongIssuer),
            "iss `{issuer}`"
        );
    }
}

#[test]
fn access_token_with_malformed_claim_is_refused() {
    let keys = testing::private_keys(1);
    for (name, value) in [
        ("sub", json!("")),
        ("sub", json!("a\u{0}b")),
        ("jti", json!("x".repeat(600))),
        ("client_id", json!("a\nb")),
        ("scope", json!("a  b")),
    ] {
        assert_eq!(
            check(&altered(&keys, name, value.clone()), &keys),
            Err(AccessTokenError::Malformed(name)),
            "{name} {value}"
        );
    }
    for (name, value) in [("jti", json!(5)), ("exp", json!("soon")), ("groups", json!("support"))] {
        assert_eq!(
            check(&altered(&keys, name, value.clone()), &keys),
            Err(AccessTokenError::Token(JwsError::GarbledClaims)),
            "{name} {value} has another type"
        );
    }
}

#[test]
fn access_token_outside_its_lifetime_is_refused() {
    let keys = testing::private_keys(1);
    let token = mint(&keys, &alice()).unwrap();
    let at = |now| verify(&token, keys.public(), ISSUER, AUDIENCE, now).map(|_| ());
    assert_eq!(at(NOW + 660), Ok(()), "a minute after its end, within tolerance");
    assert_eq!(at(NOW + 661), Err(JwsError::Expired.into()), "beyond tolerance");
    assert_eq!(at(NOW - 60), Ok(()), "a minute before its issue, within tolerance");
    assert_eq!(at(NOW - 61), Err(JwsError::IssuedInFuture.into()), "beyond tolerance");
}

#[test]
fn forged_access_token_is_refused() {
    let (keys, mallory) = (testing::private_keys(1), testing::private_keys(9));
    let claims = json!({ "iss": ISSUER, "sub": "alice", "aud": AUDIENCE });
    let alter = |name: &str, value: Value| {
        let mut header = header(&keys);
        header[name] = value;
        header
    };
    let point = keys.public_json();
    for (token, expected) in [
        (forge_with(&alter("alg", json!("none")), &claims, |_| vec![]), JwsError::AlgorithmRefused),
        (
            forge_with(&alter("alg", json!("HS256")), &claims, |input| testing::hmac_sha256(point.as_bytes(), input)),
            JwsError::AlgorithmRefused,
        ),
        (forge(&keys, &alter("typ", json!("JWT")), &claims), JwsError::WrongType),
        (forge(&keys, &alter("typ", json!("oauth-id-jag+jwt")), &claims), JwsError::WrongType),
        (forge(&keys, &alter("kid", json!("other")), &claims), JwsError::UnknownKey),
        (forge(&mallory, &header(&keys), &claims), JwsError::BadSignature),
        ("not.a.token".to_owned(), JwsError::Garbled),
    ] {
        let refusal = check(&token, &keys).unwrap_err();
        assert_eq!(refusal, expected.into(), "`{token}`");
        assert_eq!(refusal.reason(), expected.reason(), "the reason code should be the same");
    }
}
