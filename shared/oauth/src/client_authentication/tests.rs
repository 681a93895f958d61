//! Tests of client authentication by header and by body, and of requests that use both or neither.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use proptest::prelude::*;

use super::*;
use crate::token_request;

fn basic(credentials: &str) -> HeaderMap {
    header(&format!("Basic {}", STANDARD.encode(credentials)))
}

fn header(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
    headers
}

fn request(parameters: &str) -> TokenRequest {
    token_request::parse(Some("application/x-www-form-urlencoded"), format!("grant_type=x&{parameters}").as_bytes())
        .unwrap()
}

#[test]
fn client_secret_basic_decodes_percent_encoding() {
    for (credentials, client_id, secret) in [
        ("claude-code:s3cret", "claude-code", "s3cret"),
        ("claude%2Dcode:s%3Acr%25t", "claude-code", "s:cr%t"),
        ("https%3A%2F%2Fclient.example.com%2Fmcp:a+b%2B%C3%A4", "https://client.example.com/mcp", "a b+ä"),
        ("claude-code:a:b", "claude-code", "a:b"),
        ("claude-code:a&b=c", "claude-code", "a&b=c"),
    ] {
        let presented = read_credentials(&basic(credentials), &request("")).unwrap();
        assert_eq!(presented.client_id, client_id, "the id of `{credentials}`");
        assert_eq!(check(&presented, &[hash(secret)]), Ok(()), "the secret of `{credentials}`");
    }
}

#[test]
fn client_secret_post_reads_body() {
    let presented = read_credentials(&HeaderMap::new(), &request("client_id=claude-code&client_secret=a%26b")).unwrap();
    assert_eq!(presented.client_id, "claude-code", "the id of the body");
    assert_eq!(check(&presented, &[hash("a&b")]), Ok(()), "the secret of the body");
    assert!(!format!("{presented:?}").contains("a&b"), "a log should not contain the secret");
}

#[test]
fn more_than_one_method_is_refused() {
    let mut twice = basic("claude-code:s3cret");
    twice.append(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    for (headers, parameters) in [
        (basic("claude-code:s3cret"), "client_id=claude-code&client_secret=s3cret"),
        (basic("claude-code:s3cret"), "client_secret=s3cret"),
        (basic("claude-code:s3cret"), "client_assertion=a.b.c"),
        (HeaderMap::new(), "client_id=claude-code&client_secret=s3cret&client_assertion=a.b.c"),
        (twice, ""),
    ] {
        let error = read_credentials(&headers, &request(parameters)).unwrap_err();
        assert_eq!(error, ClientAuthenticationError::MoreThanOne, "header and `{parameters}`");
        let refusal = TokenError::from(error);
        assert_eq!((refusal.error, refusal.status), ("invalid_request", 400), "RFC 6749 §2.3");
    }
}

#[test]
fn client_id_in_body_must_equal_header() {
    let headers = basic("claude-code:s3cret");
    assert!(read_credentials(&headers, &request("client_id=claude-code")).is_ok(), "the same id");
    assert_eq!(
        read_credentials(&headers, &request("client_id=cursor")).unwrap_err(),
        ClientAuthenticationError::TwoClients,
        "another id"
    );
}

#[test]
fn missing_unsupported_and_malformed_credentials_are_refused() {
    use ClientAuthenticationError as E;
    for (headers, parameters, expected) in [
        (HeaderMap::new(), "", E::Missing),
        (HeaderMap::new(), "client_secret=s3cret", E::Missing),
        (HeaderMap::new(), "client_id=claude-code&client_assertion=a.b.c", E::Unsupported),
        (HeaderMap::new(), "client_assertion=a.b.c&client_assertion_type=saml", E::Unsupported),
        (HeaderMap::new(), &format!("client_id=claude-code&client_assertion_type={ASSERTION_TYPE}"), E::Missing),
        (
            HeaderMap::new(),
            &format!("client_assertion=a.b.c&client_assertion_type={ASSERTION_TYPE}"),
            E::Assertion(JwsError::Garbled.into()),
        ),
        (header("Bearer abc"), "", E::Unsupported),
        (header("Basic"), "", E::Garbled),
        (header("Basic !!!"), "", E::Garbled),
        (basic("no-colon"), "", E::Garbled),
        (basic(":s3cret"), "", E::Garbled),
        (basic("claude-code:"), "", E::Garbled),
        (basic("claude-code:%zz"), "", E::Garbled),
        (basic("claude%0Acode:s3cret"), "", E::Garbled),
        (basic(&format!("a:{}", "x".repeat(MAX_SECRET_BYTES + 1))), "", E::Garbled),
    ] {
        let error = read_credentials(&headers, &request(parameters)).unwrap_err();
        assert_eq!(error, expected, "{headers:?} and `{parameters}`");
        let refusal = TokenError::from(error);
        assert_eq!((refusal.error, refusal.status), ("invalid_client", 401), "RFC 6749 §5.2");
    }
}

#[test]
fn client_without_secret_authenticates_as_no_confidential_one() {
    let bare = read_credentials(&HeaderMap::new(), &request("client_id=claude-code")).unwrap();
    assert!(bare.is_bare(), "it named itself only");
    assert_eq!(check(&bare, &[hash("s3cret")]), Err(ClientAuthenticationError::Missing), "a client with a secret");
    assert_eq!(check::<String>(&bare, &[]), Err(ClientAuthenticationError::Missing), "an unknown client");
    let presented = read_credentials(&basic("claude-code:s3cret"), &request("")).unwrap();
    assert!(!presented.is_bare(), "a secret is more than a name");
}

#[test]
fn client_assertion_names_its_client_and_verifies_with_its_keys() {
    const ISSUER: &str = "https://mcp.example.com";
    let keys = crate::testing::private_keys(1);
    let claims = serde_json::json!({ "iss": "a", "sub": "a", "aud": ISSUER, "jti": "1", "exp": 1_000 });
    let assertion = crate::testing::forge(&keys, &serde_json::json!({ "alg": "EdDSA" }), &claims);
    let text = format!("client_assertion={assertion}&client_assertion_type={ASSERTION_TYPE}");
    let presented = read_credentials(&HeaderMap::new(), &request(&text)).unwrap();
    assert_eq!((presented.client_id.as_str(), presented.is_bare()), ("a", false), "the subject is the client");
    assert!(!format!("{presented:?}").contains(&assertion), "a log should not contain the assertion");
    assert!(check_assertion(&presented, keys.public(), ISSUER, 900).is_ok(), "its own keys");
    let refused = Err(ClientAuthenticationError::Refused);
    assert_eq!(check_assertion(&presented, &KeySet::empty(), ISSUER, 900), refused, "an unknown client");
    let other = crate::testing::private_keys(2);
    assert_eq!(check_assertion(&presented, other.public(), ISSUER, 900), refused, "another key looks alike");
    assert_eq!(check(&presented, &[hash(&assertion)]), Err(ClientAuthenticationError::Refused), "no secret");
    let beside = |id: &str| read_credentials(&HeaderMap::new(), &request(&format!("client_id={id}&{text}")));
    assert!(beside("a").is_ok(), "the same id beside it");
    assert_eq!(beside("b").unwrap_err(), ClientAuthenticationError::TwoClients, "another id beside it");
}

#[test]
fn only_live_secrets_authenticate() {
    let presented = read_credentials(&basic("claude-code:new"), &request("")).unwrap();
    assert_eq!(check(&presented, &[hash("old"), hash("new")]), Ok(()), "the second of two");
    for hashes in [vec![], vec![hash("old")], vec!["new".to_owned()], vec![String::new()]] {
        assert_eq!(
            check(&presented, &hashes),
            Err(ClientAuthenticationError::Refused),
            "{hashes:?} should not match; an unknown client has none"
        );
    }
}

#[test]
fn hash_has_one_spelling() {
    let hash = hash("s3cret");
    assert!(is_hash(&hash), "`{hash}` should be a hash");
    for text in [
        "",
        "sha256:",
        "s3cret",
        &hash.to_uppercase(),
        &hash[..70],
        &format!("{hash}0"),
        &hash.replace("sha256", "sha1"),
    ] {
        assert!(!is_hash(text), "`{text}` should not be a hash");
    }
}

proptest! {
    #[test]
    fn presented_never_panics(value in prop::collection::vec(any::<u8>(), 0..60), client_id in any::<Option<String>>()) {
        let mut request = request("");
        request.client_id = client_id;
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            let mut headers = HeaderMap::new();
            headers.append(AUTHORIZATION, value);
            let _ = read_credentials(&headers, &request);
        }
    }
}
