//! Tests of the cryptography and the parsers on wasm32, which must use neither a clock nor a random source.
#![cfg(target_arch = "wasm32")]

use oauth::access_token::{self, Claims};
use oauth::dpop::{self, nonce};
use oauth::jwk::{self, KeySet, PrivateKeySet};
use oauth::{client_authentication, jws, token_request};
use wasm_bindgen_test::wasm_bindgen_test;

fn keys() -> PrivateKeySet {
    let key = jwk::generate([7; 32]).unwrap();
    PrivateKeySet::parse(&format!(r#"{{"keys":[{key}]}}"#)).unwrap()
}

#[wasm_bindgen_test]
fn access_token_round_trips() {
    let keys = keys();
    let claims = Claims {
        issuer: "https://mcp.example.com".to_owned(),
        subject: "alice".to_owned(),
        audience: "https://mcp.example.com/mcp".to_owned(),
        client_id: "claude-code".to_owned(),
        issued_at: 1_795_132_800,
        began_at: 1_795_132_800,
        expires_at: 1_795_133_400,
        jti: "one".to_owned(),
        scope: vec!["tools:list".to_owned()],
        groups: vec!["support".to_owned()],
        team: None,
        project: None,
        tenant: None,
        identity_provider: "https://idp.example.com".to_owned(),
        acr: None,
        amr: vec![],
        auth_time: None,
        audience_subject: None,
        key_thumbprint: None,
    };
    let token = access_token::mint(&keys, &claims).unwrap();
    let at = |now| access_token::verify(&token, keys.public(), &claims.issuer, &claims.audience, now);
    assert_eq!(at(1_795_132_900), Ok(claims.clone()), "every claim should come back");
    assert_eq!(
        at(1_795_133_461).map_err(|error| error.reason()),
        Err("token_expired"),
        "only the given time should count"
    );
}

#[wasm_bindgen_test]
fn signing_is_deterministic() {
    let claims = serde_json::json!({ "epoch": 1_795_132_800_000_u64, "name": "head" });
    let token = jws::sign(&keys(), "weir-record+jwt", &claims).unwrap();
    assert_eq!(token, jws::sign(&keys(), "weir-record+jwt", &claims).unwrap(), "no randomness");
    let public = KeySet::parse(&keys().public_json()).unwrap();
    assert_eq!(jws::verify(&token, &public, "weir-record+jwt"), Ok(claims), "the same claims");
}

#[wasm_bindgen_test]
fn token_request_is_read() {
    let request = token_request::parse(
        Some("application/x-www-form-urlencoded"),
        b"grant_type=x&client_id=claude-code&client_secret=s%26cret",
    )
    .unwrap();
    let presented = client_authentication::read_credentials(&http::HeaderMap::new(), &request).unwrap();
    let hashes = [client_authentication::hash("s&cret")];
    assert_eq!(client_authentication::check(&presented, &hashes), Ok(()), "the secret should match");
}

/// The proof of RFC 9449 §4.1.
#[wasm_bindgen_test]
fn dpop_proof_is_verified() {
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZ\
        OXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIs\
        ImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmV\
        yLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4Pt\
        FLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let url = "https://server.example.com/token";
    let at = |now| dpop::verify(proof, &dpop::Expectation { method: "POST", url, access_token: None, now });
    let thumbprint = at(1_562_262_620).map(|proof| proof.thumbprint);
    assert_eq!(thumbprint.as_deref(), Ok("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"), "the key of §6.1");
    assert_eq!(at(1_562_263_000), Err(dpop::ProofError::WrongTime), "only the given time should count");
    let made = nonce::make(&keys(), 1_795_132_800);
    assert_eq!(nonce::check(&keys(), &made, 1_795_132_800), Some(nonce::Age::Current), "a nonce should be known again");
}
