//! Tests of authorization requests: each parameter, and whether its error is a page or goes to the redirect URI.

use proptest::prelude::*;

use super::*;

const URL: &str = "https://mcp.example.com";
const VALID: &str = "response_type=code&client_id=claude-code&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb&state=xyz\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

fn asked(query: &str) -> Result<Asked, AuthorizationError> {
    parse(query).unwrap_or_else(|error| panic!("`{query}`: {error}")).asked(URL)
}

#[test]
fn every_parameter_is_read() {
    let query = format!(
        "{VALID}&scope=tools%3Acall+tools%3Alist&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%2Fsupport&prompt=login"
    );
    let request = parse(&query).unwrap();
    assert_eq!(request.client_id, "claude-code");
    assert_eq!(request.redirect_uri.as_deref(), Some("http://localhost:1/cb"));
    assert_eq!(request.state.as_deref(), Some("xyz"));
    let asked = request.asked(URL).unwrap();
    assert_eq!(asked.scope, ["tools:list", "tools:call"]);
    assert_eq!(asked.resource, "https://mcp.example.com/mcp/support");
    assert_eq!(asked.challenge.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn absent_scope_and_resource_have_defaults() {
    let found = asked(VALID).unwrap();
    assert_eq!(found.scope, scope::KNOWN);
    assert_eq!(found.resource, "https://mcp.example.com/mcp");
    let general = asked(&format!("{VALID}&scope=openid+offline_access")).unwrap();
    assert_eq!(general.scope, scope::KNOWN, "scopes of sign-in alone should ask for everything");
    let mixed = asked(&format!("{VALID}&scope=offline_access+tools%3Alist+other")).unwrap();
    assert_eq!(mixed.scope, ["tools:list"], "unknown scopes should be left out");
}

#[test]
fn ambiguous_request_is_a_page() {
    let long_state = format!("client_id=a&state={}", "s".repeat(MAX_STATE_BYTES + 1));
    let long_client = format!("client_id={}", "c".repeat(513));
    let long_query = "a".repeat(MAX_QUERY_BYTES + 1);
    for (query, error) in [
        ("client_id=%", PageError::Garbled),
        ("client_id=%00", PageError::Garbled),
        (long_query.as_str(), PageError::Garbled),
        ("client_id=a&client_id=a", PageError::Repeated),
        ("client_id=a&state=1&state=2", PageError::Repeated),
        ("client_id=a&redirect_uri=https%3A%2F%2Fa&redirect%5Furi=https%3A%2F%2Fb", PageError::Repeated),
        ("client_id=a&unknown=1&unknown=2", PageError::Repeated),
        ("", PageError::NoClient),
        ("client_id=", PageError::NoClient),
        (long_client.as_str(), PageError::NoClient),
        (long_state.as_str(), PageError::StateTooLong),
    ] {
        assert_eq!(parse(query), Err(error), "{query:.60}");
    }
    let longest = format!("client_id=a&state={}", "s".repeat(MAX_STATE_BYTES));
    assert!(parse(&longest).is_ok(), "the longest state should be taken");
}

/// Case 14 of the list of attacks: no challenge, `plain`; and everything else that the client is told.
#[test]
fn other_errors_go_to_the_client() {
    let without = |part: &str| VALID.replace(part, "");
    let challenge = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for (query, error, reason) in [
        (without("response_type=code&"), "unsupported_response_type", "response_type_unsupported"),
        (VALID.replace("=code&", "=token&"), "unsupported_response_type", "response_type_unsupported"),
        (VALID.replace("=code&", "=code+id_token&"), "unsupported_response_type", "response_type_unsupported"),
        (format!("{VALID}&response_mode=fragment"), "invalid_request", "response_mode_unsupported"),
        (format!("{VALID}&response_mode=form_post"), "invalid_request", "response_mode_unsupported"),
        (without(challenge), "invalid_request", "code_challenge_missing"),
        (without("&code_challenge_method=S256"), "invalid_request", "code_challenge_not_s256"),
        (VALID.replace("=S256", "=plain"), "invalid_request", "code_challenge_not_s256"),
        (format!("{VALID}&authorization_details=%5B%5D"), "invalid_authorization_details", "authorization_details"),
        (format!("{VALID}&request=a.b.c"), "request_not_supported", "request_object_unsupported"),
        (format!("{VALID}&request_uri=https%3A%2F%2Fevil"), "request_not_supported", "request_object_unsupported"),
        (format!("{VALID}&scope=admin"), "invalid_scope", "invalid_scope"),
        (format!("{VALID}&scope=a++b"), "invalid_scope", "invalid_scope"),
        (format!("{VALID}&resource=https%3A%2F%2Fother.example.com%2Fmcp"), "invalid_target", "invalid_target"),
        (format!("{VALID}&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%2F"), "invalid_target", "invalid_target"),
        (format!("{VALID}&resource=https%3A%2F%2Fmcp.example.com"), "invalid_target", "invalid_target"),
        (
            format!(
                "{VALID}&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&resource=https%3A%2F%2Fmcp.example.com%2Fmcp%2Fa"
            ),
            "invalid_target",
            "invalid_target",
        ),
    ] {
        let found = asked(&query).expect_err(&query);
        assert_eq!((found.error, found.reason()), (error, reason), "{query}");
    }
}

proptest! {
    #[test]
    fn parse_never_panics(query in any::<String>()) {
        let _ = parse(&query).map(|request| request.asked(URL));
    }
}
