//! Authorization server metadata (RFC 8414): one grant, two client authentication methods, no authorization endpoint.
//!
//! ```text
//! GET /.well-known/oauth-authorization-server        RFC 8414 §3
//! GET /.well-known/openid-configuration              the path that MCP clients try next
//! ```

use crate::client_authentication::METHODS;
use crate::protected_resource::ProtectedResource;
use crate::scope;
use crate::token_request::JWT_BEARER;

/// The two well-known paths; the issuer identifier `https://HOST` has no path component to insert (RFC 8414 §3.1).
pub const METADATA_PATHS: [&str; 2] = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];

/// The path of the token endpoint (RFC 6749 §3.2).
pub const TOKEN_PATH: &str = "/oauth/token";

/// The path that the metadata announces as `authorization_endpoint`; it serves instructions, not a grant.
pub const AUTHORIZATION_PATH: &str = "/oauth/authorize";

/// The path of the JWK set that access tokens are verified with (`jwks_uri`).
pub const KEYS_PATH: &str = "/oauth/jwks";

/// The value of `authorization_grant_profiles_supported` that announces ID-JAG
/// (draft-ietf-oauth-identity-assertion-authz-grant).
pub const ID_JAG_PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";

/// Returns the metadata document as JSON (RFC 8414 §2). `url` is the issuer identifier, `https://HOST` without a
/// trailing slash; clients compare it character by character. The document deliberately names no trusted identity
/// provider.
#[must_use]
pub fn metadata(url: &str) -> Vec<u8> {
    serde_json::json!({
        "issuer": url,
        // RFC 8414 §2 does not require it without a grant that uses it, but deployed clients refuse a document without
        // it. The page at this address explains how to sign in.
        "authorization_endpoint": format!("{url}{AUTHORIZATION_PATH}"),
        "token_endpoint": format!("{url}{TOKEN_PATH}"),
        "jwks_uri": format!("{url}{KEYS_PATH}"),
        "grant_types_supported": [JWT_BEARER],
        "authorization_grant_profiles_supported": [ID_JAG_PROFILE],
        "token_endpoint_auth_methods_supported": METHODS,
        "scopes_supported": scope::KNOWN,
        // Required by RFC 8414 §2 even of a server without an authorization endpoint.
        "response_types_supported": [],
        "protected_resources": [ProtectedResource::Assigned.identifier(url)],
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_describes_token_endpoint() {
        let json: serde_json::Value = serde_json::from_slice(&metadata("https://mcp.example.com")).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "issuer": "https://mcp.example.com",
                "authorization_endpoint": "https://mcp.example.com/oauth/authorize",
                "token_endpoint": "https://mcp.example.com/oauth/token",
                "jwks_uri": "https://mcp.example.com/oauth/jwks",
                "grant_types_supported": ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
                "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": ["tools:list", "tools:call", "resources:read", "prompts:get"],
                "response_types_supported": [],
                "protected_resources": ["https://mcp.example.com/mcp"],
            }),
            "the document should have these members and name no identity provider"
        );
    }
}
