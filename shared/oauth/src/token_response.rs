//! The successful response of the token endpoint (RFC 6749 §5.1, with `resource` as in the ID-JAG draft).
//!
//! ```text
//! {"access_token":"…","token_type":"Bearer","expires_in":600,"scope":"tools:list","resource":"https://HOST/mcp"}
//! ```

use std::fmt;

use serde::Serialize;

/// An issued access token. After an ID-JAG there is no refresh token: the client asks its identity provider for a new
/// assertion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenResponse<'a> {
    /// `access_token`: the signed JWT.
    pub access_token: &'a str,
    /// `expires_in`: the remaining lifetime, in seconds.
    pub expires_in: u64,
    /// `scope`: the granted scopes.
    pub scope: &'a [String],
    /// `resource`: the protected resource that is the token's audience.
    pub resource: &'a str,
    /// True for a token that is bound to a key: `token_type` is `DPoP` (RFC 9449 §5). Some clients refuse that type, so
    /// only one that has sent a proof gets it.
    pub is_bound: bool,
    /// `refresh_token`, after a sign-in; `None` leaves the member out.
    pub refresh_token: Option<&'a str>,
}

impl TokenResponse<'_> {
    /// Returns the response body (RFC 6749 §5.1). The response also needs `Cache-Control: no-store`.
    ///
    /// # Errors
    /// [`serde_json::Error`], which does not happen for strings and numbers.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            access_token: &'a str,
            token_type: &'static str,
            expires_in: u64,
            scope: String,
            resource: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            refresh_token: Option<&'a str>,
        }
        serde_json::to_vec(&Body {
            access_token: self.access_token,
            token_type: if self.is_bound { "DPoP" } else { "Bearer" },
            expires_in: self.expires_in,
            scope: self.scope.join(" "),
            resource: self.resource,
            refresh_token: self.refresh_token,
        })
    }
}

impl fmt::Debug for TokenResponse<'_> {
    /// Omits the token, which must never be logged.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_response_has_every_member_and_debug_omits_token() {
        let scope = ["tools:list".to_owned(), "tools:call".to_owned()];
        let response = TokenResponse {
            access_token: "a.b.c",
            expires_in: 600,
            scope: &scope,
            resource: "https://mcp.example.com/mcp",
            is_bound: false,
            refresh_token: None,
        };
        let json: serde_json::Value = serde_json::from_slice(&response.to_json().unwrap()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "access_token": "a.b.c", "token_type": "Bearer", "expires_in": 600,
                "scope": "tools:list tools:call", "resource": "https://mcp.example.com/mcp",
            }),
            "the body should be that of RFC 6749 §5.1"
        );
        let refreshable = TokenResponse { refresh_token: Some("F.1.S"), is_bound: true, ..response };
        let json: serde_json::Value = serde_json::from_slice(&refreshable.to_json().unwrap()).unwrap();
        assert_eq!((&json["refresh_token"], &json["token_type"]), (&"F.1.S".into(), &"DPoP".into()));
        let shown = format!("{refreshable:?}");
        assert!(!shown.contains("a.b.c") && !shown.contains("F.1.S"), "a log should contain neither token");
    }
}
