//! The response of the authorization endpoint (OAuth 2.1 §4.1.2) with `iss` (RFC 9207), as a URL to redirect to.
//!
//! ```text
//! http://localhost:49152/callback?code=…&state=…&iss=https%3A%2F%2FHOST
//! http://localhost:49152/callback?error=access_denied&error_description=…&state=…&iss=https%3A%2F%2FHOST
//! ```

use crate::authorization_request::AuthorizationError;
use crate::form;
use crate::redirect_uri::RedirectUri;

/// Returns the URL that hands `code` to the client. `url` is Weir's issuer identifier.
#[must_use]
pub fn success(redirect_uri: &RedirectUri, code: &str, state: Option<&str>, url: &str) -> String {
    with(redirect_uri, &[("code", code)], state, url)
}

/// Returns the URL that tells the client of `error`. `url` is Weir's issuer identifier.
#[must_use]
pub fn failure(redirect_uri: &RedirectUri, error: &AuthorizationError, state: Option<&str>, url: &str) -> String {
    with(redirect_uri, &[("error", error.error), ("error_description", error.description)], state, url)
}

fn with(redirect_uri: &RedirectUri, own: &[(&str, &str)], state: Option<&str>, url: &str) -> String {
    let state = state.map(|state| ("state", state));
    let parameters: Vec<(&str, &str)> = own.iter().copied().chain(state).chain([("iss", url)]).collect();
    form::extend_query(redirect_uri.as_str(), &parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://mcp.example.com";

    fn redirect_uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text, &["cursor://oauth/callback"]).unwrap()
    }

    #[test]
    fn success_names_code_state_and_issuer() {
        assert_eq!(
            success(&redirect_uri("http://localhost:1/cb"), "F.S", Some("a&b=c d"), URL),
            "http://localhost:1/cb?code=F.S&state=a%26b%3Dc%20d&iss=https%3A%2F%2Fmcp.example.com"
        );
        assert_eq!(
            success(&redirect_uri("https://a.example/cb?x=1"), "F.S", None, URL),
            "https://a.example/cb?x=1&code=F.S&iss=https%3A%2F%2Fmcp.example.com",
            "a query of its own should stay, and no state be invented"
        );
        assert_eq!(
            success(&redirect_uri("cursor://oauth/callback"), "F.S", None, URL),
            "cursor://oauth/callback?code=F.S&iss=https%3A%2F%2Fmcp.example.com"
        );
    }

    #[test]
    fn failure_names_error_state_and_issuer() {
        let error = AuthorizationError::access_denied("consent_refused", "refused by the person");
        assert_eq!(
            failure(&redirect_uri("http://localhost:1"), &error, Some("s"), URL),
            "http://localhost:1?error=access_denied&error_description=refused%20by%20the%20person&state=s\
             &iss=https%3A%2F%2Fmcp.example.com"
        );
    }
}
