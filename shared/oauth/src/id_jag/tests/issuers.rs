//! Tests of ID-JAGs of ES256, RS256 and PS256 issuers, signed and published by another implementation.

use std::sync::LazyLock;

use jwt_simple::prelude::{
    Audiences, ECDSAP256KeyPairLike, ES256KeyPair, HeaderOptions, JWTClaims, PS256KeyPair, RS256KeyPair,
    RSAKeyPairLike, UnixTimeStamp,
};

use super::*;

static RSA: LazyLock<RS256KeyPair> = LazyLock::new(|| RS256KeyPair::generate(2048).unwrap().with_key_id("rsa"));

fn library_claims() -> JWTClaims<Value> {
    JWTClaims {
        issued_at: Some(UnixTimeStamp::from_secs(NOW)),
        expires_at: Some(UnixTimeStamp::from_secs(NOW + 300)),
        invalid_before: None,
        issuer: Some(ISSUER.to_owned()),
        subject: Some("alice".to_owned()),
        audiences: Some(Audiences::AsString(AUDIENCE.to_owned())),
        jwt_id: Some("one".to_owned()),
        nonce: None,
        custom: json!({ "client_id": "claude-code" }),
    }
}

fn library_header() -> HeaderOptions {
    HeaderOptions { signature_type: Some(TYPE.to_owned()), ..HeaderOptions::default() }
}

fn key_set(keys: &[String]) -> KeySet {
    KeySet::parse(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap()
}

#[test]
fn id_jag_of_es256_issuer_is_read() {
    let pair = ES256KeyPair::generate().with_key_id("p256");
    let token = pair.sign_with_options(library_claims(), &library_header()).unwrap();
    let keys = key_set(&[ES256KeyPair::generate().public_key().to_jwk(), pair.public_key().to_jwk()]);
    let verified = |algorithms| verify(&token, &keys, &expectation(algorithms)).map(|id_jag| id_jag.subject);
    assert_eq!(verified(&[Algorithm::Es256]).as_deref(), Ok("alice"), "the issuer's algorithm");
    assert_eq!(
        verified(&[Algorithm::Rs256, Algorithm::EdDsa]),
        Err(JwsError::AlgorithmRefused.into()),
        "the registry does not allow it for this issuer"
    );
}

#[test]
fn id_jag_of_rs256_issuer_is_read() {
    let token = RSA.sign_with_options(library_claims(), &library_header()).unwrap();
    let keys = key_set(&[RSA.public_key().to_jwk()]);
    let verified =
        |keys: &KeySet, algorithms| verify(&token, keys, &expectation(algorithms)).map(|id_jag| id_jag.subject);
    assert_eq!(verified(&keys, &[Algorithm::Rs256]).as_deref(), Ok("alice"), "the issuer's algorithm");
    assert_eq!(
        verified(&keys, &[Algorithm::Ps256]),
        Err(JwsError::AlgorithmRefused.into()),
        "the other padding is not allowed"
    );
    let other = testing::private_keys(1);
    assert_eq!(
        verified(other.public(), EVERY),
        Err(JwsError::UnknownKey.into()),
        "keys of another issuer should not verify it"
    );
}

#[test]
fn id_jag_of_ps256_issuer_is_read_with_key_without_alg() {
    let pair = PS256KeyPair::from_der(&RSA.to_der().unwrap()).unwrap().with_key_id("rsa");
    let token = pair.sign_with_options(library_claims(), &library_header()).unwrap();
    let mut jwk: Value = serde_json::from_str(&RSA.public_key().to_jwk()).unwrap();
    assert_eq!(
        verify(&token, &key_set(&[jwk.to_string()]), &expectation(EVERY)),
        Err(JwsError::WrongKeyType.into()),
        "a key for RS256 should not serve PS256"
    );
    jwk.as_object_mut().unwrap().remove("alg");
    let verified = verify(&token, &key_set(&[jwk.to_string()]), &expectation(&[Algorithm::Ps256]));
    assert_eq!(verified.map(|id_jag| id_jag.subject).as_deref(), Ok("alice"), "a key without `alg` should");
}
