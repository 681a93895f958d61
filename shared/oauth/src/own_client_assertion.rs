//! Weir's client assertion: a short JWT with which it authenticates at another authorization server (RFC 7523 §2.2,
//! §3).
//!
//! ```text
//! header  {"alg":"ES256","kid":"…","typ":"JWT"}
//! claims  {"iss":"weir","sub":"weir","aud":"https://auth.example.com","iat":…,"exp":iat+60,"jti":"…"}
//! ```

use serde::Serialize;

use crate::jwk::ClientKey;
use crate::jws::{PLAIN_TYPE, SignError};

/// The lifetime of an assertion, in seconds: enough for one request and the difference of two clocks.
pub const LIFETIME_SECONDS: u64 = 60;

/// The claims of an assertion.
#[derive(Clone, Copy, Debug)]
pub struct ClientAssertion<'a> {
    /// `iss` and `sub`: Weir's client id there.
    pub client_id: &'a str,
    /// `aud`: the authorization server's issuer identifier, or its token endpoint.
    pub audience: &'a str,
    /// `iat`, in Unix seconds; `exp` is [`LIFETIME_SECONDS`] later.
    pub issued_at: u64,
    /// `jti`: unique.
    pub jti: &'a str,
}

/// Mints the assertion.
///
/// # Errors
/// [`SignError`] if the key can't sign, which does not happen for one that could be read.
pub fn mint(key: &ClientKey, assertion: &ClientAssertion<'_>) -> Result<String, SignError> {
    #[derive(Serialize)]
    struct Claims<'a> {
        iss: &'a str,
        sub: &'a str,
        aud: &'a str,
        iat: u64,
        exp: u64,
        jti: &'a str,
    }
    let ClientAssertion { client_id, audience, issued_at, jti } = *assertion;
    let exp = issued_at.saturating_add(LIFETIME_SECONDS);
    key.sign(PLAIN_TYPE, &Claims { iss: client_id, sub: client_id, aud: audience, iat: issued_at, exp, jti })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use p256::ecdsa::SigningKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::algorithm::Algorithm;
    use crate::jwk::{ClientKeyError, KeySet};
    use crate::jws::{self, Requirement};
    use crate::testing;

    /// A private P-256 JWK.
    fn p256() -> Value {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let point = key.verifying_key().to_sec1_point(false);
        let half = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point.as_bytes()[range]);
        json!({
            "kty": "EC", "crv": "P-256", "kid": "weir-1", "x": half(1..33), "y": half(33..65),
            "d": URL_SAFE_NO_PAD.encode([7; 32]),
        })
    }

    fn set(key: &Value) -> String {
        json!({ "keys": [key] }).to_string()
    }

    #[test]
    fn assertion_is_verified_with_the_public_half() {
        let ed25519: Value = serde_json::from_str::<Value>(&testing::private_json(&[1])).unwrap()["keys"][0].clone();
        for (key, algorithm) in [(p256(), Algorithm::Es256), (ed25519, Algorithm::EdDsa)] {
            let mut public = key.clone();
            public.as_object_mut().unwrap().remove("d");
            let keys = KeySet::parse(&set(&public)).unwrap();
            let own = ClientKey::parse(&set(&key)).unwrap();
            assert!(!format!("{own:?}").contains(key["d"].as_str().unwrap()), "a log should not contain the key");
            let assertion = ClientAssertion {
                client_id: "weir",
                audience: "https://auth.example.com",
                issued_at: 1000,
                jti: "one",
            };
            let token = mint(&own, &assertion).unwrap();
            let requirement = Requirement { types: &[PLAIN_TYPE], algorithms: &[algorithm], now: Some(1030) };
            let claims = jws::open(&token, &keys, &requirement).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            let expected = json!({
                "iss": "weir", "sub": "weir", "aud": "https://auth.example.com", "iat": 1000, "exp": 1060, "jti": "one",
            });
            assert_eq!(claims, expected, "{algorithm}");
        }
    }

    #[test]
    fn key_that_is_no_pair_is_refused() {
        use ClientKeyError::{KeyId, Malformed, NotAPair, UnknownType};
        let changed = |name: &str, value: Value| {
            let mut key = p256();
            key[name] = value;
            set(&key)
        };
        for (document, error) in [
            ("a secret".to_owned(), Malformed),
            (json!({ "keys": [] }).to_string(), Malformed),
            (p256().to_string(), Malformed),
            (changed("kid", json!("")), KeyId),
            (changed("kty", json!("RSA")), UnknownType),
            (changed("crv", json!("P-384")), UnknownType),
            (changed("d", json!("AAAA")), NotAPair),
            (changed("d", Value::Null), NotAPair),
            (changed("d", json!(URL_SAFE_NO_PAD.encode([8; 32]))), NotAPair),
            (changed("y", Value::Null), NotAPair),
        ] {
            assert_eq!(ClientKey::parse(&document).unwrap_err(), error, "{document}");
        }
    }
}
