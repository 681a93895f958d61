//! Authorization server metadata (RFC 8414): the ID-JAG grant, and with a sign-in the authorization code grant.
//!
//! ```text
//! GET /.well-known/oauth-authorization-server        RFC 8414 §3
//! GET /.well-known/openid-configuration              the path that MCP clients try next
//! ```

use serde_json::json;

use crate::client_assertion;
use crate::client_authentication::{METHODS, PUBLIC};
use crate::dpop;
use crate::pkce;
use crate::protected_resource::ProtectedResource;
use crate::scope;
use crate::token_request::Grants;

/// The two well-known paths; the issuer identifier `https://HOST` has no path component to insert (RFC 8414 §3.1).
pub const METADATA_PATHS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The path of the token endpoint (RFC 6749 §3.2).
pub const TOKEN_PATH: &str = "/oauth/token";

/// The path that the metadata announces as `authorization_endpoint`; without a sign-in it serves instructions.
pub const AUTHORIZATION_PATH: &str = "/oauth/authorize";

/// The path of the dynamic client registration endpoint (RFC 7591 §3).
pub const REGISTRATION_PATH: &str = "/oauth/register";

/// The path of the revocation endpoint (RFC 7009 §2), which refresh tokens of sign-ins are revoked at.
pub const REVOCATION_PATH: &str = "/oauth/revoke";

/// The path that the identity provider sends people back to: the redirect URI to register there.
pub const CALLBACK_PATH: &str = "/oauth/callback";

/// The path that the consent page's form is sent to.
pub const CONSENT_PATH: &str = "/oauth/consent";

/// The path of the JWK set that access tokens are verified with (`jwks_uri`).
pub const KEYS_PATH: &str = "/oauth/jwks";

/// The value of `authorization_grant_profiles_supported` that announces ID-JAG
/// (draft-ietf-oauth-identity-assertion-authz-grant).
pub const ID_JAG_PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";

/// The part of the metadata that depends on the registry's `[sign_in]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// True if clients may register themselves (RFC 7591).
    pub registration: bool,
    /// True if a client id may be the URL of a metadata document.
    pub client_documents: bool,
}

/// Returns the metadata document as JSON (RFC 8414 §2). `url` is the issuer identifier, `https://HOST` without a
/// trailing slash; clients compare it character by character. The document deliberately names no trusted identity
/// provider, and no member is `null`, which deployed clients refuse.
#[must_use]
pub fn metadata(url: &str, sign_in: Option<SignIn>, has_services: bool) -> Vec<u8> {
    let grants = Grants { sign_in: sign_in.is_some(), services: has_services };
    let mut document = json!({
        "issuer": url,
        // RFC 8414 §2 does not require it without a grant that uses it, but deployed clients refuse a document without
        // it. Without a sign-in the page at this address explains how to come in.
        "authorization_endpoint": format!("{url}{AUTHORIZATION_PATH}"),
        "token_endpoint": format!("{url}{TOKEN_PATH}"),
        "jwks_uri": format!("{url}{KEYS_PATH}"),
        "grant_types_supported": grants.names(),
        "authorization_grant_profiles_supported": [ID_JAG_PROFILE],
        "token_endpoint_auth_methods_supported": METHODS,
        // Required by RFC 8414 §2 beside `private_key_jwt`.
        "token_endpoint_auth_signing_alg_values_supported": client_assertion::ALGORITHMS,
        "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        "scopes_supported": scope::KNOWN,
        // Required by RFC 8414 §2 even of a server without an authorization endpoint.
        "response_types_supported": [],
        "protected_resources": [ProtectedResource::Assigned.identifier(url)],
    });
    if let Some(SignIn { registration, client_documents }) = sign_in {
        document["token_endpoint_auth_methods_supported"] = json!([&METHODS[..], &[PUBLIC]].concat());
        document["revocation_endpoint"] = json!(format!("{url}{REVOCATION_PATH}"));
        for member in ["auth_methods_supported", "auth_signing_alg_values_supported"] {
            document[format!("revocation_endpoint_{member}")] = document[format!("token_endpoint_{member}")].clone();
        }
        document["response_types_supported"] = json!(["code"]);
        document["response_modes_supported"] = json!(["query"]);
        document["code_challenge_methods_supported"] = json!(pkce::METHODS);
        document["authorization_response_iss_parameter_supported"] = json!(true);
        document["client_id_metadata_document_supported"] = json!(client_documents);
        if registration {
            document["registration_endpoint"] = json!(format!("{url}{REGISTRATION_PATH}"));
        }
    }
    document.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const URL: &str = "https://mcp.example.com";

    #[test]
    fn metadata_describes_token_endpoint() {
        let found: Value = serde_json::from_slice(&metadata(URL, None, false)).unwrap();
        assert_eq!(
            found,
            json!({
                "issuer": "https://mcp.example.com",
                "authorization_endpoint": "https://mcp.example.com/oauth/authorize",
                "token_endpoint": "https://mcp.example.com/oauth/token",
                "jwks_uri": "https://mcp.example.com/oauth/jwks",
                "grant_types_supported": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
                "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256", "RS256", "PS256"],
                "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
                "scopes_supported": ["tools:list", "tools:call", "resources:read", "prompts:get"],
                "response_types_supported": [],
                "protected_resources": ["https://mcp.example.com/mcp"],
            }),
            "the document should have these members and name no identity provider"
        );
        let with_services: Value = serde_json::from_slice(&metadata(URL, None, true)).unwrap();
        let grants = json!(["urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials"]);
        assert_eq!(with_services["grant_types_supported"], grants, "a service's grant, where there is one");
    }

    #[test]
    fn sign_in_adds_what_clients_need() {
        let read = |registration, client_documents| -> Value {
            serde_json::from_slice(&metadata(URL, Some(SignIn { registration, client_documents }), false)).unwrap()
        };
        let document = read(true, true);
        for (member, expected) in [
            ("response_types_supported", json!(["code"])),
            ("code_challenge_methods_supported", json!(["S256"])),
            ("authorization_response_iss_parameter_supported", json!(true)),
            ("client_id_metadata_document_supported", json!(true)),
            ("registration_endpoint", json!("https://mcp.example.com/oauth/register")),
            ("revocation_endpoint", json!("https://mcp.example.com/oauth/revoke")),
            (
                "revocation_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
            ),
            (
                "token_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
            ),
            (
                "grant_types_supported",
                json!(["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"]),
            ),
        ] {
            assert_eq!(document[member], expected, "{member}");
        }
        let narrow = read(false, false);
        assert_eq!(narrow.get("registration_endpoint"), None, "where it is off, it should not be named");
        assert_eq!(narrow["client_id_metadata_document_supported"], json!(false));
        for document in [document, narrow] {
            let members = document.as_object().unwrap();
            assert!(members.values().all(|value| !value.is_null()), "no member should be null: {document}");
        }
    }
}
