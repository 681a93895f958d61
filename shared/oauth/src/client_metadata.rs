//! Client metadata (RFC 7591 §2), from a client-id metadata document or from a registration.
//!
//! ```text
//! GET https://claude.ai/oauth/claude-code-client-metadata                        the client_id is this URL
//! {"client_id":"https://claude.ai/oauth/claude-code-client-metadata","client_name":"Claude Code",
//!  "redirect_uris":["http://localhost/callback","http://127.0.0.1/callback"],"token_endpoint_auth_method":"none"}
//! ```
//!
//! draft-ietf-oauth-client-id-metadata-document-00: who controls the URL controls the document, so the client is proven
//! as far as its redirect URIs are. All errors of a document have one text, so that an anonymous caller can't use Weir
//! to tell ports and hosts apart.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::claims::object;
use crate::client_authentication::{PRIVATE_KEY_JWT, PUBLIC};
use crate::jwk::KeySet;
use crate::redirect_uri::RedirectUri;
use crate::web_url::WebUrl;

/// The maximum size of a document, in bytes (draft §6.6 recommends 5 KB); real ones have 300 to 900.
pub const MAX_DOCUMENT_BYTES: usize = 5 * 1024;

/// The maximum number of redirect URIs of a client.
pub const MAX_REDIRECT_URIS: usize = 16;

/// The maximum length of a client's name, in characters; the rest is cut off.
pub const MAX_NAME_CHARACTERS: usize = 64;

/// The part of a client's metadata that Weir uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    /// The client's name for itself, without hidden characters, at most [`MAX_NAME_CHARACTERS`]; may be empty.
    pub name: String,
    /// The usable redirect URIs: 1 to [`MAX_REDIRECT_URIS`].
    pub redirect_uris: Vec<RedirectUri>,
    /// The client's authentication at the token endpoint.
    pub authentication: Authentication,
}

/// The client authentication of a client that describes itself (RFC 7591 §2): never a secret, which everybody could
/// read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// `none`: a public client.
    Public,
    /// `private_key_jwt` with `jwks`: the JWK set as JSON, of public keys.
    Keys(String),
    /// `private_key_jwt` with `jwks_uri`: an address of the document's own host.
    KeysAt(String),
}

/// The reason for refusing a client's metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client's metadata can't be used")]
pub enum ClientMetadataError {
    /// Not a JSON object with members of the right types, or too large.
    Malformed,
    /// `client_id` is not the document's own URL.
    OtherClient,
    /// It has a secret or a private key, which then everybody knows.
    Secret,
    /// An authentication method other than `none` or, of a document, `private_key_jwt`.
    AuthenticationMethod,
    /// `private_key_jwt` without exactly one of `jwks` and `jwks_uri`, without a usable key, or with keys elsewhere.
    Keys,
    /// `grant_types` without `authorization_code`, or `response_types` without `code`.
    Grant,
    /// No redirect URI is usable, or there are more than [`MAX_REDIRECT_URIS`].
    RedirectUris,
}

impl ClientMetadataError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Malformed => "client_metadata_malformed",
            Self::OtherClient => "client_metadata_of_another_client",
            Self::Secret => "client_metadata_with_secret",
            Self::AuthenticationMethod => "client_metadata_authentication_method",
            Self::Keys => "client_metadata_keys",
            Self::Grant => "client_metadata_grant",
            Self::RedirectUris => "client_metadata_redirect_uris",
        }
    }
}

/// The members that Weir reads; one that occurs twice is an error, an unknown one is ignored.
#[derive(Deserialize)]
struct Members {
    client_id: Option<String>,
    client_name: Option<String>,
    client_secret: Option<Value>,
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    jwks: Option<Jwks>,
    jwks_uri: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct Jwks {
    #[serde(default)]
    keys: Vec<Map<String, Value>>,
}

/// Returns the host of a `client_id` that is the URL of a metadata document: `https:`, a DNS name without a port, a
/// path without dot segments, no query (draft §3 and §4).
#[must_use]
pub fn document_host(client_id: &str) -> Option<&str> {
    let url = WebUrl::parse(client_id)?;
    let is_name =
        url.host.contains('.') && !url.host.starts_with('[') && url.host.parse::<std::net::Ipv4Addr>().is_err();
    let has_path = url.rest.len() > 1 && !url.rest.contains(['?', '%', '\'']) && !url.rest.contains("//");
    let dotted = url.rest.split('/').any(|segment| segment == "." || segment == "..");
    (url.is_https && url.port.is_none() && is_name && has_path && !dotted).then_some(url.host)
}

/// Reads a client-id metadata document, fetched from `client_id`. A redirect URI that is not usable is left out.
///
/// # Errors
/// [`ClientMetadataError`] if the document breaks a rule.
pub fn from_document<S: AsRef<str>>(
    client_id: &str,
    document: &[u8],
    private_use: &[S],
) -> Result<ClientMetadata, ClientMetadataError> {
    let members = read(document)?;
    if members.client_id.as_deref() != Some(client_id) {
        return Err(ClientMetadataError::OtherClient);
    }
    let authentication = members.authentication(client_id)?;
    members.check(private_use, authentication)
}

/// Reads the body of a registration request. A redirect URI that is not usable is left out: clients register several
/// for all of their platforms at once.
///
/// # Errors
/// [`ClientMetadataError`] if the metadata breaks a rule.
pub fn from_registration<S: AsRef<str>>(body: &[u8], private_use: &[S]) -> Result<ClientMetadata, ClientMetadataError> {
    let mut members = read(body)?;
    // RFC 7591 §2 makes `client_secret_basic` the default, and §3.2.1 lets the server replace it: no client here has a
    // secret. A client that insists on a key pair would be weaker than it asked to be, so that one is refused.
    if members.token_endpoint_auth_method.as_deref().is_some_and(|method| method.starts_with("client_secret_")) {
        members.token_endpoint_auth_method = None;
    }
    if members.token_endpoint_auth_method.as_deref().is_some_and(|method| method != PUBLIC) {
        return Err(ClientMetadataError::AuthenticationMethod);
    }
    members.check(private_use, Authentication::Public)
}

fn read(json: &[u8]) -> Result<Members, ClientMetadataError> {
    let bounded = json.len() <= MAX_DOCUMENT_BYTES;
    bounded.then(|| object(json)).flatten().ok_or(ClientMetadataError::Malformed)
}

impl Members {
    /// The client authentication that a document describes. Keys elsewhere must be on the document's own host: who
    /// controls that one controls the client already, and the registry lists it.
    fn authentication(&self, client_id: &str) -> Result<Authentication, ClientMetadataError> {
        match self.token_endpoint_auth_method.as_deref() {
            None | Some(PUBLIC) => return Ok(Authentication::Public),
            Some(PRIVATE_KEY_JWT) => {}
            Some(_) => return Err(ClientMetadataError::AuthenticationMethod),
        }
        match (&self.jwks, &self.jwks_uri) {
            (Some(jwks), None) => {
                let text = serde_json::to_string(jwks).map_err(|_| ClientMetadataError::Keys)?;
                KeySet::parse(&text).map_err(|_| ClientMetadataError::Keys)?;
                Ok(Authentication::Keys(text))
            }
            (None, Some(url)) if document_host(url).is_some() && document_host(url) == document_host(client_id) => {
                Ok(Authentication::KeysAt(url.clone()))
            }
            _ => Err(ClientMetadataError::Keys),
        }
    }

    fn check<S: AsRef<str>>(
        self,
        private_use: &[S],
        authentication: Authentication,
    ) -> Result<ClientMetadata, ClientMetadataError> {
        // RFC 7518 §6.2.2, §6.3.2 and §6.4.1: the private members of a JWK.
        const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        let mut keys = self.jwks.iter().flat_map(|jwks| &jwks.keys);
        if self.client_secret.is_some() || keys.any(|key| PRIVATE.iter().any(|member| key.contains_key(*member))) {
            return Err(ClientMetadataError::Secret);
        }
        let lacks = |listed: &Option<Vec<String>>, needed: &str| {
            listed.as_ref().is_some_and(|listed| !listed.iter().any(|one| one == needed))
        };
        if lacks(&self.grant_types, "authorization_code") || lacks(&self.response_types, "code") {
            return Err(ClientMetadataError::Grant);
        }
        let written = self.redirect_uris.unwrap_or_default();
        let usable = written.iter().filter_map(|uri| RedirectUri::parse(uri, private_use).ok());
        let redirect_uris: Vec<RedirectUri> = usable.collect();
        if redirect_uris.is_empty() || written.len() > MAX_REDIRECT_URIS {
            return Err(ClientMetadataError::RedirectUris);
        }
        let name = shown_name(self.client_name.as_deref().unwrap_or_default());
        Ok(ClientMetadata { name, redirect_uris, authentication })
    }
}

/// A name without the characters that make a text look like another: controls, and those that are invisible or turn the
/// direction of writing.
fn shown_name(name: &str) -> String {
    let hidden = |character: char| {
        character.is_control()
            || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let shown: String = name.chars().filter(|character| !hidden(*character)).take(MAX_NAME_CHARACTERS).collect();
    shown.trim().to_owned()
}

/// Returns the response to a registration (RFC 7591 §3.2.1), with status 201. It has no `null` and no `client_secret`:
/// deployed clients refuse both.
#[must_use]
pub fn registered(client_id: &str, issued_at: u64, metadata: &ClientMetadata) -> Vec<u8> {
    let redirect_uris: Vec<&str> = metadata.redirect_uris.iter().map(RedirectUri::as_str).collect();
    let mut body = serde_json::json!({
        "client_id": client_id,
        "client_id_issued_at": issued_at,
        "redirect_uris": redirect_uris,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    if !metadata.name.is_empty() {
        body["client_name"] = metadata.name.clone().into();
    }
    body.to_string().into_bytes()
}

/// Returns the error response to a registration (RFC 7591 §3.2.2), with status 400.
#[must_use]
pub fn not_registered(error: ClientMetadataError) -> Vec<u8> {
    let (code, description) = match error {
        ClientMetadataError::RedirectUris => (
            "invalid_redirect_uri",
            "no redirect URI is usable: `https:` ones, `http:` ones on `localhost`, `127.0.0.1` or `[::1]`, and those of \
             private-use schemes that the registry lists; at most 16",
        ),
        ClientMetadataError::Malformed => {
            ("invalid_client_metadata", "the metadata is not a JSON object of known types")
        }
        ClientMetadataError::Secret => {
            ("invalid_client_metadata", "the metadata must have no secret and no private key")
        }
        ClientMetadataError::AuthenticationMethod | ClientMetadataError::Keys => {
            ("invalid_client_metadata", "the only `token_endpoint_auth_method` of a registered client is `none`")
        }
        ClientMetadataError::Grant => (
            "invalid_client_metadata",
            "a registered client needs the grant `authorization_code` and the response `code`",
        ),
        ClientMetadataError::OtherClient => ("invalid_client_metadata", "the metadata is of another client"),
    };
    serde_json::json!({ "error": code, "error_description": description }).to_string().into_bytes()
}

#[cfg(test)]
mod tests;
