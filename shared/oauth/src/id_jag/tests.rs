//! Tests of ID-JAGs: reading every claim, and the error of every broken rule.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::jwk::PrivateKeySet;
use crate::testing::{self, forge, forge_with};

mod issuers;

const ISSUER: &str = "https://idp.example.com";
const AUDIENCE: &str = "https://mcp.example.com";
const NOW: u64 = 1_795_132_800;
const EVERY: &[Algorithm] = &Algorithm::ALL;

fn expectation(algorithms: &[Algorithm]) -> Expectation<'_> {
    Expectation {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms,
        client_id: "claude-code",
        membership: Rules::of_claim("groups"),
        lifetime_seconds: LIFETIME_SECONDS,
        now: NOW,
    }
}

fn header(keys: &PrivateKeySet) -> Value {
    json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": TYPE })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "alice", "aud": AUDIENCE, "client_id": "claude-code", "jti": "one", "iat": NOW,
        "exp": NOW + 300, "resource": "https://mcp.example.com/mcp", "scope": "tools:list tools:call",
        "groups": ["support", "staff"], "tenant": "example", "aud_tenant": "acme", "aud_sub": "u-1",
        "sub_id": { "format": "saml-nameid", "nameid": "alice@example.com" }, "email": "alice@example.com",
        "auth_time": NOW - 100, "acr": "phr", "amr": ["hwk", "pin"],
        "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
    })
}

/// Verifies a validly signed assertion with one claim replaced or, by null, removed.
fn verify_altered(name: &str, value: Value) -> Result<IdJag, IdJagError> {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    let keys = testing::private_keys(1);
    verify(&forge(&keys, &header(&keys), &claims), keys.public(), &expectation(EVERY))
}

#[test]
fn every_claim_of_id_jag_is_read() {
    let keys = testing::private_keys(1);
    let token = forge(&keys, &header(&keys), &claims());
    assert_eq!(unverified_issuer(&token).as_deref(), Ok(ISSUER), "the issuer chooses the keys");
    assert_eq!(unverified_key_id(&token), Ok(Some(keys.signing_key_id().to_owned())), "the key id chooses the key");
    assert_eq!(
        verify(&token, keys.public(), &expectation(EVERY)),
        Ok(IdJag {
            issuer: ISSUER.to_owned(),
            subject: "alice".to_owned(),
            client_id: "claude-code".to_owned(),
            jti: "one".to_owned(),
            expires_at: NOW + 300,
            issued_at: NOW,
            resource: vec!["https://mcp.example.com/mcp".to_owned()],
            scope: Some(vec!["tools:list".to_owned(), "tools:call".to_owned()]),
            membership: Membership { groups: vec!["support".to_owned(), "staff".to_owned()], ..Membership::default() },
            tenant: Some("example".to_owned()),
            audience_tenant: Some("acme".to_owned()),
            audience_subject: Some("u-1".to_owned()),
            key_thumbprint: Some("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I".to_owned()),
            auth_time: Some(NOW - 100),
            acr: Some("phr".to_owned()),
            amr: vec!["hwk".to_owned(), "pin".to_owned()],
            email: Some("alice@example.com".to_owned()),
        }),
        "every claim should be read"
    );
}

#[test]
fn optional_claim_of_id_jag_may_be_absent_or_single() {
    for name in [
        "resource",
        "scope",
        "groups",
        "tenant",
        "email",
        "auth_time",
        "acr",
        "amr",
        "cnf",
        "aud_tenant",
        "aud_sub",
        "sub_id",
    ] {
        assert!(verify_altered(name, Value::Null).is_ok(), "`{name}` should be optional");
    }
    assert_eq!(verify_altered("scope", Value::Null).unwrap().scope, None, "an absent scope is not an empty one");
    assert_eq!(verify_altered("groups", json!("support")).unwrap().membership.groups, ["support"], "one group");
    assert!(verify_altered("aud", json!([AUDIENCE])).is_ok(), "an array of one audience");
    assert_eq!(
        verify_altered("resource", json!(["https://mcp.example.com/mcp", "https://mcp.example.com/mcp/a"]))
            .unwrap()
            .resource
            .len(),
        2,
        "several resources"
    );
}

#[test]
fn groups_come_from_configured_claim() {
    let keys = testing::private_keys(1);
    let mut claims = claims();
    claims["https://idp.example.com/roles"] = json!(["finance"]);
    let token = forge(&keys, &header(&keys), &claims);
    let expectation =
        Expectation { membership: Rules::of_claim("https://idp.example.com/roles"), ..expectation(EVERY) };
    let id_jag = verify(&token, keys.public(), &expectation).unwrap();
    assert_eq!(id_jag.membership.groups, ["finance"], "the claim that the registry names should count");
}

#[test]
fn id_jag_without_required_claim_is_refused() {
    for name in ["iss", "sub", "aud", "client_id", "jti", "iat", "exp"] {
        assert_eq!(verify_altered(name, Value::Null), Err(IdJagError::Missing(name)), "without `{name}`");
    }
}

#[test]
fn id_jag_for_another_audience_issuer_or_client_is_refused() {
    for audience in [
        json!("https://mcp.example.com/"),
        json!("https://mcp.example.com/mcp"),
        json!([AUDIENCE, "https://other.example.com"]),
        json!([AUDIENCE, AUDIENCE]),
        json!([]),
    ] {
        assert_eq!(verify_altered("aud", audience.clone()), Err(IdJagError::WrongAudience), "{audience}");
    }
    for issuer in ["https://idp.example.com/", "https://other.example.com"] {
        assert_eq!(verify_altered("iss", json!(issuer)), Err(IdJagError::WrongIssuer), "{issuer}");
    }
    assert_eq!(verify_altered("client_id", json!("cursor")), Err(IdJagError::WrongClient), "another client redeems it");
}

#[test]
fn id_jag_outside_its_lifetime_is_refused() {
    assert!(
        verify_altered("exp", json!(NOW - 60)).is_err_and(|error| error == IdJagError::LifetimeTooLong(300)),
        "exp before iat"
    );
    let keys = testing::private_keys(1);
    let token = forge(&keys, &header(&keys), &claims());
    let at = |now| verify(&token, keys.public(), &Expectation { now, ..expectation(EVERY) }).map(|_| ());
    assert_eq!(at(NOW + 360), Ok(()), "a minute after its end, within tolerance");
    assert_eq!(at(NOW + 361), Err(JwsError::Expired.into()), "beyond tolerance");
    assert_eq!(at(NOW - 60), Ok(()), "a minute before its issue, within tolerance");
    assert_eq!(at(NOW - 61), Err(JwsError::IssuedInFuture.into()), "beyond tolerance");
    assert_eq!(verify_altered("nbf", json!(NOW + 61)), Err(JwsError::NotYetValid.into()), "not yet");
    for lifetime_seconds in [LIFETIME_SECONDS_BOUNDS.0, LIFETIME_SECONDS, LIFETIME_SECONDS_BOUNDS.1] {
        let lasting = |seconds: u64| {
            let mut claims = self::claims();
            claims["exp"] = json!(NOW.saturating_add(seconds));
            let token = forge(&keys, &header(&keys), &claims);
            verify(&token, keys.public(), &Expectation { lifetime_seconds, ..expectation(EVERY) }).map(|_| ())
        };
        let too_long = Err(IdJagError::LifetimeTooLong(lifetime_seconds));
        assert_eq!(lasting(lifetime_seconds), Ok(()), "the issuer's setting is the maximum lifetime");
        assert_eq!(lasting(lifetime_seconds + 1), too_long, "one second more");
        assert_eq!(lasting(u64::MAX), too_long, "the largest time");
    }
}

#[test]
fn id_jag_with_unsupported_binding_is_refused() {
    for (name, value) in [
        ("cnf", json!({ "x5t#S256": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
        ("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", "x5t#S256": "x" })),
        ("cnf", json!({ "jkt": "short" })),
        ("cnf", json!({})),
        ("authorization_details", json!([{ "type": "payment" }])),
        ("authorization_details", json!([])),
    ] {
        assert_eq!(verify_altered(name, value), Err(IdJagError::Unsupported(name)), "with `{name}`");
    }
}

#[test]
fn id_jag_with_malformed_claim_is_refused() {
    for (name, value) in [
        ("sub", json!("")),
        ("jti", json!("x".repeat(600))),
        ("client_id", json!(["claude-code"])),
        ("scope", json!("a  b")),
        ("scope", json!(["tools:list"])),
        ("groups", json!({ "support": true })),
        ("groups", json!(["support", 5])),
        ("groups", json!(["a\nb"])),
        ("resource", json!("/mcp")),
        ("resource", json!("https://mcp.example.com/mcp#top")),
        ("resource", json!(vec!["https://mcp.example.com/mcp"; MAX_RESOURCES + 1])),
        ("tenant", json!(5)),
        ("aud_tenant", json!(5)),
        ("aud_tenant", json!("")),
        ("aud_sub", json!(["u-1"])),
        ("sub_id", json!("alice")),
        ("sub_id", json!({ "nameid": "alice" })),
        ("sub_id", json!({ "format": "" })),
        ("sub_id", json!({ "format": "iss_sub", "sub": 5 })),
        ("sub_id", json!({ "format": "opaque", "id": "x".repeat(600) })),
        ("auth_time", json!("yesterday")),
    ] {
        assert_eq!(verify_altered(name, value.clone()), Err(IdJagError::Malformed(name)), "{name} {value}");
    }
    for (name, value) in [("exp", json!("soon")), ("jti", json!(5)), ("aud", json!({}))] {
        assert_eq!(verify_altered(name, value), Err(JwsError::GarbledClaims.into()), "{name} of another type");
    }
}

#[test]
fn forged_id_jag_is_refused() {
    let (keys, mallory) = (testing::private_keys(1), testing::private_keys(9));
    let alter = |name: &str, value: Value| {
        let mut header = header(&keys);
        header[name] = value;
        header
    };
    for (token, expected) in [
        (forge_with(&alter("alg", json!("none")), &claims(), |_| vec![]), JwsError::AlgorithmRefused),
        (
            forge_with(&alter("alg", json!("HS256")), &claims(), |input| {
                testing::hmac_sha256(keys.public_json().as_bytes(), input)
            }),
            JwsError::AlgorithmRefused,
        ),
        (forge(&keys, &alter("typ", json!("JWT")), &claims()), JwsError::WrongType),
        (forge(&keys, &alter("typ", json!("at+jwt")), &claims()), JwsError::WrongType),
        (forge(&keys, &alter("kid", json!("other")), &claims()), JwsError::UnknownKey),
        (forge(&keys, &alter("alg", json!("ES256")), &claims()), JwsError::WrongKeyType),
        (forge(&mallory, &header(&keys), &claims()), JwsError::BadSignature),
        ("a.b".to_owned(), JwsError::Garbled),
        ("a".repeat(20_000), JwsError::TooLong),
    ] {
        let refusal = verify(&token, keys.public(), &expectation(EVERY)).unwrap_err();
        assert_eq!(refusal, expected.into(), "{expected}");
        assert_eq!(refusal.reason(), expected.reason(), "the reason code should be the same");
    }
}

proptest! {
    #[test]
    fn id_jag_never_panics_on_text(assertion in any::<String>()) {
        let keys = testing::private_keys(1);
        let _ = unverified_issuer(&assertion);
        let _ = unverified_key_id(&assertion);
        prop_assert!(verify(&assertion, keys.public(), &expectation(EVERY)).is_err(), "it has no valid signature");
    }

    #[test]
    fn id_jag_never_panics_on_signed_claims(
        name in "(iss|sub|aud|client_id|jti|iat|exp|nbf|nonce|resource|scope|groups|tenant|auth_time|acr|amr|email)",
        value in prop_oneof![
            any::<bool>().prop_map(Value::from), any::<u64>().prop_map(Value::from), any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from), any::<String>().prop_map(Value::from),
            prop::collection::vec(any::<String>(), 0..3).prop_map(Value::from),
        ],
    ) {
        let _ = verify_altered(&name, value);
    }
}
