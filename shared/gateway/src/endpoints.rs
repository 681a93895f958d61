//! The endpoints of the gateway, and their paths.

mod authenticate_client;
pub(crate) mod connect;
pub(crate) mod documents;
pub(in crate::endpoints) mod grants;
mod health;
mod issue;
mod proof;
mod service;
pub(crate) mod sign_in;
pub(crate) mod token;

use oauth::authorization_server::{
    AUTHORIZATION_PATH, CALLBACK_PATH, CONSENT_PATH, KEYS_PATH, METADATA_PATHS, REGISTRATION_PATH, REVOCATION_PATH,
    TOKEN_PATH,
};
use oauth::own_registration::{DOCUMENT_PATH, GRANT_CALLBACK_PATH};
use oauth::protected_resource::{ProtectedResource, WELL_KNOWN};
use registry::name::is_name;

use crate::vault::link::CONNECT;

/// The protected resource that a request is for: the caller's own virtual server at `/mcp`, or the one that the path
/// names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    name: Option<String>,
}

impl Resource {
    /// The virtual server's name, when the path names one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its OAuth view: identifier, metadata, and the path of the metadata.
    pub fn protected(&self) -> ProtectedResource<'_> {
        self.name().map_or(ProtectedResource::Assigned, ProtectedResource::Named)
    }
}

impl From<ProtectedResource<'_>> for Resource {
    fn from(resource: ProtectedResource<'_>) -> Self {
        let name = match resource {
            ProtectedResource::Assigned => None,
            ProtectedResource::Named(name) => Some(name.to_owned()),
        };
        Self { name }
    }
}

/// An endpoint of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// MCP over Streamable HTTP.
    Mcp(Resource),
    /// Redeems an ID-JAG, a code or a refresh token for an access token.
    Token,
    /// Ends a sign-in (RFC 7009).
    Revocation,
    /// The authorization endpoint: begins a browser sign-in; without `[sign_in]` an error tells the client to bring an
    /// identity assertion.
    Authorization,
    /// The address to which the identity provider sends people back.
    Callback,
    /// Takes the answer of the consent page.
    Consent,
    /// Dynamic client registration (RFC 7591).
    Registration,
    /// Begins a grant of the user's own at a third party; with the origin's name.
    Connect(String),
    /// The address to which the third party of an origin sends people back; with the origin's name.
    GrantCallback(String),
    /// The grants of the person who is signed in, and their end.
    Me,
    /// Weir's own metadata as a client of an origin's third party; with the origin's name.
    ClientDocument(String),
    /// Weir's public keys, as a JWK set (RFC 7517 §5).
    KeySet,
    /// RFC 9728 metadata: with the resource's path behind the well-known one, or without for `/mcp`.
    ProtectedResource(Resource),
    /// RFC 8414 metadata, also at the path of OpenID Connect Discovery.
    AuthorizationServer,
    /// The health check: 200 if this deployment can serve, 503 otherwise.
    Health,
}

/// The endpoints that have one fixed path each. [`Endpoint::at`] and [`Endpoint::paths`] both read this list, so that
/// none is forgotten.
static FIXED: [(&str, Endpoint); 11] = [
    (TOKEN_PATH, Endpoint::Token),
    (REVOCATION_PATH, Endpoint::Revocation),
    (AUTHORIZATION_PATH, Endpoint::Authorization),
    (CALLBACK_PATH, Endpoint::Callback),
    (CONSENT_PATH, Endpoint::Consent),
    (REGISTRATION_PATH, Endpoint::Registration),
    ("/me", Endpoint::Me),
    (KEYS_PATH, Endpoint::KeySet),
    (METADATA_PATHS[0], Endpoint::AuthorizationServer),
    (METADATA_PATHS[1], Endpoint::AuthorizationServer),
    ("/healthz", Endpoint::Health),
];

/// Makes the endpoint of an origin's name.
type OfOrigin = fn(String) -> Endpoint;

/// The endpoints whose path ends with an origin's name.
static OF_ORIGINS: [(&str, OfOrigin); 3] = [
    (CONNECT, Endpoint::Connect),
    (GRANT_CALLBACK_PATH, Endpoint::GrantCallback),
    (DOCUMENT_PATH, Endpoint::ClientDocument),
];

impl Endpoint {
    /// The endpoint at `path`, if there is one. An MCP endpoint and its metadata also have a path with a slash at the
    /// end, since some clients add one: it names the same resource.
    pub fn at(path: &str) -> Option<Self> {
        if let Some((_, endpoint)) = FIXED.iter().find(|(fixed, _)| *fixed == path) {
            return Some(endpoint.clone());
        }
        let of_origin = |(prefix, endpoint): &(&str, OfOrigin)| Some((path.strip_prefix(prefix)?, *endpoint));
        if let Some((origin, endpoint)) = OF_ORIGINS.iter().find_map(of_origin) {
            return is_name(origin).then(|| endpoint(origin.to_owned()));
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let metadata =
            ProtectedResource::from_metadata_path(path).map(|resource| Self::ProtectedResource(resource.into()));
        metadata.or_else(|| ProtectedResource::from_path(path).map(|resource| Self::Mcp(resource.into())))
    }

    /// Every path that has an endpoint, with `name` as the virtual server or origin in paths that name one. The
    /// isolation table walks this closed list.
    pub fn paths(name: &str) -> Vec<String> {
        let resources = [ProtectedResource::Assigned, ProtectedResource::Named(name)].map(|resource| resource.path());
        let metadata = resources.iter().map(|path| WELL_KNOWN.to_owned() + path);
        let fixed = FIXED.iter().map(|(path, _)| (*path).to_owned());
        let of_origins = OF_ORIGINS.iter().map(|(prefix, _)| format!("{prefix}{name}"));
        let own = [WELL_KNOWN.to_owned()].into_iter().chain(of_origins);
        resources.iter().cloned().chain(fixed).chain(own).chain(metadata).collect()
    }

    /// The methods that it answers, as the value of an `Allow` header (RFC 9110 §10.2.1).
    pub const fn allow(&self) -> &'static str {
        match self {
            // GET opens the server-initiated stream of a legacy session, and shows a browser the page.
            Self::Mcp(_) => "GET, POST, OPTIONS",
            Self::Token | Self::Revocation | Self::Consent | Self::Registration => "POST, OPTIONS",
            Self::Me => "GET, POST, OPTIONS",
            Self::Authorization
            | Self::Callback
            | Self::Connect(_)
            | Self::GrantCallback(_)
            | Self::ClientDocument(_)
            | Self::KeySet
            | Self::ProtectedResource(_)
            | Self::AuthorizationServer
            | Self::Health => "GET, OPTIONS",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_forms_of_protected_resource_metadata_are_endpoints() {
        for (path, name) in [("", None), ("/mcp", None), ("/mcp/support", Some("support"))] {
            let endpoint = Endpoint::at(&format!("/.well-known/oauth-protected-resource{path}"));
            let Some(Endpoint::ProtectedResource(found)) = endpoint else { panic!("`{path}` should have metadata") };
            assert_eq!(found.name(), name, "metadata at `{path}` should be about that virtual server");
        }
    }

    #[test]
    fn every_endpoint_is_on_the_list_of_paths() {
        // A new variant doesn't compile here until it has a number; give the array that number too.
        let number = |path: &String| match Endpoint::at(path) {
            Some(Endpoint::Mcp(_)) => 0,
            Some(Endpoint::Token) => 1,
            Some(Endpoint::Authorization) => 2,
            Some(Endpoint::KeySet) => 3,
            Some(Endpoint::ProtectedResource(_)) => 4,
            Some(Endpoint::AuthorizationServer) => 5,
            Some(Endpoint::Health) => 6,
            Some(Endpoint::Callback) => 7,
            Some(Endpoint::Consent) => 8,
            Some(Endpoint::Registration) => 9,
            Some(Endpoint::Revocation) => 10,
            Some(Endpoint::Connect(_)) => 11,
            Some(Endpoint::GrantCallback(_)) => 12,
            Some(Endpoint::Me) => 13,
            Some(Endpoint::ClientDocument(_)) => 14,
            None => panic!("`{path}` should be an endpoint"),
        };
        let listed: BTreeSet<i32> = Endpoint::paths("support").iter().map(number).collect();
        assert_eq!(listed, (0..15).collect(), "each endpoint should have a path on the list");
        let metadata = METADATA_PATHS.map(Endpoint::at);
        assert_eq!(
            metadata,
            METADATA_PATHS.map(|_| Some(Endpoint::AuthorizationServer)),
            "RFC 8414's paths, all of them"
        );
    }

    #[test]
    fn anything_near_a_path_is_no_endpoint() {
        for path in [
            "/",
            "/mcp//",
            "/mcp/a//",
            "/mcp/Support",
            "/mcp/a/b",
            "/mcp/%61",
            "/mcpx",
            "/mcp/-a",
            "/oauth/token/",
            "//mcp",
            "/connect/",
            "/connect/a/",
            "/connect/a/b",
            "/connect/A",
            "/me/",
        ] {
            assert_eq!(Endpoint::at(path), None, "`{path}` should be no endpoint");
        }
    }

    #[test]
    fn slash_at_end_leads_to_same_resource() {
        for path in ["/mcp", "/mcp/a"].iter().flat_map(|path| [(*path).to_owned(), format!("{WELL_KNOWN}{path}")]) {
            assert_eq!(Endpoint::at(&format!("{path}/")), Endpoint::at(&path), "`{path}/`");
            assert_ne!(Endpoint::at(&path), None, "`{path}`");
        }
    }
}
