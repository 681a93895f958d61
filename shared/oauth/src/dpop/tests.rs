//! Tests of proofs: each rule of RFC 9449 §4.3.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::{self, forge, forge_with, hmac_sha256};

const URL: &str = "https://mcp.example.com/mcp";
const NOW: u64 = 1_795_132_800;
const TOKEN: &str = "a.b.c";

fn ed25519(seed: u8) -> (crate::jwk::PrivateKeySet, Value) {
    let keys = testing::private_keys(seed);
    let set: Value = serde_json::from_str(&keys.public_json()).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": set["keys"][0]["x"] });
    (keys, jwk)
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": ed25519(1).1 })
}

fn claims() -> Value {
    let ath = URL_SAFE_NO_PAD.encode(Sha256::digest(TOKEN));
    json!({ "jti": "one", "htm": "POST", "htu": URL, "iat": NOW, "ath": ath, "nonce": "n" })
}

fn verified(proof: &str) -> Result<Proof, ProofError> {
    verify(proof, &Expectation { method: "POST", url: URL, access_token: Some(TOKEN), now: NOW })
}

fn checked(header: &Value, claims: &Value) -> Result<Proof, ProofError> {
    verified(&forge(&ed25519(1).0, header, claims))
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

#[test]
fn proof_tells_the_thumbprint_of_its_key() {
    let proof = checked(&header(), &claims()).unwrap();
    // RFC 7638 §3 over the members in lexicographic order.
    let jwk = ed25519(1).1;
    let text = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":{}}}"#, jwk["x"]);
    assert_eq!(proof.thumbprint, URL_SAFE_NO_PAD.encode(Sha256::digest(text)));
    assert!(is_thumbprint(&proof.thumbprint));
    assert_eq!((proof.jti.as_str(), proof.issued_at, proof.nonce.as_deref()), ("one", NOW, Some("n")));
    let with_members = with(header(), "jwk", with(jwk, "kid", json!("other")));
    assert_eq!(checked(&with_members, &claims()).unwrap().thumbprint, proof.thumbprint, "other members don't count");
    assert!(checked(&with(header(), "kid", json!("k")), &claims()).is_ok(), "a `kid` chooses nothing");
}

/// The proof of RFC 9449 §4.1, with its own key and thumbprint (§6.1).
#[test]
fn example_of_the_rfc_is_accepted() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZ\
        OXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIs\
        ImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmV\
        yLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4Pt\
        FLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let expectation =
        Expectation { method: "POST", url: "https://server.example.com/token", access_token: None, now: 1_562_262_620 };
    let proof = verify(proof, &expectation).unwrap();
    assert_eq!(proof.thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn every_broken_claim_is_refused() {
    use ProofError as E;
    for (name, value, expected) in [
        ("htm", json!("GET"), E::WrongMethod),
        ("htm", json!("post"), E::WrongMethod),
        ("htm", Value::Null, E::Missing("htm")),
        ("htu", json!("https://mcp.example.com/mcp/support"), E::WrongUrl),
        ("htu", json!("https://mcp.example.com/oauth/token"), E::WrongUrl),
        ("htu", json!("https://evil.example.com/mcp"), E::WrongUrl),
        ("htu", json!("http://mcp.example.com/mcp"), E::WrongUrl),
        ("htu", json!("https://mcp.example.com:8443/mcp"), E::WrongUrl),
        ("htu", json!("https://mcp.example.com/MCP"), E::WrongUrl),
        ("htu", json!("https://mcp.example.com@evil.example.com/mcp"), E::WrongUrl),
        ("htu", json!("/mcp"), E::WrongUrl),
        ("htu", json!(7), E::Malformed("htu")),
        ("htu", Value::Null, E::Missing("htu")),
        ("iat", json!(NOW - 301), E::WrongTime),
        ("iat", json!(NOW + 301), E::WrongTime),
        ("iat", Value::Null, E::Missing("iat")),
        ("ath", json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"), E::WrongToken),
        ("ath", Value::Null, E::Missing("ath")),
        ("jti", json!(""), E::Malformed("jti")),
        ("jti", json!("x".repeat(513)), E::Malformed("jti")),
        ("jti", Value::Null, E::Missing("jti")),
        ("nonce", json!("a\nb"), E::Malformed("nonce")),
    ] {
        assert_eq!(checked(&header(), &with(claims(), name, value.clone())), Err(expected), "`{name}` {value}");
    }
    for (name, value) in [
        ("iat", json!(NOW - 300)),
        ("iat", json!(NOW + 300)),
        ("htu", json!("HTTPS://MCP.example.com:443/mcp/?query#fragment")),
        ("nonce", Value::Null),
    ] {
        assert!(checked(&header(), &with(claims(), name, value.clone())).is_ok(), "`{name}` {value}");
    }
}

#[test]
fn every_broken_header_is_refused() {
    use ProofError as E;
    let (_, jwk) = ed25519(1);
    let oct = json!({ "kty": "oct", "k": jwk["x"] });
    for (name, value, expected) in [
        ("typ", json!("JWT"), E::Token(JwsError::WrongType)),
        ("typ", Value::Null, E::Token(JwsError::WrongType)),
        ("alg", json!("none"), E::Token(JwsError::AlgorithmRefused)),
        ("alg", json!("HS256"), E::Token(JwsError::AlgorithmRefused)),
        ("alg", json!("RS256"), E::Token(JwsError::AlgorithmRefused)),
        ("alg", json!("ES256"), E::Token(JwsError::WrongKeyType)),
        ("crit", json!(["b64"]), E::Token(JwsError::CriticalHeader)),
        ("jwk", Value::Null, E::Key),
        ("jwk", json!("https://evil.example.com/jwks"), E::Key),
        ("jwk", json!({}), E::Key),
        ("jwk", oct, E::Key),
        ("jwk", with(jwk.clone(), "d", json!("AAAA")), E::Key),
        ("jwk", with(jwk, "crv", json!("X25519")), E::Key),
        ("jwk", ed25519(2).1, E::Token(JwsError::BadSignature)),
    ] {
        assert_eq!(checked(&with(header(), name, value.clone()), &claims()), Err(expected), "`{name}` {value}");
    }
    let unsigned = forge_with(&with(header(), "alg", json!("none")), &claims(), |_| Vec::new());
    assert_eq!(verified(&unsigned), Err(E::Token(JwsError::AlgorithmRefused)), "no signature");
    let public = serde_json::to_vec(&ed25519(1).1).unwrap();
    let confused = forge_with(&with(header(), "alg", json!("HS256")), &claims(), |text| hmac_sha256(&public, text));
    assert_eq!(verified(&confused), Err(E::Token(JwsError::AlgorithmRefused)), "the public key as a secret");
    let long = with(claims(), "padding", json!("x".repeat(MAX_PROOF_BYTES)));
    assert_eq!(checked(&header(), &long), Err(E::Token(JwsError::TooLong)), "a long proof");
    for text in ["", "x", "a.b.c", "..", "a.b.c.d.e"] {
        assert!(verified(text).is_err(), "{text:?}");
    }
}

#[test]
fn request_has_one_proof_or_none() {
    let mut headers = HeaderMap::new();
    assert_eq!(read(&headers), Ok(None));
    headers.append(HEADER, "a.b.c".parse().unwrap());
    assert_eq!(read(&headers), Ok(Some("a.b.c")));
    headers.append(HEADER, "a.b.c".parse().unwrap());
    assert_eq!(read(&headers), Err(ProofError::Repeated));
}

proptest! {
    #[test]
    fn verify_never_panics(proof in any::<String>(), htu in any::<String>()) {
        let _ = verified(&proof);
        let _ = is_same_url(&htu, URL);
        let _ = checked(&header(), &with(claims(), "htu", json!(htu)));
    }
}
