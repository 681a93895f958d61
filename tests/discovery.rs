//! Discovery: the metadata documents in both forms, the key set, and the facts that they must not reveal.

use harness::{Answer, Draft, Weir, weir::URL};
use http::Method;
use serde_json::{Value, json};

fn get(weir: &Weir, path: &str) -> Answer {
    weir.send(Draft::bare(Method::GET, path))
}

fn document(weir: &Weir, path: &str) -> Value {
    let answer = get(weir, path);
    assert_eq!(answer.status, 200, "`{path}` should be there");
    assert_eq!(answer.header("content-type"), Some("application/json"), "`{path}` should be JSON");
    answer.json()
}

#[test]
fn protected_resource_has_its_metadata_in_both_forms() {
    let weir = Weir::usual();
    for (path, resource) in [("", "/mcp"), ("/mcp", "/mcp"), ("/mcp/support", "/mcp/support")] {
        let metadata = document(&weir, &format!("/.well-known/oauth-protected-resource{path}"));
        assert_eq!(metadata["resource"], format!("{URL}{resource}"), "the identifier should be exact");
        assert_eq!(metadata["authorization_servers"], json!([URL]));
        assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
        assert_eq!(metadata["scopes_supported"], json!(oauth::scope::KNOWN));
    }
}

#[test]
fn metadata_of_an_unknown_server_looks_like_any_other() {
    let weir = Weir::usual();
    let prefix = "/.well-known/oauth-protected-resource/mcp";
    let known = get(&weir, &format!("{prefix}/support"));
    let unknown = get(&weir, &format!("{prefix}/nothing-here"));
    assert_eq!(unknown.status, known.status, "metadata should not reveal which virtual servers exist");
    assert_eq!(
        unknown.text().replace("nothing-here", "support"),
        known.text(),
        "the documents should differ by the name alone"
    );
}

#[test]
fn authorization_server_has_its_metadata_where_clients_look() {
    let weir = Weir::usual();
    for path in ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"] {
        let metadata = document(&weir, path);
        assert_eq!(metadata["issuer"], URL, "the issuer should be exactly the gateway's address");
        assert_eq!(metadata["token_endpoint"], format!("{URL}/oauth/token"));
        assert_eq!(metadata["jwks_uri"], format!("{URL}/oauth/jwks"));
        let lists = [
            ("grant_types_supported", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("authorization_grant_profiles_supported", "urn:ietf:params:oauth:grant-profile:id-jag"),
            ("token_endpoint_auth_methods_supported", "client_secret_basic"),
            ("token_endpoint_auth_methods_supported", "client_secret_post"),
            ("token_endpoint_auth_methods_supported", "private_key_jwt"),
            ("token_endpoint_auth_signing_alg_values_supported", "ES256"),
            ("scopes_supported", "tools:call"),
        ];
        for (list, member) in lists {
            assert!(
                metadata[list].as_array().is_some_and(|list| list.contains(&json!(member))),
                "`{list}` should have `{member}`"
            );
        }
        assert!(metadata["response_types_supported"].is_array(), "RFC 8414 requires `response_types_supported`");
        // The official TypeScript client refuses a document without it.
        assert!(metadata["authorization_endpoint"].is_string(), "clients should find an `authorization_endpoint`");
        assert!(!metadata.to_string().contains(weir.issuer.url()), "trusted issuers should not be listed: {metadata}");
    }
}

#[test]
fn key_set_has_public_halves_only() {
    let weir = Weir::usual();
    let keys = document(&weir, "/oauth/jwks");
    let keys = keys["keys"].as_array().expect("a JWK set has keys");
    assert_eq!(keys.len(), 2, "one key for access tokens, one for signed identities");
    for key in keys {
        assert!(key.get("d").is_none(), "a private half should never be published");
        assert!(key["kid"].is_string() && key["x"].is_string(), "a key should be usable: {key}");
        assert_eq!(key["crv"], "Ed25519");
    }
}

#[test]
fn any_page_may_read_the_documents() {
    let weir = Weir::usual();
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", "/oauth/jwks"]
    {
        let answer = weir.send(Draft::bare(Method::GET, path).header("origin", "https://anything.example.com"));
        assert_eq!(answer.status, 200, "`{path}` is public");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("*"),
            "`{path}` should be readable from any page"
        );
    }
}

#[test]
fn documents_are_only_read() {
    let weir = Weir::usual();
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server", "/oauth/jwks"]
    {
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let answer = weir.send(Draft::bare(method.clone(), path));
            assert_eq!(answer.status, 405, "{method} `{path}` should not be answered");
            assert!(answer.header("allow").unwrap_or_default().contains("GET"), "405 should have the allowed methods");
        }
    }
    assert_eq!(get(&weir, "/oauth/token").status, 405, "the token endpoint takes POST alone");
}

#[test]
fn authorization_request_without_sign_in_is_refused() {
    let weir = Weir::usual();
    let metadata = document(&weir, "/.well-known/oauth-authorization-server");
    let endpoint = metadata["authorization_endpoint"].as_str().expect("an authorization endpoint");
    let path = endpoint.strip_prefix(URL).expect("it should be on this host");
    let answer =
        get(&weir, &format!("{path}?response_type=code&client_id=x&redirect_uri=https%3A%2F%2Fevil.example.com"));
    assert!(answer.status.is_client_error(), "the code flow is not served, so {} is wrong", answer.status);
    assert_eq!(answer.header("location"), None, "there should be no redirect");
}
