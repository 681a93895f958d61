//! The authorization server of a grant that a user gives Weir at a third party: discovery (RFC 8414 §3, OpenID Connect
//! Discovery 1.0 §4, in the order of MCP's clients) and the authorization request (OAuth 2.1 §4.1.1), with Weir as its
//! client.

use serde::Deserialize;

use crate::form;
use crate::openid_provider::{DiscoveryError, check_own, read_members};
use crate::pkce::{Challenge, METHODS};
use crate::web_url::WebUrl;

/// The part of an authorization server's metadata that Weir uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantServer {
    /// `authorization_endpoint`; may have a query.
    pub authorization: String,
    /// `token_endpoint`.
    pub token: String,
    /// `revocation_endpoint` (RFC 7009).
    pub revocation: Option<String>,
    /// `registration_endpoint` (RFC 7591).
    pub registration: Option<String>,
    /// True if the server reads client-id metadata documents.
    pub takes_documents: bool,
    /// True if every authorization response has `iss` (RFC 9207 §3).
    pub sends_issuer: bool,
}

/// The reason for refusing the metadata of an authorization server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantServerError {
    /// A rule that it shares with OpenID providers.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// `code_challenge_methods_supported` lacks `S256` (MCP 2025-11-25, authorization: then no client may go on).
    #[error("the authorization server does not say that it takes S256 code challenges")]
    NoS256,
}

/// Returns the URLs at which the metadata of `issuer` may be, in the order in which MCP's clients ask; none for an
/// issuer that is no URL.
#[must_use]
pub fn discovery_urls(issuer: &str) -> Vec<String> {
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    const OPENID: &str = "/.well-known/openid-configuration";
    let Some(url) = WebUrl::parse(issuer).filter(|url| !url.rest.contains('?')) else { return Vec::new() };
    let (origin, path) = (url.origin(), url.rest.trim_end_matches('/'));
    let mut urls = vec![format!("{origin}{OAUTH}{path}"), format!("{origin}{OPENID}{path}")];
    if !path.is_empty() {
        urls.push(format!("{origin}{path}{OPENID}"));
    }
    urls
}

/// Reads metadata that was fetched from one of [`discovery_urls`]. Codes, secrets and users go to its endpoints, so all
/// must be on the web origin of `issuer`.
///
/// # Errors
/// [`GrantServerError`] if the document can't be used.
pub fn read_metadata(document: &[u8], issuer: &str) -> Result<GrantServer, GrantServerError> {
    #[derive(Deserialize)]
    struct Members {
        issuer: String,
        authorization_endpoint: String,
        token_endpoint: String,
        #[serde(default)]
        revocation_endpoint: Option<String>,
        #[serde(default)]
        registration_endpoint: Option<String>,
        #[serde(default)]
        code_challenge_methods_supported: Vec<String>,
        #[serde(default)]
        client_id_metadata_document_supported: bool,
        #[serde(default)]
        authorization_response_iss_parameter_supported: bool,
    }
    let members: Members = read_members(document)?;
    let required = [&members.authorization_endpoint, &members.token_endpoint];
    let optional = [&members.revocation_endpoint, &members.registration_endpoint];
    check_own(&members.issuer, issuer, required.into_iter().chain(optional.into_iter().flatten()))?;
    if !members.code_challenge_methods_supported.iter().any(|method| METHODS.contains(&method.as_str())) {
        return Err(GrantServerError::NoS256);
    }
    Ok(GrantServer {
        authorization: members.authorization_endpoint,
        token: members.token_endpoint,
        revocation: members.revocation_endpoint,
        registration: members.registration_endpoint,
        takes_documents: members.client_id_metadata_document_supported,
        sends_issuer: members.authorization_response_iss_parameter_supported,
    })
}

/// The parameters of an authorization request of Weir's.
#[derive(Clone, Copy, Debug)]
pub struct GrantRequest<'a> {
    /// Weir's client id at the server.
    pub client_id: &'a str,
    /// Weir's redirect URI for grants.
    pub redirect_uri: &'a str,
    /// The requested scopes, separated by spaces; empty for none.
    pub scope: &'a str,
    /// `resource` (RFC 8707 §2), unless the server takes none.
    pub resource: Option<&'a str>,
    /// The sealed state.
    pub state: &'a str,
    /// The challenge of Weir's own verifier.
    pub challenge: &'a Challenge,
}

impl GrantRequest<'_> {
    /// Returns the URL at the server to send the person to.
    #[must_use]
    pub fn url(&self, authorization_endpoint: &str) -> String {
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("code_challenge", self.challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        parameters.extend(self.resource.map(|resource| ("resource", resource)));
        parameters.extend((!self.scope.is_empty()).then_some(("scope", self.scope)));
        form::extend_query(authorization_endpoint, &parameters)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::openid_provider::MAX_DOCUMENT_BYTES;

    const ISSUER: &str = "https://auth.example.com/tenant";

    fn document(changes: &[(&str, Value)]) -> Vec<u8> {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://auth.example.com/authorize?a=b",
            "token_endpoint": "https://auth.example.com/token", "code_challenge_methods_supported": ["plain", "S256"],
        });
        changes.iter().for_each(|(name, value)| document[*name] = value.clone());
        document.to_string().into_bytes()
    }

    #[test]
    fn metadata_is_looked_for_in_the_order_of_clients() {
        let origin = "https://auth.example.com";
        let (oauth, openid) = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration");
        for (issuer, expected) in [
            (origin.to_owned(), vec![format!("{origin}{oauth}"), format!("{origin}{openid}")]),
            (format!("{origin}/"), vec![format!("{origin}{oauth}"), format!("{origin}{openid}")]),
            (
                ISSUER.to_owned(),
                vec![
                    format!("{origin}{oauth}/tenant"),
                    format!("{origin}{openid}/tenant"),
                    format!("{origin}/tenant{openid}"),
                ],
            ),
            ("https://a@evil.example".to_owned(), vec![]),
            (format!("{origin}?a"), vec![]),
        ] {
            assert_eq!(discovery_urls(&issuer), expected, "{issuer}");
        }
    }

    #[test]
    fn only_own_endpoints_of_the_right_issuer_are_used() {
        let server = read_metadata(&document(&[]), ISSUER).unwrap();
        assert_eq!((server.revocation, server.registration, server.takes_documents), (None, None, false));
        let more = [
            ("revocation_endpoint", json!("https://auth.example.com/revoke")),
            ("registration_endpoint", json!("https://auth.example.com:443/register")),
            ("client_id_metadata_document_supported", json!(true)),
            ("authorization_response_iss_parameter_supported", json!(true)),
        ];
        let server = read_metadata(&document(&more), ISSUER).unwrap();
        assert_eq!(server.registration.as_deref(), Some("https://auth.example.com:443/register"));
        assert!(server.takes_documents && server.sends_issuer && server.revocation.is_some());
        let foreign = GrantServerError::Discovery(DiscoveryError::ForeignEndpoint);
        for (name, value, error) in [
            ("issuer", json!("https://auth.example.com"), DiscoveryError::WrongIssuer.into()),
            ("issuer", json!("https://auth.example.com/tenant/"), DiscoveryError::WrongIssuer.into()),
            ("issuer", Value::Null, DiscoveryError::Malformed.into()),
            ("authorization_endpoint", json!("$(touch /tmp/a)"), foreign),
            ("authorization_endpoint", json!("https://auth.example.com.evil.example/"), foreign),
            ("token_endpoint", json!("https://evil.example/token"), foreign),
            ("token_endpoint", json!("http://auth.example.com/token"), foreign),
            ("token_endpoint", json!("https://169.254.169.254/token"), foreign),
            ("revocation_endpoint", json!("https://evil.example/revoke"), foreign),
            ("registration_endpoint", json!("https://127.0.0.1/register"), foreign),
            ("code_challenge_methods_supported", json!(["plain"]), GrantServerError::NoS256),
            ("code_challenge_methods_supported", json!([]), GrantServerError::NoS256),
        ] {
            assert_eq!(read_metadata(&document(&[(name, value.clone())]), ISSUER), Err(error), "{name}: {value}");
        }
        let long = document(&[("x", json!("a".repeat(MAX_DOCUMENT_BYTES)))]);
        assert_eq!(read_metadata(&long, ISSUER), Err(DiscoveryError::Malformed.into()));
    }

    #[test]
    fn request_names_scope_resource_and_challenge() {
        let request = GrantRequest {
            client_id: "weir",
            redirect_uri: "https://h/cb",
            scope: "a b",
            resource: Some("https://o/mcp"),
            state: "S",
            challenge: &Challenge::of("v"),
        };
        let url = request.url("https://auth.example.com/authorize?a=b");
        let challenge = Challenge::of("v");
        let expected = format!(
            "https://auth.example.com/authorize?a=b&response_type=code&client_id=weir&redirect_uri=https%3A%2F%2Fh%2Fcb&state=S\
             &code_challenge={}&code_challenge_method=S256&resource=https%3A%2F%2Fo%2Fmcp",
            challenge.as_str()
        );
        assert_eq!(url, format!("{expected}&scope=a%20b"));
        let without = GrantRequest { resource: None, ..request }.url("https://auth.example.com/authorize");
        assert!(without.ends_with("&code_challenge_method=S256&scope=a%20b"), "{without}");
        assert_eq!(GrantRequest { scope: "", ..request }.url("https://auth.example.com/authorize?a=b"), expected);
    }
}
