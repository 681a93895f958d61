//! Protected resources and their metadata (RFC 9728): `/mcp` and `/mcp/{name}`, each with its own audience.
//!
//! ```text
//! resource identifier            https://HOST/mcp                       https://HOST/mcp/support
//! metadata (RFC 9728 §3.1)       /.well-known/oauth-protected-resource/mcp      …/mcp/support
//! metadata at the root           /.well-known/oauth-protected-resource          (that of https://HOST/mcp)
//!
//! {"resource":"https://HOST/mcp","authorization_servers":["https://HOST"],
//!  "scopes_supported":["tools:list","tools:call","resources:read","prompts:get"],"bearer_methods_supported":["header"]}
//! ```
//!
//! Clients compare `resource` with the URL they called, character by character, so the one document at the root can
//! only be that of `/mcp`. The document of an unknown virtual server looks like any other, so that names can't be
//! probed.

use crate::dpop;
use crate::scope;

/// The path of the MCP endpoint.
pub const PATH: &str = "/mcp";

/// The well-known path prefix of RFC 9728 §3.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// A protected resource of this gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProtectedResource<'a> {
    /// `/mcp`: the virtual server that the registry assigns to the caller.
    Assigned,
    /// `/mcp/{name}`: the virtual server of this name (`^[a-z][a-z0-9-]{0,62}$`), which need not exist.
    Named(&'a str),
}

impl<'a> ProtectedResource<'a> {
    /// Returns the resource at a request path: exactly `/mcp` or `/mcp/{name}`, without a trailing slash.
    #[must_use]
    pub fn from_path(path: &'a str) -> Option<Self> {
        match path.strip_prefix(PATH)? {
            "" => Some(Self::Assigned),
            rest => rest.strip_prefix('/').filter(|name| is_name(name)).map(Self::Named),
        }
    }

    /// Returns the resource of a metadata path, in either well-known form (RFC 9728 §3.1).
    #[must_use]
    pub fn from_metadata_path(path: &'a str) -> Option<Self> {
        match path.strip_prefix(WELL_KNOWN)? {
            "" => Some(Self::Assigned),
            rest => Self::from_path(rest),
        }
    }

    /// Returns the resource of an identifier, if it belongs to the gateway at `url` (`https://HOST`); compared exactly.
    #[must_use]
    pub fn from_identifier(url: &str, identifier: &'a str) -> Option<Self> {
        Self::from_path(identifier.strip_prefix(url)?)
    }

    /// Returns the path: `/mcp` or `/mcp/{name}`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Assigned => PATH.to_owned(),
            Self::Named(name) => format!("{PATH}/{name}"),
        }
    }

    /// Returns the resource identifier at the gateway `url` (`https://HOST`): the audience of its access tokens.
    #[must_use]
    pub fn identifier(&self, url: &str) -> String {
        url.to_owned() + &self.path()
    }

    /// Returns the URL of the metadata document, for challenges (RFC 9728 §5.1).
    #[must_use]
    pub fn metadata_url(&self, url: &str) -> String {
        url.to_owned() + WELL_KNOWN + &self.path()
    }

    /// Returns the metadata document as JSON (RFC 9728 §2). `authorization_servers` are issuer identifiers, of which
    /// deployed clients use the first. `demands_dpop` is true if access tokens must be bound to a key.
    #[must_use]
    pub fn metadata(&self, url: &str, authorization_servers: &[&str], demands_dpop: bool) -> Vec<u8> {
        let mut document = serde_json::json!({
            "resource": self.identifier(url),
            "authorization_servers": authorization_servers,
            "scopes_supported": scope::KNOWN,
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": dpop::ALGORITHMS,
        });
        if demands_dpop {
            document["dpop_bound_access_tokens_required"] = true.into();
        }
        document.to_string().into_bytes()
    }
}

/// True for `^[a-z][a-z0-9-]{0,62}$`.
fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const URL: &str = "https://mcp.example.com";

    #[test]
    fn path_has_one_spelling() {
        use ProtectedResource::{Assigned, Named};
        assert_eq!(ProtectedResource::from_path("/mcp"), Some(Assigned), "the assigned one");
        assert_eq!(ProtectedResource::from_path("/mcp/support"), Some(Named("support")), "a name");
        for path in ["", "/", "/mcp/", "/mcp//support", "/mcp/support/", "/mcpx", "/mcp/Support", "/mcp/../x", "/MCP"] {
            assert_eq!(ProtectedResource::from_path(path), None, "`{path}` should be no resource");
        }
    }

    #[test]
    fn metadata_has_both_well_known_paths() {
        use ProtectedResource::{Assigned, Named};
        for (path, expected) in [
            ("/.well-known/oauth-protected-resource", Some(Assigned)),
            ("/.well-known/oauth-protected-resource/mcp", Some(Assigned)),
            ("/.well-known/oauth-protected-resource/mcp/support", Some(Named("support"))),
            ("/.well-known/oauth-protected-resource/", None),
            ("/.well-known/oauth-protected-resource/other", None),
            ("/.well-known/oauth-protected-resourcemcp", None),
        ] {
            assert_eq!(ProtectedResource::from_metadata_path(path), expected, "`{path}`");
        }
    }

    #[test]
    fn metadata_names_resource_exactly() {
        let resource = ProtectedResource::Named("support");
        let json: serde_json::Value = serde_json::from_slice(&resource.metadata(URL, &[URL], false)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "resource": "https://mcp.example.com/mcp/support",
                "authorization_servers": ["https://mcp.example.com"],
                "scopes_supported": ["tools:list", "tools:call", "resources:read", "prompts:get"],
                "bearer_methods_supported": ["header"],
                "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
            }),
            "the document should have these members and no other"
        );
        let demanding: serde_json::Value = serde_json::from_slice(&resource.metadata(URL, &[URL], true)).unwrap();
        assert_eq!(demanding["dpop_bound_access_tokens_required"], true);
        assert_eq!(
            resource.metadata_url(URL),
            "https://mcp.example.com/.well-known/oauth-protected-resource/mcp/support",
            "the address inserts the well-known part before the path"
        );
    }

    proptest! {
        #[test]
        fn identifiers_round_trip(name in "[a-z][a-z0-9-]{0,62}") {
            let resource = ProtectedResource::Named(&name);
            let identifier = resource.identifier(URL);
            prop_assert_eq!(ProtectedResource::from_identifier(URL, &identifier), Some(resource), "by identifier");
            let metadata = resource.metadata_url(URL);
            prop_assert_eq!(
                ProtectedResource::from_metadata_path(metadata.strip_prefix(URL).unwrap()), Some(resource), "by metadata"
            );
        }

        #[test]
        fn paths_never_panic(path in any::<String>()) {
            let _ = ProtectedResource::from_path(&path);
            let _ = ProtectedResource::from_metadata_path(&path);
            let _ = ProtectedResource::from_identifier(URL, &path);
        }
    }
}
