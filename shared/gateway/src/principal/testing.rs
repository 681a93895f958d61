//! A principal's claims for unit tests.

use oauth::access_token::Claims;

/// The claims of a user.
pub(crate) fn claims() -> Claims {
    Claims {
        issuer: "https://mcp.example.com".to_owned(),
        subject: "alice".to_owned(),
        audience: "https://mcp.example.com/mcp".to_owned(),
        client_id: "claude-code".to_owned(),
        issued_at: 1,
        began_at: 1,
        expires_at: 2,
        jti: "1".to_owned(),
        scope: vec!["tools:list".to_owned()],
        groups: vec!["support".to_owned()],
        team: None,
        project: None,
        tenant: None,
        identity_provider: "https://idp.example.com".to_owned(),
        acr: None,
        amr: Vec::new(),
        auth_time: None,
        audience_subject: None,
        key_thumbprint: None,
    }
}
