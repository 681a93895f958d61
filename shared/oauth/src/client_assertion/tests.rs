//! Tests of client assertions: every rule of RFC 7523 §3, and tokens of other kinds under the client's key.

use serde_json::{Value, json};

use super::*;
use crate::testing::{self, forge};

const CLIENT: &str = "claude-code";
const ISSUER: &str = "https://mcp.example.com";
const NOW: u64 = 1_795_132_800;

fn claims() -> Value {
    json!({ "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "jti": "one", "iat": NOW, "exp": NOW + 300 })
}

fn checked(header: &Value, claims: &Value) -> Result<ClientAssertion, ClientAssertionError> {
    let keys = testing::private_keys(1);
    let mut full = json!({ "alg": "EdDSA", "kid": keys.signing_key_id() });
    header.as_object().unwrap().iter().for_each(|(name, value)| full[name] = value.clone());
    verify(&forge(&keys, &full, claims), keys.public(), CLIENT, ISSUER, NOW)
}

#[test]
fn assertion_of_each_type_is_accepted() {
    let good = ClientAssertion { jti: "one".to_owned(), expires_at: NOW + 300 };
    for header in [json!({}), json!({ "typ": "JWT" }), json!({ "typ": "client-authentication+jwt" })] {
        assert_eq!(checked(&header, &claims()), Ok(good.clone()), "{header}");
    }
    let mut without_iat = claims();
    without_iat.as_object_mut().unwrap().remove("iat");
    assert_eq!(checked(&json!({}), &without_iat), Ok(good), "`iat` is optional");
}

#[test]
fn every_broken_claim_is_refused() {
    use ClientAssertionError as E;
    for (name, value, expected) in [
        ("iss", json!("cursor"), E::WrongClient("iss")),
        ("iss", Value::Null, E::Missing("iss")),
        ("sub", json!("cursor"), E::WrongClient("sub")),
        ("sub", json!(7), E::Token(JwsError::GarbledClaims)),
        ("aud", json!("https://mcp.example.com/oauth/token"), E::WrongAudience),
        ("aud", json!("https://mcp.example.com/"), E::WrongAudience),
        ("aud", json!([ISSUER]), E::WrongAudience),
        ("aud", json!([ISSUER, "https://evil.example.com"]), E::WrongAudience),
        ("aud", json!(7), E::Token(JwsError::GarbledClaims)),
        ("jti", Value::Null, E::Missing("jti")),
        ("jti", json!(""), E::Malformed("jti")),
        ("exp", Value::Null, E::Missing("exp")),
        ("exp", json!(NOW + 601), E::LifetimeTooLong),
        ("exp", json!(u64::MAX), E::LifetimeTooLong),
        ("exp", json!(NOW - 61), E::Token(JwsError::Expired)),
        ("iat", json!(NOW + 61), E::Token(JwsError::IssuedInFuture)),
        ("nbf", json!(NOW + 61), E::Token(JwsError::NotYetValid)),
    ] {
        let mut claims = claims();
        match value.is_null() {
            true => claims.as_object_mut().unwrap().remove(name),
            false => claims.as_object_mut().unwrap().insert(name.to_owned(), value.clone()),
        };
        let found = checked(&json!({}), &claims);
        // The signature's own checks read times first, and may call an impossible one malformed.
        assert!(
            found == Err(expected) || (value == json!(u64::MAX) && found.is_err()),
            "`{name}` {value}: {found:?} should be {expected:?}"
        );
    }
}

#[test]
fn token_of_another_kind_or_key_is_refused() {
    use JwsError as E;
    for (header, expected) in [
        (json!({ "typ": "oauth-id-jag+jwt" }), E::WrongType),
        (json!({ "typ": "at+jwt" }), E::WrongType),
        (json!({ "typ": "dpop+jwt" }), E::WrongType),
        (json!({ "alg": "none" }), E::AlgorithmRefused),
        (json!({ "alg": "HS256" }), E::AlgorithmRefused),
        (json!({ "alg": "ES256" }), E::WrongKeyType),
        (json!({ "kid": "other" }), E::UnknownKey),
        (json!({ "crit": ["exp"] }), E::CriticalHeader),
    ] {
        assert_eq!(checked(&header, &claims()), Err(expected.into()), "{header}");
    }
    let (own, other) = (testing::private_keys(1), testing::private_keys(2));
    let header = json!({ "alg": "EdDSA" });
    let forged = forge(&other, &header, &claims());
    assert_eq!(verify(&forged, own.public(), CLIENT, ISSUER, NOW), Err(E::BadSignature.into()), "another key");
    let unknown = verify(&forged, &KeySet::empty(), CLIENT, ISSUER, NOW);
    assert_eq!(unknown, Err(E::UnknownKey.into()), "an unknown client has no key");
}

#[test]
fn client_is_read_from_subject() {
    let keys = testing::private_keys(1);
    let of = |claims: Value| unverified_client(&forge(&keys, &json!({ "alg": "EdDSA" }), &claims));
    assert_eq!(of(claims()), Ok(CLIENT.to_owned()));
    assert_eq!(of(json!({ "iss": CLIENT })), Err(ClientAssertionError::Missing("sub")));
    assert_eq!(of(json!({ "sub": "" })), Err(ClientAssertionError::Malformed("sub")));
}
