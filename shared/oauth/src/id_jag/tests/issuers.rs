//! ID-JAGs of ES256, RS256 and PS256 issuers, signed and published by another implementation than ours.

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
fn id_jag_of_an_es256_issuer_is_read() {
    let pair = ES256KeyPair::generate().with_key_id("p256");
    let token = pair.sign_with_options(library_claims(), &library_header()).unwrap();
    let keys = key_set(&[ES256KeyPair::generate().public_key().to_jwk(), pair.public_key().to_jwk()]);
    let verdict = |algorithms| verify(&token, &keys, &expectation(algorithms)).map(|id_jag| id_jag.subject);
    assert_eq!(verdict(&[Algorithm::Es256]).as_deref(), Ok("alice"), "the issuer's algorithm");
    assert_eq!(
        verdict(&[Algorithm::Rs256, Algorithm::EdDsa]),
        Err(JwsError::AlgorithmRefused.into()),
        "the registry did not allow it for this issuer"
    );
}

#[test]
fn id_jag_of_an_rs256_issuer_is_read() {
    let token = RSA.sign_with_options(library_claims(), &library_header()).unwrap();
    let keys = key_set(&[RSA.public_key().to_jwk()]);
    let verdict =
        |keys: &KeySet, algorithms| verify(&token, keys, &expectation(algorithms)).map(|id_jag| id_jag.subject);
    assert_eq!(verdict(&keys, &[Algorithm::Rs256]).as_deref(), Ok("alice"), "the issuer's algorithm");
    assert_eq!(
        verdict(&keys, &[Algorithm::Ps256]),
        Err(JwsError::AlgorithmRefused.into()),
        "the other padding was not allowed"
    );
    let other = testing::private_keys(1);
    assert_eq!(verdict(other.public(), EVERY), Err(JwsError::UnknownKey.into()), "another issuer's keys should not do");
}

#[test]
fn id_jag_of_a_ps256_issuer_is_read_with_a_key_that_names_no_algorithm() {
    let pair = PS256KeyPair::from_der(&RSA.to_der().unwrap()).unwrap().with_key_id("rsa");
    let token = pair.sign_with_options(library_claims(), &library_header()).unwrap();
    let mut jwk: Value = serde_json::from_str(&RSA.public_key().to_jwk()).unwrap();
    assert_eq!(
        verify(&token, &key_set(&[jwk.to_string()]), &expectation(EVERY)),
        Err(JwsError::WrongKeyType.into()),
        "a key for RS256 should not serve PS256"
    );
    jwk.as_object_mut().unwrap().remove("alg");
    let verdict = verify(&token, &key_set(&[jwk.to_string()]), &expectation(&[Algorithm::Ps256]));
    assert_eq!(verdict.map(|id_jag| id_jag.subject).as_deref(), Ok("alice"), "an open key should");
}
