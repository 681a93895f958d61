//! Tests of key sets: keys that are read, ignored or refused, and the choice of keys for a signature.

use jwt_simple::prelude::*;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::algorithm::Algorithm;
use crate::testing;

fn ed25519(seed: u8) -> Value {
    let document: Value = serde_json::from_str(&testing::private_keys(seed).public_json()).unwrap();
    document["keys"][0].clone()
}

fn p256() -> Value {
    serde_json::from_str(&ES256KeyPair::generate().public_key().to_jwk()).unwrap()
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn unusable_key_is_ignored() {
    let good = ed25519(1);
    for (case, other) in [
        ("unknown type", json!({"kty": "AKP", "pub": "AA", "alg": "ML-DSA-44"})),
        ("a shared secret", json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"})),
        ("another curve", json!({"kty": "OKP", "crv": "X25519", "x": good["x"]})),
        ("an algorithm of another type", with(ed25519(2), "alg", json!("ES256"))),
        ("an unknown algorithm", with(ed25519(2), "alg", json!("HS256"))),
        ("for encryption", with(ed25519(2), "use", json!("enc"))),
        ("not for verifying", with(ed25519(2), "key_ops", json!(["sign"]))),
        ("published with its private part", with(ed25519(2), "d", json!("AA"))),
        ("a point of the wrong length", with(ed25519(2), "x", json!("AAAA"))),
        ("a weak point", with(ed25519(2), "x", json!("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
        ("padding", with(ed25519(2), "x", json!(format!("{}=", good["x"].as_str().unwrap())))),
        ("half a point", with(p256(), "y", Value::Null)),
        ("a short coordinate", with(p256(), "y", json!("AQ"))),
        ("a point off the curve", with(p256(), "y", p256()["y"].clone())),
        ("an empty modulus", json!({"kty": "RSA", "n": "", "e": "AQAB"})),
        ("a short modulus", json!({"kty": "RSA", "n": "_".repeat(171), "e": "AQAB"})),
        ("a number", json!(5)),
        ("an array", json!(["OKP"])),
    ] {
        let parsed = KeySet::parse(&set(&[other.clone(), good.clone()])).unwrap();
        assert_eq!(parsed.len(), 1, "{case} should be ignored");
        assert_eq!(
            KeySet::parse(&set(&[other])).unwrap_err(),
            KeySetError::NoUsableKey,
            "{case} alone should not be a key set"
        );
    }
}

#[test]
fn unknown_member_of_key_is_ignored() {
    let key = with(p256(), "x5c", json!(["MIIB"]));
    assert!(KeySet::parse(&set(&[with(key, "x5t#S256", json!("AA"))])).is_ok(), "RFC 7517 §4");
}

#[test]
fn key_set_is_bounded() {
    let full = vec![ed25519(1); KeySet::MAX_KEYS];
    assert!(KeySet::parse(&set(&full)).is_ok(), "the maximum number of keys should be read");
    let over = vec![ed25519(1); KeySet::MAX_KEYS + 1];
    assert_eq!(KeySet::parse(&set(&over)).unwrap_err(), KeySetError::TooManyKeys, "one more");
    let large = " ".repeat(KeySet::MAX_BYTES + 1);
    assert_eq!(KeySet::parse(&large).unwrap_err(), KeySetError::TooLarge, "a large document");
}

#[test]
fn malformed_key_set_is_refused() {
    for document in ["", "{}", "[]", "null", r#"{"keys":{}}"#, r#"{"keys":[]"#, "{\"keys\":1}"] {
        assert_eq!(
            KeySet::parse(document).unwrap_err(),
            KeySetError::Malformed,
            "`{document}` should not be a key set"
        );
    }
}

#[test]
fn key_id_selects_its_key_only() {
    let keys = testing::private_key_set(&[1, 2]);
    let id = keys.signing_key_id();
    let chosen = keys.public().choose(Some(id), Algorithm::EdDsa).unwrap();
    assert_eq!(chosen.len(), 1, "an id should select its key");
    assert!(keys.public().contains(id), "the id should be known");
    assert!(!keys.public().contains("other"), "another id should not be known");
    assert_eq!(
        keys.public().choose(Some("other"), Algorithm::EdDsa).unwrap_err(),
        KeyChoiceError::Unknown,
        "an unknown id should not fall back to the other keys"
    );
    assert_eq!(
        keys.public().choose(Some(id), Algorithm::Rs256).unwrap_err(),
        KeyChoiceError::OtherType,
        "an id should not turn a key into one of another type"
    );
}

#[test]
fn choice_without_key_id_is_bounded() {
    let mut keys: Vec<Value> = (1..=9).map(ed25519).collect();
    keys.push(p256());
    let keys = KeySet::parse(&set(&keys)).unwrap();
    assert_eq!(
        keys.choose(None, Algorithm::EdDsa).unwrap().len(),
        KeySet::MAX_TRIES,
        "the number of tries should be bounded"
    );
    assert_eq!(keys.choose(None, Algorithm::Es256).unwrap().len(), 1, "only the P-256 key fits");
    assert_eq!(keys.choose(None, Algorithm::Ps256).unwrap_err(), KeyChoiceError::OtherType, "no RSA key is there");
}

#[test]
fn generated_key_is_read_by_private_key_set() {
    let keys = testing::private_key_set(&[1, 2]);
    assert_eq!(keys.public().len(), 2, "both keys should verify");
    let public: Value = serde_json::from_str(&keys.public_json()).unwrap();
    assert_eq!(public["keys"][0]["kid"], keys.signing_key_id(), "the first key signs");
    assert!(!keys.public_json().contains(r#""d""#), "the private part should never be published");
    assert!(KeySet::parse(&keys.public_json()).is_ok(), "the document should be a key set");
    let shown = format!("{keys:?}");
    let private: Value = serde_json::from_str(&testing::private_json(&[1])).unwrap();
    assert!(!shown.contains(private["keys"][0]["d"].as_str().unwrap()), "a log should not contain the private part");
}

#[test]
fn kid_of_generated_key_is_its_thumbprint() {
    // RFC 8037 appendix A.1 and A.3.
    let mut seed = [0u8; 32];
    let hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    for (byte, at) in seed.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    }
    let key: Value = serde_json::from_str(&generate(seed).unwrap()).unwrap();
    assert_eq!(key["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "the RFC's public key");
    assert_eq!(key["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "the RFC's thumbprint");
    assert_eq!(generate([0; 32]), Err(PrivateKeySetError::NotAPair), "no key is made without entropy");
}

#[test]
fn private_key_set_is_read_strictly() {
    let key = || -> Value {
        let document: Value = serde_json::from_str(&testing::private_json(&[1])).unwrap();
        document["keys"][0].clone()
    };
    for (keys, expected) in [
        (vec![], PrivateKeySetError::Count),
        (vec![key(); 9], PrivateKeySetError::Count),
        (vec![key(), key()], PrivateKeySetError::KeyId),
        (vec![with(key(), "kid", Value::Null)], PrivateKeySetError::KeyId),
        (vec![with(key(), "kid", json!(""))], PrivateKeySetError::KeyId),
        (vec![with(key(), "kty", json!("EC"))], PrivateKeySetError::NotEd25519),
        (vec![with(key(), "crv", json!("X25519"))], PrivateKeySetError::NotEd25519),
        (vec![with(key(), "d", Value::Null)], PrivateKeySetError::NotAPair),
        (vec![with(key(), "x", ed25519(2)["x"].clone())], PrivateKeySetError::NotAPair),
        (vec![with(key(), "x", Value::Null)], PrivateKeySetError::NotAPair),
        (vec![json!({"kty": 5})], PrivateKeySetError::Malformed),
    ] {
        assert_eq!(PrivateKeySet::parse(&set(&keys)).unwrap_err(), expected, "{} should be refused", set(&keys));
    }
}

proptest! {
    #[test]
    fn key_sets_never_panic(document in any::<String>()) {
        let _ = KeySet::parse(&document);
        let _ = PrivateKeySet::parse(&document);
    }

    #[test]
    fn keys_never_panic(
        kty in "(OKP|EC|RSA|oct)",
        crv in prop::option::of("(Ed25519|P-256|X25519)"),
        alg in prop::option::of("(EdDSA|ES256|RS256|PS256|none)"),
        material in prop::collection::vec("[A-Za-z0-9_-]{0,360}", 5),
        lengths in prop::collection::vec(any::<bool>(), 5),
    ) {
        // 43 characters are 32 bytes, the length of a valid key; the unused bits of the last character must be zero.
        let member = |at: usize| -> String {
            let text = &material[at];
            if lengths[at] { format!("{text:A<42.42}A") } else { text.clone() }
        };
        let key = json!({
            "kty": kty, "crv": crv, "alg": alg,
            "x": member(0), "y": member(1), "n": member(2), "e": member(3),
        });
        let _ = KeySet::parse(&set(std::slice::from_ref(&key)));
        let _ = PrivateKeySet::parse(&set(&[with(with(key, "d", json!(member(4))), "kid", json!("a"))]));
    }
}
