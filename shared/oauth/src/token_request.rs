//! The request and the error responses of the token endpoint (RFC 6749 §3.2 and §5.2, RFC 7523 §2.1, RFC 8707 §2).
//!
//! ```text
//! POST /oauth/token
//! Content-Type: application/x-www-form-urlencoded
//!
//! grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=<ID-JAG>
//!   &resource=https%3A%2F%2FHOST%2Fmcp&scope=tools%3Alist&client_id=…&client_secret=…
//!
//! {"error":"invalid_grant","error_description":"the assertion is for another client"}
//! ```

use std::fmt;

use crate::bearer_token::printable;
use crate::dpop::{BindingError, ProofError};
use crate::form;
use crate::id_jag::{IdJagError, MAX_RESOURCES};
use crate::scope;

/// The `grant_type` of the JWT bearer grant (RFC 7523 §2.1).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The `grant_type` of the same grant with a DPoP proof in the ID-JAG draft's example
/// (draft-parecki-oauth-jwt-dpop-grant-01).
pub const JWT_DPOP: &str = "urn:ietf:params:oauth:grant-type:jwt-dpop";

/// The `grant_type` of the authorization code grant (OAuth 2.1 §4.1.3), after a sign-in.
pub const AUTHORIZATION_CODE: &str = "authorization_code";

/// The `grant_type` of the refresh token grant (OAuth 2.1 §4.3), after a sign-in.
pub const REFRESH_TOKEN: &str = "refresh_token";

/// The `grant_type` of a client that acts for itself (RFC 6749 §4.4).
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The maximum length of the body, in bytes: 16 KiB for the assertion and as much for the other parameters.
pub const MAX_BODY_BYTES: usize = 32 * 1024;

/// The parameters of a token request, not yet checked: the client must authenticate before it learns more.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// `grant_type` as sent, not empty.
    pub grant_type: String,
    /// `assertion` (RFC 7523 §2.1), not verified; `None` if absent.
    pub assertion: Option<String>,
    /// `resource` (RFC 8707 §2), 0 to 16 values: the only parameter that may repeat.
    pub resource: Vec<String>,
    /// The tokens of `scope` (RFC 6749 §3.3); `None` if absent.
    pub scope: Option<Vec<String>>,
    /// `client_id`, for `client_secret_post` or beside the `Authorization` header; `None` if absent.
    pub client_id: Option<String>,
    /// `client_secret`, for `client_secret_post` (RFC 6749 §2.3.1); `None` if absent.
    pub client_secret: Option<String>,
    /// `code` (OAuth 2.1 §4.1.3), not verified; `None` if absent.
    pub code: Option<String>,
    /// `code_verifier` (RFC 7636 §4.5); `None` if absent.
    pub code_verifier: Option<String>,
    /// `redirect_uri` (RFC 6749 §4.1.3); `None` if absent, as OAuth 2.1 allows.
    pub redirect_uri: Option<String>,
    /// `refresh_token` (OAuth 2.1 §4.3.1), not verified; `None` if absent.
    pub refresh_token: Option<String>,
    /// `token` of a revocation request (RFC 7009 §2.1), not verified; `None` if absent.
    pub token: Option<String>,
    /// `client_assertion` (RFC 7521 §4.2), not verified; `None` if absent.
    pub client_assertion: Option<String>,
    /// `client_assertion_type` (RFC 7521 §4.2); `None` if absent.
    pub client_assertion_type: Option<String>,
}

impl fmt::Debug for TokenRequest {
    /// Omits assertion, secret, code and refresh token, which must never be logged.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenRequest")
            .field("grant_type", &self.grant_type)
            .field("resource", &self.resource)
            .field("scope", &self.scope)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The grant that a token request brings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Grant<'a> {
    /// [`JWT_BEARER`] or [`JWT_DPOP`]: the assertion.
    Assertion(&'a str),
    /// [`AUTHORIZATION_CODE`]: the code.
    Code {
        /// The code.
        code: &'a str,
        /// The verifier of its challenge.
        verifier: &'a str,
    },
    /// [`REFRESH_TOKEN`]: the refresh token.
    Refresh(&'a str),
    /// [`CLIENT_CREDENTIALS`]: nothing but the client itself.
    Client,
}

/// The grants of a deployment beside [`JWT_BEARER`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// True if there is a sign-in: [`AUTHORIZATION_CODE`] and [`REFRESH_TOKEN`].
    pub sign_in: bool,
    /// True if a client is a service: [`CLIENT_CREDENTIALS`].
    pub services: bool,
}

impl Grants {
    /// Their values of `grant_type`, in the order of the metadata.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        let sign_in = [AUTHORIZATION_CODE, REFRESH_TOKEN].into_iter().filter(|_| self.sign_in);
        sign_in.chain([JWT_BEARER]).chain(self.services.then_some(CLIENT_CREDENTIALS)).collect()
    }
}

impl TokenRequest {
    /// Returns the grant. Call it after the client has authenticated.
    ///
    /// # Errors
    /// `unsupported_grant_type` for any other grant; `invalid_request` if a parameter of the grant is missing;
    /// `invalid_grant` for a code without a verifier (RFC 7636 §4.6), so that nobody can leave PKCE out.
    pub fn grant(&self, supported: Grants) -> Result<Grant<'_>, TokenError> {
        match self.grant_type.as_str() {
            JWT_BEARER | JWT_DPOP => {
                self.assertion.as_deref().map(Grant::Assertion).ok_or_else(|| TokenError::missing("assertion"))
            }
            AUTHORIZATION_CODE if supported.sign_in => {
                let code = self.code.as_deref().ok_or_else(|| TokenError::missing("code"))?;
                let verifier = self
                    .code_verifier
                    .as_deref()
                    .ok_or_else(|| TokenError::invalid_grant("code_verifier_missing", "`code_verifier` is missing"))?;
                Ok(Grant::Code { code, verifier })
            }
            REFRESH_TOKEN if supported.sign_in => {
                self.refresh_token.as_deref().map(Grant::Refresh).ok_or_else(|| TokenError::missing("refresh_token"))
            }
            CLIENT_CREDENTIALS if supported.services => Ok(Grant::Client),
            _ => Err(TokenError::unsupported_grant_type(supported)),
        }
    }
}

/// Reads a token request.
///
/// # Errors
/// `invalid_request` if the body is not a form, too large, repeats a parameter other than `resource`, or lacks
/// `grant_type`; `invalid_scope` if `scope` is malformed; `invalid_target` for more than 16 resources.
pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<TokenRequest, TokenError> {
    let request = read(content_type, body)?;
    if request.grant_type.is_empty() { Err(TokenError::missing("grant_type")) } else { Ok(request) }
}

/// Reads a revocation request (RFC 7009 §2.1), which has a `token` in place of a grant. `token_type_hint` is ignored:
/// a token says itself what it is.
///
/// # Errors
/// As [`parse`]; `invalid_request` if it lacks `token`.
pub fn parse_revocation(content_type: Option<&str>, body: &[u8]) -> Result<TokenRequest, TokenError> {
    let request = read(content_type, body)?;
    if request.token.is_none() { Err(TokenError::missing("token")) } else { Ok(request) }
}

fn read(content_type: Option<&str>, body: &[u8]) -> Result<TokenRequest, TokenError> {
    if !is_form(content_type) {
        return Err(TokenError::invalid_request(
            "token_request_not_a_form",
            "the body must be `application/x-www-form-urlencoded`",
        ));
    }
    if body.len() > MAX_BODY_BYTES {
        return Err(TokenError::invalid_request("token_request_too_large", "the body is too large"));
    }
    let parameters = form::parameters(body)
        .ok_or_else(|| TokenError::invalid_request("token_request_garbled", "the body is not a well-formed form"))?;
    for (position, (name, _)) in parameters.iter().enumerate() {
        if name != "resource" && parameters[..position].iter().any(|(other, _)| other == name) {
            return Err(TokenError::invalid_request("token_request_repeated_parameter", "a parameter is repeated"));
        }
    }
    let mut request = TokenRequest::default();
    // RFC 6749 §3.2: a parameter without a value counts as omitted, an unknown one is ignored.
    for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "grant_type" => request.grant_type = value,
            "assertion" => request.assertion = Some(value),
            "resource" => request.resource.push(value),
            "scope" => {
                let scopes = scope::parse(&value).map_err(|_| TokenError::invalid_scope())?;
                request.scope = Some(scopes);
            }
            "client_id" => request.client_id = Some(value),
            "client_secret" => request.client_secret = Some(value),
            "code" => request.code = Some(value),
            "code_verifier" => request.code_verifier = Some(value),
            "redirect_uri" => request.redirect_uri = Some(value),
            "refresh_token" => request.refresh_token = Some(value),
            "token" => request.token = Some(value),
            // RFC 9396 §5: details that are not understood must not be left out.
            "authorization_details" => return Err(TokenError::invalid_authorization_details()),
            "client_assertion" => request.client_assertion = Some(value),
            "client_assertion_type" => request.client_assertion_type = Some(value),
            _ => {}
        }
    }
    if request.resource.len() > MAX_RESOURCES {
        return Err(TokenError::invalid_target(&format!("more than {MAX_RESOURCES} resources are named")));
    }
    Ok(request)
}

fn is_form(content_type: Option<&str>) -> bool {
    let media_type = content_type.unwrap_or("").split(';').next().unwrap_or("").trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// An error response of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct TokenError {
    /// `error`: a code of RFC 6749 §5.2, or `invalid_target` of RFC 8707 §2.
    pub error: &'static str,
    /// `error_description`: a sentence for people, without secrets.
    pub description: String,
    /// The HTTP status: 401 if the client did not authenticate, else 400.
    pub status: u16,
    reason: &'static str,
}

impl TokenError {
    /// The `WWW-Authenticate` value that a 401 needs (RFC 6749 §5.2, RFC 9110 §15.5.2).
    pub const BASIC_CHALLENGE: &'static str = r#"Basic realm="oauth""#;

    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// Returns the response body (RFC 6749 §5.2). The response also needs `Cache-Control: no-store`.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::json!({ "error": self.error, "error_description": printable(&self.description) })
            .to_string()
            .into_bytes()
    }

    /// `invalid_request`: the request itself is malformed.
    #[must_use]
    pub fn invalid_request(reason: &'static str, description: &str) -> Self {
        Self::new("invalid_request", 400, reason, description)
    }

    /// `invalid_client`: the client did not authenticate or is unknown; the response does not tell them apart.
    #[must_use]
    pub fn invalid_client(reason: &'static str, description: &str) -> Self {
        Self::new("invalid_client", 401, reason, description)
    }

    /// `invalid_grant`: the assertion, code or refresh token is refused.
    #[must_use]
    pub fn invalid_grant(reason: &'static str, description: &str) -> Self {
        Self::new("invalid_grant", 400, reason, description)
    }

    /// `unauthorized_client`: the client may not use this grant.
    #[must_use]
    pub fn unauthorized_client(reason: &'static str, description: &str) -> Self {
        Self::new("unauthorized_client", 400, reason, description)
    }

    /// `unsupported_grant_type`: the grant is none of those that the metadata names.
    #[must_use]
    pub fn unsupported_grant_type(supported: Grants) -> Self {
        let description = match supported.names().as_slice() {
            [only] => format!("only `{only}` is supported"),
            [names @ .., last] => format!("only `{}` and `{last}` are supported", names.join("`, `")),
            [] => "no grant is supported".to_owned(),
        };
        Self::new("unsupported_grant_type", 400, "unsupported_grant_type", &description)
    }

    /// `invalid_scope`: the scope is malformed, unknown, or beyond what the assertion grants.
    #[must_use]
    pub fn invalid_scope() -> Self {
        Self::new("invalid_scope", 400, "invalid_scope", "the scope is malformed, unknown or not granted")
    }

    /// `invalid_scope`: the assertion has no `scope`, and its issuer no scopes for that case.
    #[must_use]
    pub fn no_scope() -> Self {
        let description = "the assertion has no `scope`: request one from the identity provider";
        Self::new("invalid_scope", 400, "assertion_without_scope", description)
    }

    /// `invalid_target` (RFC 8707 §2): the resource is not one of Weir's, or the assertion does not name it.
    #[must_use]
    pub fn invalid_target(description: &str) -> Self {
        Self::new("invalid_target", 400, "invalid_target", description)
    }

    /// 429 with `temporarily_unavailable`: too many requests (RFC 6585 §4; OAuth has no code for it).
    #[must_use]
    pub fn too_many_requests(description: &str) -> Self {
        Self::new("temporarily_unavailable", 429, "too_many_requests", description)
    }

    /// `invalid_authorization_details` (RFC 9396 §5): Weir knows no type of them.
    #[must_use]
    pub fn invalid_authorization_details() -> Self {
        let description = "`authorization_details` are not supported: ask for scopes";
        Self::new("invalid_authorization_details", 400, "authorization_details", description)
    }

    /// `unsupported_token_type` (RFC 7009 §2.2.1): an access token, which lives out its time.
    #[must_use]
    pub fn unsupported_token_type() -> Self {
        let description = "an access token ends by itself, soon; revoke the refresh token, which gives no more of them";
        Self::new("unsupported_token_type", 400, "access_token_not_revocable", description)
    }

    /// `use_dpop_nonce` (RFC 9449 §8): the proof needs the nonce that the response's `DPoP-Nonce` has.
    #[must_use]
    pub fn use_dpop_nonce() -> Self {
        let error = BindingError::Nonce;
        Self::new("use_dpop_nonce", 400, error.reason(), &error.to_string())
    }

    /// `invalid_dpop_proof` (RFC 9449 §11.1): the proof was already used.
    #[must_use]
    pub fn proof_replayed() -> Self {
        Self::new("invalid_dpop_proof", 400, "proof_replayed", "the DPoP proof was already used")
    }

    /// `invalid_dpop_proof` (RFC 9449 §5): a proof is demanded and there is none.
    #[must_use]
    pub fn proof_demanded() -> Self {
        Self::new("invalid_dpop_proof", 400, "token_unbound", &BindingError::Demanded.to_string())
    }

    fn missing(name: &str) -> Self {
        Self::invalid_request("token_request_missing_parameter", &format!("`{name}` is missing"))
    }

    fn new(error: &'static str, status: u16, reason: &'static str, description: &str) -> Self {
        Self { error, description: description.to_owned(), status, reason }
    }
}

impl From<ProofError> for TokenError {
    fn from(error: ProofError) -> Self {
        Self::new("invalid_dpop_proof", 400, error.reason(), &error.to_string())
    }
}

impl From<IdJagError> for TokenError {
    fn from(error: IdJagError) -> Self {
        Self::invalid_grant(error.reason(), &error.to_string())
    }
}

#[cfg(test)]
mod tests;
