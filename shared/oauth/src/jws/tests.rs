//! Tests of signing, and of the error of [`super::open`] for every forged, foreign or malformed token.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::{self, forge, forge_with};

const TYPE: &str = "weir-test+jwt";

fn header(keys: &PrivateKeySet) -> Value {
    json!({ "alg": "EdDSA", "kid": keys.signing_key_id(), "typ": TYPE })
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

fn verified(token: &str, keys: &PrivateKeySet) -> Result<Value, JwsError> {
    verify(token, keys.public(), TYPE)
}

#[test]
fn signed_claims_round_trip() {
    let keys = testing::private_keys(1);
    let claims = json!({ "epoch": 1_795_132_800_000_u64, "name": "gateway", "exp": 5, "nbf": 9_999_999_999_u64 });
    let token = sign(&keys, TYPE, &claims).unwrap();
    assert_eq!(verified(&token, &keys), Ok(claims.clone()), "`verify` should not check times");
    assert_eq!(sign(&keys, TYPE, &claims).unwrap(), token, "signing should need no randomness");
    assert_eq!(unverified_key_id(&token), Ok(Some(keys.signing_key_id().to_owned())), "the key should be named");
}

#[test]
fn token_of_either_live_key_is_verified_during_rotation() {
    let (old, new) = (testing::private_keys(1), testing::private_key_set(&[2, 1]));
    let token = sign(&old, TYPE, &json!({})).unwrap();
    assert_eq!(verified(&token, &new), Ok(json!({})), "the old key should still verify");
    let token = sign(&new, TYPE, &json!({})).unwrap();
    assert_eq!(verified(&token, &old), Err(JwsError::UnknownKey), "the new key is unknown to the old set");
}

#[test]
fn token_without_key_id_is_tried_with_bounded_number_of_keys() {
    let keys = testing::private_keys(1);
    let token = forge(&keys, &json!({ "alg": "EdDSA", "typ": TYPE }), &json!({}));
    assert_eq!(verified(&token, &testing::private_key_set(&[2, 3, 1])), Ok(json!({})), "the third key");
    assert_eq!(
        verified(&token, &testing::private_key_set(&[2, 3, 4, 5, 1])),
        Err(JwsError::BadSignature),
        "the fifth key should not be tried"
    );
}

#[test]
fn token_without_signature_is_refused() {
    let keys = testing::private_keys(1);
    for algorithm in ["none", "None", "NONE", ""] {
        let header = with(header(&keys), "alg", json!(algorithm));
        let token = forge_with(&header, &json!({}), |_| Vec::new());
        assert_eq!(verified(&token, &keys), Err(JwsError::AlgorithmRefused), "alg `{algorithm}`");
    }
    let token = forge_with(&header(&keys), &json!({}), |_| Vec::new());
    assert_eq!(verified(&token, &keys), Err(JwsError::BadSignature), "an empty signature");
}

#[test]
fn public_key_is_not_accepted_as_shared_secret() {
    let keys = testing::private_keys(1);
    let public: Value = serde_json::from_str(&keys.public_json()).unwrap();
    let x = public["keys"][0]["x"].as_str().unwrap();
    let point = URL_SAFE_NO_PAD.decode(x).unwrap();
    for secret in [&point[..], x.as_bytes(), keys.public_json().as_bytes()] {
        let header = with(header(&keys), "alg", json!("HS256"));
        let token = forge_with(&header, &json!({}), |input| testing::hmac_sha256(secret, input));
        assert_eq!(
            verified(&token, &keys),
            Err(JwsError::AlgorithmRefused),
            "HS256 under a public key should not even be computed"
        );
    }
}

#[test]
fn hmac_of_tests_matches_rfc_4231() {
    // RFC 4231 §4.3: without this, the test above could pass for a wrong signature.
    let digest = testing::hmac_sha256(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(digest[..4], [0x5b, 0xdc, 0xc1, 0x46], "the RFC's digest");
}

#[test]
fn algorithm_must_be_allowed_and_match_key() {
    let keys = testing::private_keys(1);
    let token = forge(&keys, &with(header(&keys), "alg", json!("ES256")), &json!({}));
    assert_eq!(verified(&token, &keys), Err(JwsError::AlgorithmRefused), "not on the list");
    let requirement = Requirement { types: &[TYPE], algorithms: &[Algorithm::EdDsa, Algorithm::Es256], now: None };
    assert_eq!(
        open(&token, keys.public(), &requirement),
        Err(JwsError::WrongKeyType),
        "on the list, but the key is an Ed25519 key"
    );
}

#[test]
fn token_of_another_type_is_refused() {
    let keys = testing::private_keys(1);
    for typ in ["JWT", "at+jwt", "weir-test", "weir-test+jwt ", "text/weir-test+jwt", ""] {
        let token = forge(&keys, &with(header(&keys), "typ", json!(typ)), &json!({}));
        assert_eq!(verified(&token, &keys), Err(JwsError::WrongType), "typ `{typ}`");
    }
    let token = forge(&keys, &with(header(&keys), "typ", Value::Null), &json!({}));
    assert_eq!(verified(&token, &keys), Err(JwsError::WrongType), "no typ");
    for typ in ["WEIR-test+JWT", "application/weir-test+jwt", "Application/weir-test+jwt"] {
        let token = forge(&keys, &with(header(&keys), "typ", json!(typ)), &json!({}));
        assert_eq!(verified(&token, &keys), Ok(json!({})), "typ `{typ}` is another spelling");
    }
}

#[test]
fn critical_header_is_refused_and_key_in_header_ignored() {
    let keys = testing::private_keys(1);
    for crit in [json!(["b64"]), json!([]), json!("exp")] {
        let token = forge(&keys, &with(header(&keys), "crit", crit.clone()), &json!({}));
        assert_eq!(verified(&token, &keys), Err(JwsError::CriticalHeader), "crit {crit}");
    }
    let mallory = testing::private_keys(9);
    let public: Value = serde_json::from_str(&mallory.public_json()).unwrap();
    for (name, value, expected) in [
        ("jku", json!("https://mallory.example.com/jwks"), JwsError::BadSignature),
        ("jwk", json!(public["keys"][0].to_string()), JwsError::BadSignature),
        ("jwk", public["keys"][0].clone(), JwsError::Garbled),
        ("x5c", json!("MIIB"), JwsError::Garbled),
    ] {
        let token = forge(&mallory, &with(header(&keys), name, value), &json!({}));
        assert_eq!(verified(&token, &keys), Err(expected), "a key in the token's header: {name}");
    }
}

#[test]
fn signature_of_another_key_or_over_other_claims_is_refused() {
    let (keys, mallory) = (testing::private_keys(1), testing::private_keys(9));
    let token = forge(&mallory, &header(&keys), &json!({}));
    assert_eq!(verified(&token, &keys), Err(JwsError::BadSignature), "signed by mallory");
    let honest = forge(&keys, &header(&keys), &json!({ "sub": "alice" }));
    let other = forge(&keys, &header(&keys), &json!({ "sub": "bob" }));
    let (_, signature) = honest.rsplit_once('.').unwrap();
    let (input, _) = other.rsplit_once('.').unwrap();
    assert_eq!(
        verified(&format!("{input}.{signature}"), &keys),
        Err(JwsError::BadSignature),
        "a signature should not move to other claims"
    );
}

#[test]
fn malformed_token_is_refused() {
    let keys = testing::private_keys(1);
    let token = forge(&keys, &header(&keys), &json!({}));
    let mut parts = token.split('.');
    let (head, claims, signature) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    for malformed in [
        String::new(),
        "..".to_owned(),
        format!("{head}.{claims}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{head}=.{claims}.{signature}"),
        format!("{head}.{claims}.{signature}="),
        format!("{head}.{claims}.!{signature}"),
        format!(" {token}"),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(r#"["EdDSA",null,"weir-test+jwt",null]"#)),
        format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(r#"{"alg":"EdDSA","alg":"none"}"#)),
    ] {
        assert_eq!(verified(&malformed, &keys), Err(JwsError::Garbled), "`{malformed}`");
    }
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(verified(&long, &keys), Err(JwsError::TooLong), "a long token");
}

#[test]
fn claims_must_be_object() {
    let keys = testing::private_keys(1);
    for claims in [json!([]), json!("text"), json!(5), Value::Null, json!([{ "sub": "alice" }])] {
        let token = forge(&keys, &header(&keys), &claims);
        assert_eq!(verified(&token, &keys), Err(JwsError::GarbledClaims), "claims {claims}");
    }
}

#[test]
fn times_have_one_minute_of_tolerance() {
    let keys = testing::private_keys(1);
    let now = 1_795_132_800;
    let at = |claims: Value| {
        let token = forge(&keys, &header(&keys), &claims);
        let requirement = Requirement { types: &[TYPE], algorithms: &[Algorithm::EdDsa], now: Some(now) };
        open(&token, keys.public(), &requirement).map(|_| ())
    };
    assert_eq!(at(json!({ "exp": now - 60 })), Ok(()), "exp a minute ago");
    assert_eq!(at(json!({ "exp": now - 61 })), Err(JwsError::Expired), "exp longer ago");
    assert_eq!(at(json!({ "nbf": now + 60 })), Ok(()), "nbf in a minute");
    assert_eq!(at(json!({ "nbf": now + 61 })), Err(JwsError::NotYetValid), "nbf later");
    assert_eq!(at(json!({ "iat": now + 60 })), Ok(()), "iat in a minute");
    assert_eq!(at(json!({ "iat": now + 61 })), Err(JwsError::IssuedInFuture), "iat later");
    assert_eq!(at(json!({ "exp": "soon" })), Err(JwsError::GarbledClaims), "exp as text");
    assert_eq!(at(json!({ "exp": -1 })), Err(JwsError::GarbledClaims), "exp below zero");
    assert_eq!(at(json!({ "exp": u64::MAX })), Ok(()), "a huge exp should not wrap around");
    assert_eq!(at(json!({ "iat": u64::MAX })), Err(JwsError::IssuedInFuture), "nor a huge iat");
}

proptest! {
    #[test]
    fn tokens_never_panic(token in any::<String>()) {
        let keys = testing::private_keys(1);
        prop_assert!(verified(&token, &keys).is_err(), "it has no valid signature");
        let _ = unverified_key_id(&token);
    }

    #[test]
    fn one_changed_byte_breaks_token(at in any::<prop::sample::Index>(), byte in 0x21_u8..0x7f) {
        let keys = testing::private_keys(1);
        let token = sign(&keys, TYPE, &json!({ "sub": "alice" })).unwrap();
        let mut changed = token.clone().into_bytes();
        let at = at.index(changed.len());
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(verified(&changed, &keys).is_err(), "`{}` should be refused", changed);
    }
}
