//! Tests of client metadata: real documents and registrations, and each rule with the smallest document that breaks it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: &str = "https://claude.ai/oauth/claude-code-client-metadata";
const CURSOR: &str = "cursor://anysphere.cursor-mcp/oauth/callback";
const NONE: [&str; 0] = [];

fn document(changes: Value) -> Value {
    let mut document = json!({
        "client_id": ID, "client_name": "Claude Code", "token_endpoint_auth_method": "none",
        "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

fn uris(metadata: &ClientMetadata) -> Vec<&str> {
    metadata.redirect_uris.iter().map(RedirectUri::as_str).collect()
}

#[test]
fn document_is_read() {
    let full = document(
        json!({ "logo_uri": "https://evil/pixel.png", "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"], "scope": null }),
    );
    let metadata = from_document(ID, full.to_string().as_bytes(), &NONE).unwrap();
    assert_eq!(metadata.name, "Claude Code");
    assert_eq!(uris(&metadata), ["http://localhost/callback", "http://127.0.0.1/callback"]);
    assert_eq!(metadata.authentication, Authentication::Public);
}

#[test]
fn keys_of_document_are_in_it_or_on_its_host() {
    use ClientMetadataError as E;
    let keys: Value = serde_json::from_str(&crate::testing::private_keys(1).public_json()).unwrap();
    let read = |changes: Value| {
        let mut document = document(json!({ "token_endpoint_auth_method": "private_key_jwt" }));
        changes.as_object().unwrap().iter().for_each(|(name, value)| document[name] = value.clone());
        from_document(ID, document.to_string().as_bytes(), &NONE).map(|metadata| metadata.authentication)
    };
    let Ok(Authentication::Keys(text)) = read(json!({ "jwks": keys })) else { panic!("its own keys should count") };
    assert_eq!(KeySet::parse(&text).map(|keys| keys.len()), Ok(1));
    let url = "https://claude.ai/oauth/jwks.json";
    assert_eq!(read(json!({ "jwks_uri": url })), Ok(Authentication::KeysAt(url.to_owned())));
    for changes in [
        json!({ "jwks_uri": "https://evil.example/jwks.json" }),
        json!({ "jwks_uri": "https://claude.ai.evil.example/jwks.json" }),
        json!({ "jwks_uri": "https://claude.ai@evil.example/jwks.json" }),
        json!({ "jwks_uri": "https://claude.ai:8443/jwks.json" }),
        json!({ "jwks_uri": "http://claude.ai/jwks.json" }),
        json!({ "jwks_uri": "https://169.254.169.254/latest" }),
        json!({ "jwks_uri": "https://claude.ai/oauth/jwks.json", "jwks": keys }),
        json!({ "jwks": { "keys": [] } }),
        json!({ "jwks": { "keys": [{ "kty": "OKP", "crv": "X25519", "x": "AAAA" }] } }),
    ] {
        assert_eq!(read(changes.clone()), Err(E::Keys), "{changes}");
    }
}

/// Case 11 of the list of attacks, and the other rules.
#[test]
fn document_that_breaks_a_rule_is_refused() {
    use ClientMetadataError as E;
    let many: Vec<String> = (0..17).map(|number| format!("https://a.example/{number}")).collect();
    for (changes, error) in [
        (json!({ "client_id": "https://claude.ai/oauth/other" }), E::OtherClient),
        (json!({ "client_id": null }), E::OtherClient),
        (json!({ "client_secret": "s" }), E::Secret),
        (json!({ "jwks": { "keys": [{ "kty": "OKP", "d": "x" }] } }), E::Secret),
        (json!({ "jwks": { "keys": [{ "kty": "oct", "k": "x" }] } }), E::Secret),
        (json!({ "jwks": { "keys": [{ "kty": "RSA", "qi": "x" }] } }), E::Secret),
        (json!({ "token_endpoint_auth_method": "client_secret_post" }), E::AuthenticationMethod),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), E::Keys),
        (json!({ "token_endpoint_auth_method": "something" }), E::AuthenticationMethod),
        (json!({ "grant_types": ["client_credentials"] }), E::Grant),
        (json!({ "response_types": [] }), E::Grant),
        (json!({ "redirect_uris": [] }), E::RedirectUris),
        (json!({ "redirect_uris": null }), E::RedirectUris),
        (json!({ "redirect_uris": ["http://evil.example/cb", "javascript:alert(1)"] }), E::RedirectUris),
        (json!({ "redirect_uris": many }), E::RedirectUris),
        (json!({ "redirect_uris": "https://a.example/" }), E::Malformed),
        (json!({ "client_name": 7 }), E::Malformed),
        (json!({ "padding": "x".repeat(MAX_DOCUMENT_BYTES) }), E::Malformed),
    ] {
        let text = document(changes.clone()).to_string();
        let found = from_document(ID, text.as_bytes(), &NONE).unwrap_err();
        assert_eq!(found, error, "{changes}");
        assert_eq!(found.to_string(), E::Malformed.to_string(), "all should read alike");
    }
    for text in ["", "[]", "<html>", "null", r#"{"client_id":1}"#, r#"{"client_id":"a","client_id":"b"}"#] {
        assert_eq!(from_document(ID, text.as_bytes(), &NONE), Err(E::Malformed), "{text}");
    }
}

#[test]
fn document_url_names_a_host_and_a_path() {
    for (id, host) in [
        (ID, Some("claude.ai")),
        ("https://chatgpt.com/oauth/codex/client.json", Some("chatgpt.com")),
        ("https://vscode.dev/oauth/client-metadata.json", Some("vscode.dev")),
        ("http://claude.ai/a", None),
        ("https://claude.ai", None),
        ("https://claude.ai/", None),
        ("https://claude.ai:8443/a", None),
        ("https://claude.ai/a?b", None),
        ("https://claude.ai/a#b", None),
        ("https://claude.ai/../a", None),
        ("https://claude.ai/a/./b", None),
        ("https://claude.ai/%2e%2e/b", None),
        ("https://claude.ai//b", None),
        ("https://user@claude.ai/b", None),
        ("https://169.254.169.254/latest", None),
        ("https://[::1]/a", None),
        ("https://localhost/a", None),
        ("claude-code", None),
    ] {
        assert_eq!(document_host(id), host, "{id}");
    }
}

/// Cursor registers three redirect URIs, one of them with its own scheme.
#[test]
fn unusable_redirect_uri_is_left_out() {
    let body = json!({
        "client_name": "Cursor", "token_endpoint_auth_method": "none",
        "redirect_uris": [CURSOR, "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
    });
    let without = from_registration(body.to_string().as_bytes(), &NONE).unwrap();
    assert_eq!(uris(&without), ["https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"]);
    let with = from_registration(body.to_string().as_bytes(), &[CURSOR]).unwrap();
    assert_eq!(uris(&with).len(), 3, "the registry should decide");
}

#[test]
fn registration_becomes_a_public_client() {
    for method in [Value::Null, json!("none"), json!("client_secret_basic"), json!("client_secret_post")] {
        let body = json!({ "redirect_uris": ["http://127.0.0.1:5/cb"], "token_endpoint_auth_method": method });
        let metadata = from_registration(body.to_string().as_bytes(), &NONE).unwrap();
        let response: Value = serde_json::from_slice(&registered("registered.x", 7, &metadata)).unwrap();
        assert_eq!(
            response,
            json!({
                "client_id": "registered.x", "client_id_issued_at": 7, "redirect_uris": ["http://127.0.0.1:5/cb"],
                "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
            }),
            "no member should be null, and none a secret"
        );
    }
    let body = json!({ "redirect_uris": ["http://127.0.0.1:5/cb"], "token_endpoint_auth_method": "private_key_jwt" });
    let error = from_registration(body.to_string().as_bytes(), &NONE).unwrap_err();
    assert_eq!(error, ClientMetadataError::AuthenticationMethod);
    let response: Value = serde_json::from_slice(&not_registered(error)).unwrap();
    assert_eq!(response["error"], "invalid_client_metadata");
}

#[test]
fn name_has_no_hidden_character() {
    for (name, shown) in [
        ("Claude Code", "Claude Code"),
        ("Claude\u{202e}edoC", "ClaudeedoC"),
        ("a\u{200b}\n\u{7f}b", "ab"),
        ("  \u{e0041}x ", "x"),
        ("<b>x</b>", "<b>x</b>"),
    ] {
        assert_eq!(shown_name(name), shown, "{name:?}");
    }
    assert_eq!(shown_name(&"é".repeat(200)).chars().count(), MAX_NAME_CHARACTERS, "the length should be bounded");
}

proptest! {
    #[test]
    fn metadata_never_panics(body in prop::collection::vec(any::<u8>(), 0..200), id in any::<String>()) {
        let _ = from_registration(&body, &NONE);
        let _ = document_host(&id);
    }
}
