//! The corporate identity provider as an OpenID provider: discovery (OpenID Connect Discovery 1.0 §4) and the
//! authentication request (OpenID Connect Core 1.0 §3.1.2.1), with Weir as its client.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::claims::object;
use crate::form;
use crate::pkce::Challenge;
use crate::web_url::WebUrl;

/// The maximum size of a discovery document, in bytes; real ones have 1,500 to 8,000.
pub const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// The part of a discovery document that Weir uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// `authorization_endpoint`; may have a query.
    pub authorization: String,
    /// `token_endpoint`.
    pub token: String,
    /// True if every authorization response has `iss` (RFC 9207 §3).
    pub sends_issuer: bool,
}

/// The reason for refusing a discovery document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// Not a JSON object with the required members, or larger than [`MAX_DOCUMENT_BYTES`].
    #[error("the discovery document is malformed")]
    Malformed,
    /// `issuer` is not the issuer that was asked (Discovery §4.3).
    #[error("the discovery document is of another issuer")]
    WrongIssuer,
    /// An endpoint is not on the issuer's web origin: name it in `[sign_in]` if it is right.
    #[error("the discovery document names an endpoint of another origin")]
    ForeignEndpoint,
}

/// Returns the URL of an issuer's discovery document (Discovery §4.1: without a slash at the issuer's end).
#[must_use]
pub fn discovery_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

/// Reads a discovery document, fetched from [`discovery_url`]. A code and a client secret go to its endpoints, so both
/// must be on the web origin of `issuer`.
///
/// # Errors
/// [`DiscoveryError`] if the document can't be used.
pub fn read_discovery(document: &[u8], issuer: &str) -> Result<Endpoints, DiscoveryError> {
    #[derive(Deserialize)]
    struct Members {
        issuer: String,
        authorization_endpoint: String,
        token_endpoint: String,
        #[serde(default)]
        authorization_response_iss_parameter_supported: bool,
    }
    let members: Members = read_members(document)?;
    check_own(&members.issuer, issuer, [&members.authorization_endpoint, &members.token_endpoint])?;
    Ok(Endpoints {
        authorization: members.authorization_endpoint,
        token: members.token_endpoint,
        sends_issuer: members.authorization_response_iss_parameter_supported,
    })
}

/// Reads the members of a metadata document.
pub(crate) fn read_members<M: DeserializeOwned>(document: &[u8]) -> Result<M, DiscoveryError> {
    let bounded = document.len() <= MAX_DOCUMENT_BYTES;
    bounded.then(|| object(document)).flatten().ok_or(DiscoveryError::Malformed)
}

/// Checks that a document is of `issuer`, and that every endpoint is on the web origin of that.
pub(crate) fn check_own<'a>(
    named: &str,
    issuer: &str,
    endpoints: impl IntoIterator<Item = &'a String>,
) -> Result<(), DiscoveryError> {
    if named != issuer {
        return Err(DiscoveryError::WrongIssuer);
    }
    let own = WebUrl::parse(issuer).ok_or(DiscoveryError::Malformed)?;
    let is_own = |endpoint: &String| WebUrl::parse(endpoint).is_some_and(|endpoint| endpoint.is_same_origin(&own));
    if endpoints.into_iter().all(is_own) { Ok(()) } else { Err(DiscoveryError::ForeignEndpoint) }
}

/// The parameters of an authentication request of Weir's.
#[derive(Clone, Copy, Debug)]
pub struct AuthenticationRequest<'a> {
    /// Weir's client id at the identity provider.
    pub client_id: &'a str,
    /// Weir's callback, as registered at the identity provider.
    pub redirect_uri: &'a str,
    /// The requested scopes, separated by spaces; `openid` among them.
    pub scope: &'a str,
    /// The sealed state.
    pub state: &'a str,
    /// The nonce that the ID token must repeat.
    pub nonce: &'a str,
    /// The challenge of Weir's own verifier.
    pub challenge: &'a Challenge,
}

impl AuthenticationRequest<'_> {
    /// Returns the URL at the identity provider to send the person to.
    #[must_use]
    pub fn url(&self, authorization_endpoint: &str) -> String {
        let parameters = [
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("scope", self.scope),
            ("state", self.state),
            ("nonce", self.nonce),
            ("code_challenge", self.challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        form::extend_query(authorization_endpoint, &parameters)
    }
}

/// The authentication response (Core §3.1.2.5), with `iss` (RFC 9207 §2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationResponse {
    /// `code`.
    pub code: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `error`.
    pub error: Option<String>,
}

/// Reads the query of the callback; `None` if it is malformed, longer than 16 KiB, or has a parameter twice.
#[must_use]
pub fn read_response(query: &str) -> Option<AuthenticationResponse> {
    const MAX_QUERY_BYTES: usize = 16 * 1024;
    if query.len() > MAX_QUERY_BYTES {
        return None;
    }
    let mut response = AuthenticationResponse::default();
    for (name, value) in form::parameters(query.as_bytes())? {
        let place = match name.as_str() {
            "code" => &mut response.code,
            "state" => &mut response.state,
            "iss" => &mut response.issuer,
            "error" => &mut response.error,
            _ => continue,
        };
        if place.replace(value).is_some() {
            return None;
        }
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://idp.example.com/realms/a";

    fn document(changes: serde_json::Value) -> Vec<u8> {
        let mut document = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://idp.example.com/auth",
            "token_endpoint": "https://idp.example.com/token", "authorization_response_iss_parameter_supported": true,
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document.to_string().into_bytes()
    }

    #[test]
    fn discovery_is_read() {
        let endpoints = read_discovery(&document(json!({ "jwks_uri": null })), ISSUER).unwrap();
        assert_eq!(endpoints.authorization, "https://idp.example.com/auth");
        assert_eq!(endpoints.token, "https://idp.example.com/token");
        assert!(endpoints.sends_issuer);
        for (issuer, url) in [
            (ISSUER, "https://idp.example.com/realms/a/.well-known/openid-configuration"),
            ("https://idp.example.com/", "https://idp.example.com/.well-known/openid-configuration"),
        ] {
            assert_eq!(discovery_url(issuer), url);
        }
    }

    /// Case 19 of the list of attacks: a foreign token endpoint, a shell text as authorization endpoint.
    #[test]
    fn foreign_endpoint_is_refused() {
        use DiscoveryError::{ForeignEndpoint, Malformed, WrongIssuer};
        for (changes, error) in [
            (json!({ "issuer": "https://idp.example.com/realms/b" }), WrongIssuer),
            (json!({ "issuer": "https://idp.example.com/realms/a/" }), WrongIssuer),
            (json!({ "token_endpoint": "https://evil.example/token" }), ForeignEndpoint),
            (json!({ "token_endpoint": "http://idp.example.com/token" }), ForeignEndpoint),
            (json!({ "token_endpoint": "https://idp.example.com:8443/token" }), ForeignEndpoint),
            (json!({ "token_endpoint": "https://idp.example.com@evil.example/token" }), ForeignEndpoint),
            (json!({ "token_endpoint": "https://idp.example.com.evil.example/token" }), ForeignEndpoint),
            (json!({ "authorization_endpoint": "file:/c:/windows/calc.exe" }), ForeignEndpoint),
            (json!({ "authorization_endpoint": "https://idp.example.com/$(calc)\\" }), ForeignEndpoint),
            (json!({ "authorization_endpoint": "javascript:alert(1)" }), ForeignEndpoint),
            (json!({ "token_endpoint": null }), Malformed),
            (json!({ "padding": "x".repeat(MAX_DOCUMENT_BYTES) }), Malformed),
        ] {
            assert_eq!(read_discovery(&document(changes.clone()), ISSUER), Err(error), "{changes}");
        }
        for text in ["", "[]", "<html>", "{}"] {
            assert_eq!(read_discovery(text.as_bytes(), ISSUER), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn authentication_request_keeps_the_endpoints_query() {
        let challenge = Challenge::of("x");
        let request = AuthenticationRequest {
            client_id: "weir",
            redirect_uri: "https://mcp.example.com/oauth/callback",
            scope: "openid email",
            state: "S",
            nonce: "N",
            challenge: &challenge,
        };
        let url = request.url("https://idp.example.com/auth?access_type=offline");
        let expected = "https://idp.example.com/auth?access_type=offline&response_type=code&client_id=weir\
            &redirect_uri=https%3A%2F%2Fmcp.example.com%2Foauth%2Fcallback&scope=openid%20email&state=S&nonce=N";
        assert!(url.starts_with(expected), "{url}");
        assert!(url.ends_with("&code_challenge_method=S256"), "{url}");
    }

    #[test]
    fn response_with_a_parameter_twice_is_refused() {
        let response = read_response("code=a%20b&state=s&iss=https%3A%2F%2Fidp&session_state=x").unwrap();
        assert_eq!(response.code.as_deref(), Some("a b"));
        assert_eq!((response.state.as_deref(), response.issuer.as_deref()), (Some("s"), Some("https://idp")));
        for query in
            ["code=a&code=b", "state=a&state=a", "iss=a&iss=b", "error=a&error=b", "code=%", &"a".repeat(17_000)]
        {
            assert_eq!(read_response(query), None, "{query:.40}");
        }
    }
}
