//! The request of the authorization endpoint (OAuth 2.1 §4.1.1, RFC 7636 §4.3, RFC 8707 §2).
//!
//! ```text
//! GET /oauth/authorize?response_type=code&client_id=…&redirect_uri=http%3A%2F%2Flocalhost%3A49152%2Fcallback
//!   &code_challenge=…&code_challenge_method=S256&state=…&scope=tools%3Alist&resource=https%3A%2F%2FHOST%2Fmcp
//! ```
//!
//! Until the client and its redirect URI are known, an error is a page: a redirect would send a person wherever the
//! request says. From then on, errors go to the redirect URI (OAuth 2.1 §4.1.2.1).

use crate::dpop;
use crate::form;
use crate::pkce::{Challenge, PkceError};
use crate::protected_resource::ProtectedResource;
use crate::scope;

/// The maximum length of the query, in bytes; real requests have 270 to 360 characters.
pub const MAX_QUERY_BYTES: usize = 8 * 1024;

/// The maximum length of `state`, in bytes: it is carried in the state towards the identity provider, and servers
/// accept about 8,000 characters of a URL.
pub const MAX_STATE_BYTES: usize = 1_024;

/// The parameters of an authorization request, of which only the form is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// `client_id`: 1 to 512 bytes, not verified.
    pub client_id: String,
    /// `redirect_uri` as sent; `None` if absent.
    pub redirect_uri: Option<String>,
    /// `state`, at most [`MAX_STATE_BYTES`]; `None` if absent (some clients send none).
    pub state: Option<String>,
    response_type: Option<String>,
    response_mode: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    scope: Option<String>,
    resource: Vec<String>,
    has_request_object: bool,
    has_authorization_details: bool,
    dpop_jkt: Option<String>,
}

/// The part of a valid request that the code is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The code challenge.
    pub challenge: Challenge,
    /// The requested scopes that Weir knows, in the order of [`scope::KNOWN`]; all of them without `scope`.
    pub scope: Vec<String>,
    /// The identifier of one protected resource of Weir's; `https://HOST/mcp` without `resource`.
    pub resource: String,
    /// `dpop_jkt` (RFC 9449 §10): the thumbprint of the key that must redeem the code; `None` if absent.
    pub key_thumbprint: Option<String>,
}

/// An error that is shown as a page, with status 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Not a well-formed query, or longer than [`MAX_QUERY_BYTES`].
    #[error("the request is malformed")]
    Garbled,
    /// A parameter other than `resource` is there twice (OAuth 2.1 §3.1): readers could choose different ones.
    #[error("the request has a parameter twice")]
    Repeated,
    /// `client_id` is missing or longer than 512 bytes.
    #[error("the request names no client")]
    NoClient,
    /// `state` is longer than [`MAX_STATE_BYTES`].
    #[error("the `state` of the request is longer than {MAX_STATE_BYTES} bytes")]
    StateTooLong,
}

impl PageError {
    /// The stable reason code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Garbled => "authorization_request_garbled",
            Self::Repeated => "authorization_request_repeated_parameter",
            Self::NoClient => "authorization_request_without_client",
            Self::StateTooLong => "authorization_request_state_too_long",
        }
    }
}

/// An error that is sent to the client's redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: {description}")]
pub struct AuthorizationError {
    /// `error`: a code of OAuth 2.1 §4.1.2.1, or `invalid_target` of RFC 8707 §2.
    pub error: &'static str,
    /// `error_description`: a sentence for people.
    pub description: &'static str,
    reason: &'static str,
}

impl AuthorizationError {
    /// `access_denied`: the person, or a rule about the person, refuses.
    #[must_use]
    pub const fn access_denied(reason: &'static str, description: &'static str) -> Self {
        Self { error: "access_denied", description, reason }
    }

    /// `temporarily_unavailable`: trying again later may help.
    #[must_use]
    pub const fn temporarily_unavailable(reason: &'static str, description: &'static str) -> Self {
        Self { error: "temporarily_unavailable", description, reason }
    }

    const fn invalid_request(reason: &'static str, description: &'static str) -> Self {
        Self { error: "invalid_request", description, reason }
    }

    /// The stable reason code for audit events.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<PkceError> for AuthorizationError {
    fn from(error: PkceError) -> Self {
        let description = match error {
            PkceError::Missing => "PKCE is required: `code_challenge` is missing",
            PkceError::NotS256 => "PKCE is required with `code_challenge_method=S256`",
            PkceError::Malformed => "`code_challenge` is malformed",
        };
        Self::invalid_request(error.reason(), description)
    }
}

/// Reads the query of an authorization request.
///
/// # Errors
/// [`PageError`] if it can't be read without ambiguity, or names no client.
pub fn parse(query: &str) -> Result<AuthorizationRequest, PageError> {
    if query.len() > MAX_QUERY_BYTES {
        return Err(PageError::Garbled);
    }
    let parameters = form::parameters(query.as_bytes()).ok_or(PageError::Garbled)?;
    for (position, (name, _)) in parameters.iter().enumerate() {
        if name != "resource" && parameters[..position].iter().any(|(other, _)| other == name) {
            return Err(PageError::Repeated);
        }
    }
    let mut request = AuthorizationRequest {
        client_id: String::new(),
        redirect_uri: None,
        state: None,
        response_type: None,
        response_mode: None,
        code_challenge: None,
        code_challenge_method: None,
        scope: None,
        resource: Vec::new(),
        has_request_object: false,
        has_authorization_details: false,
        dpop_jkt: None,
    };
    // OAuth 2.1 §3.1: a parameter without a value counts as omitted, an unknown one is ignored.
    for (name, value) in parameters.into_iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "client_id" => request.client_id = value,
            "redirect_uri" => request.redirect_uri = Some(value),
            "state" => request.state = Some(value),
            "response_type" => request.response_type = Some(value),
            "response_mode" => request.response_mode = Some(value),
            "code_challenge" => request.code_challenge = Some(value),
            "code_challenge_method" => request.code_challenge_method = Some(value),
            "scope" => request.scope = Some(value),
            "resource" => request.resource.push(value),
            "authorization_details" => request.has_authorization_details = true,
            "dpop_jkt" => request.dpop_jkt = Some(value),
            "request" | "request_uri" => request.has_request_object = true,
            _ => {}
        }
    }
    if !crate::claims::is_identifier(&request.client_id) {
        return Err(PageError::NoClient);
    }
    if request.state.as_ref().is_some_and(|state| state.len() > MAX_STATE_BYTES) {
        return Err(PageError::StateTooLong);
    }
    Ok(request)
}

impl AuthorizationRequest {
    /// Checks everything but the client and its redirect URI, which the caller must have checked before.
    ///
    /// # Errors
    /// [`AuthorizationError`], for the redirect URI.
    pub fn asked(&self, url: &str) -> Result<Asked, AuthorizationError> {
        const UNSUPPORTED: AuthorizationError = AuthorizationError {
            error: "unsupported_response_type",
            description: "`response_type` must be `code`",
            reason: "response_type_unsupported",
        };
        if self.has_request_object {
            return Err(AuthorizationError {
                error: "request_not_supported",
                description: "request objects are not supported",
                reason: "request_object_unsupported",
            });
        }
        // RFC 9396 §5: details that are not understood must not be left out.
        if self.has_authorization_details {
            return Err(AuthorizationError {
                error: "invalid_authorization_details",
                description: "`authorization_details` are not supported: ask for scopes",
                reason: "authorization_details",
            });
        }
        if self.response_type.as_deref() != Some("code") {
            return Err(UNSUPPORTED);
        }
        // In a fragment or a form, a code would reach readers that this endpoint's rules don't cover.
        if self.response_mode.as_deref().is_some_and(|mode| mode != "query") {
            let description = "`response_mode` must be `query`";
            return Err(AuthorizationError::invalid_request("response_mode_unsupported", description));
        }
        let challenge = Challenge::parse(self.code_challenge.as_deref(), self.code_challenge_method.as_deref())?;
        if self.dpop_jkt.as_deref().is_some_and(|thumbprint| !dpop::is_thumbprint(thumbprint)) {
            return Err(AuthorizationError::invalid_request("dpop_jkt_malformed", "`dpop_jkt` is malformed"));
        }
        let (scope, resource) = (self.known_scope()?, self.only_resource(url)?);
        Ok(Asked { challenge, scope, resource, key_thumbprint: self.dpop_jkt.clone() })
    }

    fn known_scope(&self) -> Result<Vec<String>, AuthorizationError> {
        let all = || scope::KNOWN.iter().map(|known| (*known).to_owned());
        let Some(text) = &self.scope else { return Ok(all().collect()) };
        let invalid = AuthorizationError {
            error: "invalid_scope",
            description: "`scope` is malformed, or names no scope of this server",
            reason: "invalid_scope",
        };
        let requested = scope::parse(text).map_err(|_| invalid)?;
        // Unknown scopes, such as `offline_access`, are left out (OAuth 2.1 §1.4.1).
        let granted: Vec<String> = all().filter(|known| requested.contains(known)).collect();
        // `openid` and `offline_access` alone say nothing about what is wanted here.
        let is_general = |scope: &String| ["openid", "profile", "email", "offline_access"].contains(&scope.as_str());
        match granted.is_empty() {
            true if requested.iter().all(is_general) => Ok(all().collect()),
            true => Err(invalid),
            false => Ok(granted),
        }
    }

    fn only_resource(&self, url: &str) -> Result<String, AuthorizationError> {
        let invalid =
            |description| AuthorizationError { error: "invalid_target", description, reason: "invalid_target" };
        match self.resource.as_slice() {
            [] => Ok(ProtectedResource::Assigned.identifier(url)),
            [one] if ProtectedResource::from_identifier(url, one).is_some() => Ok(one.clone()),
            [_] => Err(invalid("`resource` is not a resource of this server")),
            _ => Err(invalid("a token is for one resource: name one in `resource`")),
        }
    }
}

#[cfg(test)]
mod tests;
