//! Weir's own client metadata at the authorization servers of grants: as a client-id metadata document, and as a
//! registration (RFC 7591).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::claims::object;
use crate::openid_token_request::Method;

/// The path of Weir's client-id metadata documents, before the origin's name. The URL is the client id.
pub const DOCUMENT_PATH: &str = "/oauth/client/";
/// The path of Weir's redirect URIs for grants, before the origin's name. Each origin has its own: a server that leads
/// the browser on to another origin's gets an answer there that doesn't fit (mix-up, RFC 9700 §4.4.2.2).
pub const GRANT_CALLBACK_PATH: &str = "/oauth/grants/callback/";
/// The maximum size of the response to a registration, in bytes.
pub const MAX_REGISTRATION_BYTES: usize = 32 * 1024;
/// The maximum length of a client id or secret, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// Returns Weir's client id for `origin` at a server that reads client-id metadata documents. `url` is the gateway's
/// own address.
#[must_use]
pub fn document_url(url: &str, origin: &str) -> String {
    format!("{url}{DOCUMENT_PATH}{origin}")
}

/// Returns Weir's redirect URI for grants at `origin`.
#[must_use]
pub fn redirect_uri(url: &str, origin: &str) -> String {
    format!("{url}{GRANT_CALLBACK_PATH}{origin}")
}

fn metadata(url: &str, origin: &str) -> serde_json::Value {
    json!({
        "client_name": "Weir",
        "client_uri": url,
        "redirect_uris": [redirect_uri(url, origin)],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
    })
}

/// Returns the client-id metadata document.
#[must_use]
pub fn document(url: &str, origin: &str) -> Vec<u8> {
    let mut document = metadata(url, origin);
    document["client_id"] = json!(document_url(url, origin));
    document.to_string().into_bytes()
}

/// Returns the body of a registration.
#[must_use]
pub fn registration(url: &str, origin: &str) -> Vec<u8> {
    metadata(url, origin).to_string().into_bytes()
}

/// Weir's client at a server, by registration.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`; empty for a public client.
    pub client_secret: String,
    /// The authentication at the token endpoint.
    pub authentication: Method,
    /// The end of the secret, Unix seconds; 0 for none.
    pub ends_at: u64,
}

impl fmt::Debug for Registered {
    /// Omits the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Registered").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Reads the response to a registration (RFC 7591 §3.2.1); `None` if it names no client that Weir can be. A server may
/// give a secret where none was asked for.
#[must_use]
pub fn read_registration(status: u16, body: &[u8]) -> Option<Registered> {
    #[derive(Deserialize)]
    struct Members {
        client_id: String,
        #[serde(default)]
        client_secret: Option<String>,
        #[serde(default)]
        client_secret_expires_at: Option<u64>,
        #[serde(default)]
        token_endpoint_auth_method: Option<String>,
    }
    let right = matches!(status, 200 | 201) && body.len() <= MAX_REGISTRATION_BYTES;
    let members: Members = right.then(|| object(body)).flatten()?;
    let secret = members.client_secret.unwrap_or_default();
    let is_text = |text: &str| text.len() <= MAX_TEXT_BYTES && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if members.client_id.is_empty() || !is_text(&members.client_id) || !is_text(&secret) {
        return None;
    }
    let default = if secret.is_empty() { Method::None } else { Method::Basic };
    let authentication = match &members.token_endpoint_auth_method {
        Some(name) => Method::parse(name)?,
        None => default,
    };
    if authentication != Method::None && secret.is_empty() {
        return None;
    }
    let ends_at = members.client_secret_expires_at.unwrap_or(0);
    Some(Registered { client_id: members.client_id, client_secret: secret, authentication, ends_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client_metadata::{Authentication, from_document};

    #[test]
    fn own_document_is_one_that_weir_itself_would_take() {
        let url = "https://mcp.example.com";
        let read = from_document(&document_url(url, "crm"), &document(url, "crm"), &[] as &[&str]).unwrap();
        assert_eq!((read.name.as_str(), &read.authentication), ("Weir", &Authentication::Public));
        assert_eq!(read.redirect_uris[0].as_str(), "https://mcp.example.com/oauth/grants/callback/crm");
        assert!(
            !String::from_utf8(registration(url, "crm")).unwrap().contains("client_id\""),
            "the server chooses the id"
        );
    }

    #[test]
    fn registration_names_a_client_that_weir_can_be() {
        let read = |text: &str| read_registration(201, text.as_bytes());
        let public = read(r#"{"client_id":"a"}"#).unwrap();
        assert_eq!((public.authentication, public.client_secret.as_str()), (Method::None, ""));
        let secret = read(r#"{"client_id":"a","client_secret":"canary","client_secret_expires_at":7}"#).unwrap();
        assert_eq!((secret.authentication, secret.ends_at), (Method::Basic, 7));
        assert!(!format!("{secret:?}").contains("canary"));
        let post = r#"{"client_id":"a","client_secret":"s","token_endpoint_auth_method":"client_secret_post"}"#;
        assert_eq!(read(post).unwrap().authentication, Method::Post);
        for refused in [
            "",
            "[]",
            "{}",
            r#"{"client_id":""}"#,
            r#"{"client_id":"a\nb"}"#,
            r#"{"client_id":"a","token_endpoint_auth_method":"private_key_jwt"}"#,
            r#"{"client_id":"a","token_endpoint_auth_method":"client_secret_basic"}"#,
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
        assert_eq!(read_registration(400, br#"{"client_id":"a"}"#), None);
    }
}
