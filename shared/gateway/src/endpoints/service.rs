//! The grant of a client that acts for itself and for no user (RFC 6749 §4.4): a service, such as a nightly job.
//!
//! Its token is about the client: `sub` and `client_id` are one, and Weir itself vouches (`idp` is its own address), so
//! that no user of an identity provider can be meant. Groups, team and project are the registry's.

use std::rc::Rc;

use bytes::Bytes;
use oauth::access_token::Claims;
use oauth::membership::Membership;
use oauth::protected_resource::ProtectedResource;
use oauth::scope;
use oauth::token_request::{TokenError, TokenRequest};
use ports::{Clock, Host};
use registry::snapshot::{Client, Service};

use crate::assignment;
use crate::endpoints::issue::{self, Unissued};
use crate::endpoints::proof::claim_proof;
use crate::endpoints::sign_in::{self, Presented};
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::records::Live;
use crate::line::audit::Record;
use crate::principal::Principal;

/// Issues the token of a client that has authenticated, without a refresh token.
pub(super) async fn issue<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: Presented<'_>,
    record: &mut Record,
) -> Result<Bytes, Unissued> {
    let Presented { request, client_id, is_bare, proof } = presented;
    let listed = live.gateway.client(client_id).and_then(|client| Some((client, client.service.as_ref()?)));
    let Some((client, service)) = listed.filter(|_| !is_bare) else {
        let description = "this client acts for users: let a user sign in, or ask your platform team for a service";
        return Err(TokenError::unauthorized_client("client_no_service", description).into());
    };
    sign_in::take_assertion(gateway, client_id).await?;
    if proof.is_none() && live.gateway.require_dpop {
        return Err(TokenError::proof_demanded().into());
    }
    let target = (audience(&live.gateway.url, request)?, granted(client, request)?);
    let claims = claims(gateway, live, (client, service), target).await?;
    let key_thumbprint = proof.map(|proof| proof.thumbprint.clone());
    let principal = Rc::new(Principal::own(Claims { key_thumbprint, ..claims }));
    record.caller(principal.clone());
    issue::check_quarantine(gateway, &principal).await?;
    let access_token = issue::mint(gateway, principal.claims()).await?;
    claim_proof(gateway, proof).await?;
    Ok(issue::body(principal.claims(), &access_token, None)?)
}

/// The protected resource that the request names; `https://HOST/mcp` if it names none.
fn audience(url: &str, request: &TokenRequest) -> Result<String, TokenError> {
    match request.resource.as_slice() {
        [] => Ok(ProtectedResource::Assigned.identifier(url)),
        [one] if ProtectedResource::from_identifier(url, one).is_some() => Ok(one.clone()),
        [_] => Err(TokenError::invalid_target("`resource` is of another server: name an MCP address of this gateway")),
        _ => Err(TokenError::invalid_target("a token is for one resource: name one in `resource`")),
    }
}

/// The scopes that the client may have and the request names; all of the former if it names none.
fn granted(client: &Client, request: &TokenRequest) -> Result<Vec<String>, TokenError> {
    let is_requested = |known: &&str| request.scope.as_ref().is_none_or(|scopes| scopes.iter().any(|one| one == known));
    let known = scope::KNOWN.iter().copied().filter(is_requested).map(str::to_owned);
    let granted = client.narrow(known.collect());
    if granted.is_empty() { Err(TokenError::invalid_scope()) } else { Ok(granted) }
}

async fn claims<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    (client, service): (&Client, &Service),
    (audience, scope): (String, Vec<String>),
) -> Result<Claims, Failure> {
    let (team, project) = match &service.team {
        Some(team) => (Some(team.clone()), service.project.clone()),
        None => {
            let membership = Membership { groups: service.groups.clone(), ..Membership::default() };
            assignment::payer(gateway, live, &membership).await?
        }
    };
    let issued_at = gateway.host.clock().now().seconds();
    let seconds = service.access_token_seconds.unwrap_or(live.gateway.access_token_seconds);
    Ok(Claims {
        issuer: live.gateway.url.clone(),
        subject: client.id.clone(),
        audience,
        client_id: client.id.clone(),
        issued_at,
        began_at: issued_at,
        expires_at: issued_at + seconds,
        jti: identifier::random(&gateway.host)?,
        scope,
        groups: service.groups.clone(),
        team,
        project,
        tenant: None,
        identity_provider: live.gateway.url.clone(),
        acr: None,
        amr: Vec::new(),
        auth_time: None,
        audience_subject: None,
        key_thumbprint: None,
    })
}
