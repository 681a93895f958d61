//! Tests of token requests: every parameter, and the error code of every refusal.

use proptest::prelude::*;

use super::*;
use crate::jws::JwsError;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

#[test]
fn every_parameter_of_token_request_is_read() {
    let body = b"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c\
        &resource=https%3A%2F%2Fmcp.example.com%2Fmcp&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%2Fsupport\
        &scope=tools%3Alist+tools%3Acall&client_id=claude-code&client_secret=s%26cret&unknown=1";
    let request = parse(Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"), body).unwrap();
    assert_eq!(
        request,
        TokenRequest {
            grant_type: JWT_BEARER.to_owned(),
            assertion: Some("a.b.c".to_owned()),
            resource: vec!["https://mcp.example.com/mcp".to_owned(), "https://mcp.example.com/mcp/support".to_owned(),],
            scope: Some(vec!["tools:list".to_owned(), "tools:call".to_owned()]),
            client_id: Some("claude-code".to_owned()),
            client_secret: Some("s&cret".to_owned()),
            ..TokenRequest::default()
        },
        "every parameter should be read, and an unknown one ignored"
    );
    assert!(matches!(request.grant(Grants::default()), Ok(Grant::Assertion("a.b.c"))), "the assertion to redeem");
    let shown = format!("{request:?}");
    assert!(!shown.contains("a.b.c") && !shown.contains("s&cret"), "a log should contain neither");
}

#[test]
fn repeated_parameter_is_refused() {
    for name in ["grant_type", "assertion", "scope", "client_id", "client_secret", "unknown"] {
        for values in [["a", "a"], ["a", "b"], ["", "a"]] {
            let body = format!("grant_type=x&{name}={}&{name}={}", values[0], values[1]);
            let error = parse(FORM, body.as_bytes()).unwrap_err();
            assert_eq!(error.error, "invalid_request", "`{body}`");
            assert_eq!(error.reason(), "token_request_repeated_parameter", "`{body}`");
        }
    }
    let error = parse(FORM, b"grant_type=x&sc%6Fpe=a&scope=a").unwrap_err();
    assert_eq!(error.reason(), "token_request_repeated_parameter", "names should be compared decoded");
}

#[test]
fn non_form_body_is_refused() {
    for content_type in [None, Some(""), Some("application/json"), Some("multipart/form-data")] {
        let error = parse(content_type, b"grant_type=x").unwrap_err();
        assert_eq!(error.reason(), "token_request_not_a_form", "{content_type:?}");
    }
    for body in [&b"grant_type=%"[..], b"grant_type=%ff", b"grant_type=x&assertion=a%00"] {
        let error = parse(FORM, body).unwrap_err();
        assert_eq!(error.reason(), "token_request_garbled", "{body:?}");
    }
    let error = parse(FORM, &vec![b'a'; MAX_BODY_BYTES + 1]).unwrap_err();
    assert_eq!(error.reason(), "token_request_too_large", "a large body");
}

#[test]
fn missing_or_malformed_parameter_is_refused() {
    for body in ["", "grant_type=", "assertion=a"] {
        let error = parse(FORM, body.as_bytes()).unwrap_err();
        assert_eq!(error.reason(), "token_request_missing_parameter", "`{body}`");
    }
    let error = parse(FORM, b"grant_type=x&scope=a++b").unwrap_err();
    assert_eq!(error.error, "invalid_scope", "a malformed scope");
    let body = format!("grant_type=x{}", "&resource=https://mcp.example.com/mcp".repeat(MAX_RESOURCES + 1));
    assert_eq!(parse(FORM, body.as_bytes()).unwrap_err().error, "invalid_target", "many resources");
}

fn grant(form: &str, has_sign_in: bool) -> Result<String, (&'static str, &'static str)> {
    let request = parse(FORM, form.as_bytes()).unwrap();
    match request.grant(Grants { sign_in: has_sign_in, services: has_sign_in }) {
        Ok(Grant::Assertion(text)) => Ok(format!("assertion {text}")),
        Ok(Grant::Code { code, verifier }) => Ok(format!("code {code} {verifier}")),
        Ok(Grant::Refresh(text)) => Ok(format!("refresh {text}")),
        Ok(Grant::Client) => Ok("client".to_owned()),
        Err(error) => {
            assert_eq!(error.status, 400, "{form}");
            Err((error.error, error.reason()))
        }
    }
}

#[test]
fn grant_is_read_by_its_type() {
    let unsupported = Err(("unsupported_grant_type", "unsupported_grant_type"));
    let missing = Err(("invalid_request", "token_request_missing_parameter"));
    let bearer = format!("grant_type={JWT_BEARER}");
    for (form, without, with) in [
        (format!("{bearer}&assertion=a"), Ok("assertion a"), Ok("assertion a")),
        (format!("{bearer}&assertion="), missing, missing),
        ("grant_type=authorization_code&code=c&code_verifier=v".to_owned(), unsupported, Ok("code c v")),
        ("grant_type=authorization_code&code_verifier=v".to_owned(), unsupported, missing),
        (
            "grant_type=authorization_code&code=c".to_owned(),
            unsupported,
            Err(("invalid_grant", "code_verifier_missing")),
        ),
        ("grant_type=refresh_token&refresh_token=r".to_owned(), unsupported, Ok("refresh r")),
        ("grant_type=refresh_token".to_owned(), unsupported, missing),
        ("grant_type=client_credentials&assertion=a".to_owned(), unsupported, Ok("client")),
        ("grant_type=JWT-BEARER&assertion=a".to_owned(), unsupported, unsupported),
        ("grant_type=Refresh_Token&refresh_token=r".to_owned(), unsupported, unsupported),
    ] {
        let expected = [without, with].map(|one| one.map(str::to_owned));
        assert_eq!([false, true].map(|has_sign_in| grant(&form, has_sign_in)), expected, "{form}");
    }
}

#[test]
fn codes_and_tokens_are_never_logged() {
    let request = parse(FORM, b"grant_type=x&code=c0de&code_verifier=ver1fier&refresh_token=t0ken").unwrap();
    let shown = format!("{request:?}");
    assert!(!["c0de", "ver1fier", "t0ken"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn client_assertion_is_detected() {
    let request = parse(FORM, b"grant_type=x&client_assertion=a.b.c").unwrap();
    assert!(
        request.client_assertion.is_some() || request.client_assertion_type.is_some(),
        "the method should be detected"
    );
}

#[test]
fn token_error_is_json_of_printable_ascii() {
    let error = TokenError::invalid_target("no \"such\"\nresource \u{e4}");
    let json: serde_json::Value = serde_json::from_slice(&error.to_json()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "error": "invalid_target", "error_description": "no ?such??resource ?" }),
        "RFC 6749 §5.2 allows printable ASCII without quotes"
    );
    let refused: TokenError = IdJagError::Token(JwsError::Expired).into();
    assert_eq!(
        (refused.error, refused.status, refused.reason()),
        ("invalid_grant", 400, "token_expired"),
        "a refused assertion is `invalid_grant`"
    );
}

#[test]
fn revocation_request_has_a_token_and_no_grant() {
    let parse = |body: &str| parse_revocation(Some("application/x-www-form-urlencoded"), body.as_bytes());
    let request = parse("token=F.1.S&token_type_hint=access_token&client_id=desk").unwrap();
    assert_eq!((request.token.as_deref(), request.client_id.as_deref()), (Some("F.1.S"), Some("desk")));
    assert!(!format!("{request:?}").contains("F.1.S"), "a log should not contain the token");
    for body in ["", "token=", "grant_type=refresh_token"] {
        assert_eq!(parse(body).unwrap_err().error, "invalid_request", "{body}");
    }
}

proptest! {
    #[test]
    fn token_requests_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(FORM, &body);
    }

    #[test]
    fn token_requests_with_real_names_never_panic(body in "((grant_type|resource|scope|assertion)=[ -~]{0,12}&){0,6}") {
        let _ = parse(FORM, body.as_bytes());
    }
}
