//! Access tokens of an identity provider (RFC 9068), for issuers whose `modes` have `access_token`.
//!
//! The issuer is chosen by the token's own `iss`; the keys, the algorithms and every other rule are those of that
//! issuer. Anybody can send such a text, so its type is looked at before the issuer is asked for keys, and the keys are
//! read under the limits of ID-JAGs.

use oauth::access_token::{AccessTokenError, Claims};
use oauth::provider_access_token::{self as provider, Expectation};
use oauth::scope;
use ports::{Clock, Host};
use registry::snapshot::{Issuer, IssuerMode};

use crate::assignment;
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::line::receive::Inbound;

/// The issuer that a token names, if the registry has it: then the token can't be one of Weir's own.
pub(super) fn issuer<'a>(live: &'a Live, token: &str) -> Result<Option<&'a Issuer>, Refusal> {
    let named = provider::unverified_issuer(token);
    match named.and_then(|named| live.gateway.issuer(&named)) {
        Some(issuer) if !issuer.has_mode(IssuerMode::AccessToken) => Err(Refusal::Token(AccessTokenError::WrongMode)),
        found => Ok(found),
    }
}

/// The claims of a token of this issuer for the called resource, as those of a token of Weir's own: the client by its
/// id in the registry, the scopes that it may have, team and project by the registry's rules.
pub(super) async fn claims<H: Host>(
    gateway: &Gateway<H>,
    inbound: &Inbound,
    issuer: &Issuer,
    token: &str,
) -> Result<Claims, Failure> {
    let refused = |error| Failure::from(Refusal::Token(error));
    let (live, resource) = (inbound.live(), inbound.resource().protected());
    let (path, audience) = (resource.path(), resource.identifier(&live.gateway.url));
    let further = issuer.audiences.iter().filter(|(_, of)| **of == path).map(|(audience, _)| audience.as_str());
    let audiences: Vec<&str> = further.chain([audience.as_str()]).collect();
    let key_id = provider::unverified_key_id(token).map_err(refused)?;
    let keys = keys::of_issuer(gateway, issuer, key_id.as_deref()).await?;
    let expectation = Expectation {
        issuer: &issuer.issuer,
        audiences: &audiences,
        algorithms: &issuer.algorithms,
        membership: issuer.membership(),
        tenant: issuer.tenant.as_deref(),
        now: gateway.host.clock().now().seconds(),
    };
    let token = provider::verify(token, &keys, &expectation).map_err(refused)?;
    let client = issuer.client(&token.client_id).and_then(|id| live.gateway.client(id));
    // A client that acts for itself never acts for a user.
    let client = client.filter(|client| client.service.is_none());
    let client = client.ok_or_else(|| refused(AccessTokenError::UnknownClient))?;
    let asserted = token.scope.unwrap_or_else(|| issuer.default_scopes.clone());
    let known = scope::KNOWN.iter().map(|known| (*known).to_owned()).filter(|known| asserted.contains(known));
    let (team, project) = assignment::payer(gateway, live, &token.membership).await?;
    Ok(Claims {
        issuer: issuer.issuer.clone(),
        subject: token.subject,
        audience,
        client_id: client.id.clone(),
        issued_at: token.issued_at,
        began_at: token.issued_at,
        expires_at: token.expires_at,
        jti: token.jti,
        scope: client.narrow(known.collect()),
        groups: token.membership.groups,
        team,
        project,
        tenant: token.tenant,
        identity_provider: issuer.issuer.clone(),
        acr: token.acr,
        amr: token.amr,
        auth_time: token.auth_time,
        audience_subject: None,
        key_thumbprint: token.key_thumbprint,
    })
}
