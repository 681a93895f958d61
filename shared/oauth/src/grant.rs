//! The protected resource and the scopes of an access token: the intersection of ID-JAG and token request.
//!
//! Alice's assertion names `https://HOST/mcp` and `https://HOST/mcp/support`, her client requests the second: granted.
//! Bob's client requests `https://HOST/mcp/finance`, which his assertion does not name: `invalid_target`. Carol's
//! assertion names `https://other.example.com/`, a resource of another server: `invalid_grant`.

use crate::id_jag::IdJag;
use crate::protected_resource::ProtectedResource;
use crate::scope;
use crate::token_request::{TokenError, TokenRequest};

/// Returns the audience of the access token. An assertion without `resource` is for `https://HOST/mcp`. Every resource
/// that it names must belong to the gateway at `url`; a requested one must be among them, compared exactly.
///
/// # Errors
/// `invalid_grant` if the assertion names a resource of another server; `invalid_target` if the request names several
/// resources, one that the assertion does not name, or none while the assertion names several.
pub fn resource(url: &str, assertion: &IdJag, request: &TokenRequest) -> Result<String, TokenError> {
    let ours = |identifier: &String| ProtectedResource::from_identifier(url, identifier).is_some();
    if !assertion.resource.iter().all(ours) {
        return Err(TokenError::invalid_grant(
            "assertion_wrong_resource",
            "the assertion is for a resource of another server",
        ));
    }
    let assigned = [ProtectedResource::Assigned.identifier(url)];
    let granted = if assertion.resource.is_empty() { &assigned[..] } else { &assertion.resource[..] };
    match (request.resource.as_slice(), granted) {
        ([], [only]) => Ok(only.clone()),
        ([], _) => Err(TokenError::invalid_target("the assertion is for several resources: name one in `resource`")),
        ([requested], _) if granted.contains(requested) => Ok(requested.clone()),
        ([_], _) => Err(TokenError::invalid_target("the assertion is not for this resource")),
        _ => Err(TokenError::invalid_target("a token is for one resource: name one in `resource`")),
    }
}

/// Returns the scopes of the access token, in the order of [`scope::KNOWN`]: those known here that the assertion grants
/// (`default` if it has no `scope`) and the request names (all if it has no `scope`).
///
/// # Errors
/// `invalid_scope` if no scope remains.
pub fn scope(assertion: &IdJag, default: &[String], request: &TokenRequest) -> Result<Vec<String>, TokenError> {
    let asserted = assertion.scope.as_deref().unwrap_or(default);
    if asserted.is_empty() {
        return Err(TokenError::no_scope());
    }
    let is_in = |scopes: &[String], known: &str| scopes.iter().any(|scope| scope == known);
    let is_requested = |known: &str| request.scope.as_deref().is_none_or(|scopes| is_in(scopes, known));
    let granted: Vec<String> = scope::KNOWN
        .iter()
        .filter(|known| is_in(asserted, known) && is_requested(known))
        .map(|known| (*known).to_owned())
        .collect();
    if granted.is_empty() { Err(TokenError::invalid_scope()) } else { Ok(granted) }
}

#[cfg(test)]
mod tests;
