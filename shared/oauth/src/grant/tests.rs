//! Tests of the resource and the scopes that an assertion and a request grant together.

use super::*;

const URL: &str = "https://mcp.example.com";
const ASSIGNED: &str = "https://mcp.example.com/mcp";
const SUPPORT: &str = "https://mcp.example.com/mcp/support";

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn assertion(resource: &[&str], scope: Option<&[&str]>) -> IdJag {
    IdJag {
        issuer: "https://idp.example.com".to_owned(),
        subject: "alice".to_owned(),
        client_id: "claude-code".to_owned(),
        jti: "one".to_owned(),
        expires_at: 300,
        issued_at: 0,
        resource: texts(resource),
        scope: scope.map(texts),
        membership: crate::membership::Membership::default(),
        tenant: None,
        audience_tenant: None,
        audience_subject: None,
        key_thumbprint: None,
        auth_time: None,
        acr: None,
        amr: vec![],
        email: None,
    }
}

fn request(resource: &[&str], scope: Option<&[&str]>) -> TokenRequest {
    TokenRequest { resource: texts(resource), scope: scope.map(texts), ..TokenRequest::default() }
}

#[test]
fn resource_is_intersection_of_assertion_and_request() {
    for (granted, requested, expected) in [
        (&[][..], &[][..], Ok(ASSIGNED)),
        (&[], &[ASSIGNED], Ok(ASSIGNED)),
        (&[], &[SUPPORT], Err("invalid_target")),
        (&[SUPPORT], &[], Ok(SUPPORT)),
        (&[SUPPORT], &[SUPPORT], Ok(SUPPORT)),
        (&[SUPPORT], &[ASSIGNED], Err("invalid_target")),
        (&[ASSIGNED, SUPPORT], &[SUPPORT], Ok(SUPPORT)),
        (&[ASSIGNED, SUPPORT], &[], Err("invalid_target")),
        (&[ASSIGNED, SUPPORT], &[ASSIGNED, SUPPORT], Err("invalid_target")),
        (&[ASSIGNED], &["https://mcp.example.com/mcp/"], Err("invalid_target")),
        (&[ASSIGNED], &["https://other.example.com/mcp"], Err("invalid_target")),
        (&["https://other.example.com/mcp"], &[], Err("invalid_grant")),
        (&[ASSIGNED, "https://other.example.com/mcp"], &[ASSIGNED], Err("invalid_grant")),
        (&["https://mcp.example.com"], &[], Err("invalid_grant")),
        (&["https://mcp.example.community/mcp"], &[], Err("invalid_grant")),
    ] {
        let outcome = resource(URL, &assertion(granted, None), &request(requested, None));
        assert_eq!(
            outcome.as_deref().map_err(|error| error.error),
            expected,
            "granted {granted:?}, requested {requested:?}"
        );
    }
}

#[test]
fn scope_is_intersection_of_assertion_request_and_known() {
    let (list, call) = ("tools:list", "tools:call");
    for (granted, requested, expected) in [
        (Some(&scope::KNOWN[..]), None, Ok(&scope::KNOWN[..])),
        (Some(&[call]), None, Ok(&[call])),
        (Some(&[call]), Some(&[call, list][..]), Ok(&[call])),
        (Some(&[call, list, "other"]), Some(&["other", list, call]), Ok(&[list, call])),
        (Some(&[call]), Some(&[list]), Err("invalid_scope")),
        (Some(&["other"]), None, Err("invalid_scope")),
        (Some(&[list]), Some(&["TOOLS:LIST"]), Err("invalid_scope")),
        (Some(&[]), None, Err("invalid_scope")),
    ] {
        // The default of the issuer widens nothing that an assertion names.
        let outcome = scope(&assertion(&[], granted), &texts(&scope::KNOWN), &request(&[], requested));
        assert_eq!(
            outcome.map_err(|error| error.error),
            expected.map(texts),
            "granted {granted:?}, requested {requested:?}"
        );
    }
}

#[test]
fn assertion_without_scope_grants_default_of_its_issuer() {
    let (list, call) = ("tools:list", "tools:call");
    for (default, requested, expected) in [
        (&[][..], None, Err("assertion_without_scope")),
        (&[], Some(&[list, call][..]), Err("assertion_without_scope")),
        (&[list], None, Ok(&[list][..])),
        (&[call, list], None, Ok(&[list, call])),
        (&[call, list], Some(&[call]), Ok(&[call])),
        (&[list], Some(&[call]), Err("invalid_scope")),
    ] {
        let outcome = scope(&assertion(&[], None), &texts(default), &request(&[], requested));
        assert_eq!(
            outcome.map_err(|error| error.reason()),
            expected.map(texts),
            "default {default:?}, requested {requested:?}"
        );
    }
}
