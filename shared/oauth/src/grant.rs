//! What a verified ID-JAG grants: one protected resource and a scope (facts of the assertion ∩ wishes of the request).
//!
//! alice's assertion names `https://HOST/mcp` and `https://HOST/mcp/support`; her client asks for the second: granted. bob's
//! client asks for `https://HOST/mcp/finance`, which his assertion does not name: `invalid_target`. carol's assertion
//! names `https://other.example.com/`: it is not ours to redeem, `invalid_grant`.

use crate::id_jag::IdJag;
use crate::protected_resource::ProtectedResource;
use crate::scope;
use crate::token_request::{TokenError, TokenRequest};

/// The one resource that the access token will be for. An assertion without `resource` is for `https://HOST/mcp`; every
/// resource it names has to be one of the gateway at `url`; a requested one has to be among them, compared exactly.
///
/// # Errors
/// `invalid_grant` when the assertion names a resource that is not ours; `invalid_target` when the request names several,
/// or one that the assertion is not for, or none although the assertion leaves a choice.
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
        ([], _) => Err(TokenError::invalid_target("the assertion is for several resources, name one")),
        ([wanted], _) if granted.contains(wanted) => Ok(wanted.clone()),
        ([_], _) => Err(TokenError::invalid_target("the assertion is not for this resource")),
        _ => Err(TokenError::invalid_target("a token is for one resource, name one")),
    }
}

/// The scopes that the access token will have: those we know, that the assertion grants (all, if it has no `scope`), and
/// that the request asks for (all, if it asks for none). In the order of [`scope::KNOWN`].
///
/// # Errors
/// `invalid_scope` when nothing is left.
pub fn scope(assertion: &IdJag, request: &TokenRequest) -> Result<Vec<String>, TokenError> {
    let within = |list: &Option<Vec<String>>, known: &str| {
        list.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| scope == known))
    };
    let granted: Vec<String> = scope::KNOWN
        .iter()
        .filter(|known| within(&assertion.scope, known) && within(&request.scope, known))
        .map(|known| (*known).to_owned())
        .collect();
    if granted.is_empty() { Err(TokenError::invalid_scope()) } else { Ok(granted) }
}

#[cfg(test)]
mod tests;
