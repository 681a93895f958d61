//! The token endpoint: redeems an ID-JAG (RFC 7523, ID-JAG §4.4), and codes and refresh tokens of sign-ins; and the
//! revocation endpoint (RFC 7009), which reads and authenticates alike.
//!
//! The checks are in the order of their cost: the form, then the client's secret, then the assertion; only a valid
//! assertion is claimed. So nobody without an assertion of a trusted issuer can use up a one-time claim.

use std::rc::Rc;

use bytes::Bytes;
use futures::channel::oneshot;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use mcp::streamable_http::{MediaTypeError, has_content_coding};
use oauth::client_authentication;
use oauth::dpop::{self, BindingError, Proof, ProofError};
use oauth::grant;
use oauth::id_jag::{self, Expectation, IdJag};
use oauth::token_request::{self, Grant, Grants, JWT_DPOP, TokenError, TokenRequest};
use registry::snapshot::{Issuer, IssuerMode};
use sha2::{Digest, Sha256};

use crate::Limits;
use crate::digest;
use crate::endpoints::Endpoint;
use crate::endpoints::authenticate_client::authenticate;
use crate::endpoints::issue::{self, Person, Unissued, claim};
use crate::endpoints::proof;
use crate::endpoints::service;
use crate::endpoints::sign_in::{self, Presented};
use crate::error::Refusal;
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys;
use crate::line::audit::Record;
use crate::line::{deliver, receive, respond};
use crate::principal::Principal;
use crate::records;
use ports::Body;
use ports::{Clock, Host};

/// Answers one request of either endpoint, and writes its event once the client is known.
pub(crate) async fn answer<H: Host>(
    gateway: Gateway<H>,
    endpoint: Endpoint,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&gateway, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::unrecorded(&fault.into(), &[]))),
    };
    record.operation(if endpoint == Endpoint::Revocation { "oauth/revoke" } else { "oauth/token" });
    let has_proof = endpoint == Endpoint::Token && request.headers().contains_key(dpop::HEADER);
    let (mut response, reason) = match exchange(&gateway, &endpoint, request, &mut record).await {
        Ok(body) => (respond::json(StatusCode::OK, body), None),
        Err(Unissued::Token(error)) => (refused(&error), Some(error.reason())),
        Err(Unissued::Other(failure)) => (respond::unrecorded(&failure, &[]), Some(failure.reason())),
    };
    if has_proof && let Some(nonce) = proof::next_nonce(&gateway).await {
        response.headers_mut().insert(dpop::NONCE_HEADER, nonce);
    }
    record.redeemed(reason, response.status());
    deliver::hand_over(&gateway, response, record, answer).await;
}

/// The OAuth error response (RFC 6749 §5.2).
fn refused(error: &TokenError) -> Response<Body> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = respond::json(status, error.to_json().into());
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static(TokenError::BASIC_CHALLENGE);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}

async fn exchange<H: Host>(
    gateway: &Gateway<H>,
    endpoint: &Endpoint,
    request: Request<Bytes>,
    record: &mut Record,
) -> Result<Bytes, Unissued> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(Refusal::MethodNotAllowed { allow: endpoint.allow() }.into());
    }
    let live = records::live(gateway).await?;
    record.live(&live);
    let revokes = *endpoint == Endpoint::Revocation;
    if revokes && live.gateway.sign_in.is_none() {
        return Err(Refusal::UnknownPath.into());
    }
    receive::check_origin(&parts.headers, &live)?;
    if body.len() > Limits::REQUEST_BODY_BYTES {
        return Err(Refusal::BodyTooLarge.into());
    }
    if has_content_coding(&parts.headers) {
        return Err(Refusal::MediaType(MediaTypeError::ContentCoding).into());
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let parse = if revokes { token_request::parse_revocation } else { token_request::parse };
    let request = parse(content_type, &body)?;
    let presented = client_authentication::read_credentials(&parts.headers, &request).map_err(TokenError::from)?;
    let signed = authenticate(gateway, &live, &presented).await?;
    // Anybody can name a client that has no secret: it is known once its code or refresh token is.
    if !presented.is_bare() {
        record.agent(&presented.client_id);
    }
    // Before anything is used up: a client without a nonce comes again with the same credentials.
    // A revocation issues nothing that a proof could bind.
    let proof = if revokes { None } else { proof::read(gateway, &live, &parts.headers).await? };
    if let Some(signed) = signed {
        signed.claim(gateway).await?;
    }
    let client_id = presented.client_id.as_str();
    let (is_bare, proof) = (presented.is_bare(), proof.as_ref());
    let presented = Presented { request: &request, client_id, is_bare, proof };
    if revokes {
        return sign_in::revoke(gateway, &live, presented, record).await.map(|()| Bytes::from_static(b"{}"));
    }
    let supported = Grants { sign_in: live.gateway.sign_in.is_some(), services: live.gateway.has_services() };
    match request.grant(supported)? {
        Grant::Client => service::issue(gateway, &live, presented, record).await,
        Grant::Assertion(_) if is_bare => {
            let description = "a client without a credential can't redeem an assertion";
            Err(TokenError::unauthorized_client("client_public", description).into())
        }
        Grant::Assertion(assertion) => redeem_assertion(gateway, &live, presented, assertion, record).await,
        Grant::Code { code, verifier } => sign_in::redeem(gateway, &live, presented, (code, verifier), record).await,
        Grant::Refresh(token) => sign_in::refresh(gateway, &live, presented, token, record).await,
    }
}

/// Redeems an ID-JAG of a client that has authenticated.
async fn redeem_assertion<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    presented: Presented<'_>,
    assertion: &str,
    record: &mut Record,
) -> Result<Bytes, Unissued> {
    let Presented { request, client_id, proof, .. } = presented;
    if live.gateway.client(client_id).is_some_and(|client| client.service.is_some()) {
        let description = "this client acts for itself alone: use `client_credentials`";
        return Err(TokenError::unauthorized_client("client_is_service", description).into());
    }
    sign_in::take_assertion(gateway, client_id).await?;
    let (assertion, issuer) = verified(gateway, live, assertion, client_id).await?;
    check_binding(live, request, &assertion, proof)?;
    let audience = grant::resource(&live.gateway.url, &assertion, request)?;
    let scope = live.gateway.narrow(client_id, grant::scope(&assertion, &issuer.default_scopes, request)?);
    if scope.is_empty() {
        return Err(TokenError::invalid_scope().into());
    }
    let (person, target) = (person(&assertion), (audience, scope));
    let claims = issue::claims(gateway, live, person, client_id, target, assertion.issued_at, proof).await?;
    let principal = Rc::new(Principal::new(claims));
    record.caller(principal.clone());
    issue::check_quarantine(gateway, &principal).await?;
    // A token that nobody would accept must not use the assertion up, so it is minted before the claim.
    let access_token = issue::mint(gateway, principal.claims()).await?;
    proof::claim_proof(gateway, proof).await?;
    claim_assertion(gateway, &assertion).await?;
    Ok(issue::body(principal.claims(), &access_token, None)?)
}

/// The rules of proof of possession (ID-JAG draft §9.8.1): an assertion that is bound to a key needs a proof with it; a
/// proof binds the token; without both the token is a bearer token, if the registry allows one.
fn check_binding(
    live: &Live,
    request: &TokenRequest,
    assertion: &IdJag,
    proof: Option<&Proof>,
) -> Result<(), TokenError> {
    let refused = |reason, text: String| Err(TokenError::invalid_grant(reason, &text));
    let is_demanded = request.grant_type == JWT_DPOP || live.gateway.demands_dpop(&assertion.issuer);
    match (assertion.key_thumbprint.as_deref(), proof.map(|proof| proof.thumbprint.as_str())) {
        (Some(bound), Some(proven)) if bound != proven => {
            refused(ProofError::WrongKey.reason(), ProofError::WrongKey.to_string())
        }
        (Some(_), None) => refused("assertion_bound", "the assertion is bound to a key: send a DPoP proof".to_owned()),
        (None, None) if is_demanded => refused(BindingError::Demanded.reason(), BindingError::Demanded.to_string()),
        _ => Ok(()),
    }
}

fn person(assertion: &IdJag) -> Person {
    Person {
        issuer: assertion.issuer.clone(),
        subject: assertion.subject.clone(),
        groups: assertion.membership.groups.clone(),
        team: assertion.membership.team.clone(),
        project: assertion.membership.project.clone(),
        tenant: assertion.tenant.clone(),
        auth_time: assertion.auth_time,
        acr: assertion.acr.clone(),
        amr: assertion.amr.clone(),
        audience_subject: assertion.audience_subject.clone(),
    }
}

/// Verifies the assertion with the keys of the issuer that it names, if that one is trusted; returns both.
async fn verified<'a, H: Host>(
    gateway: &Gateway<H>,
    live: &'a Live,
    assertion: &str,
    client_id: &str,
) -> Result<(IdJag, &'a Issuer), Unissued> {
    let invalid = |error: id_jag::IdJagError| TokenError::invalid_grant(error.reason(), &error.to_string());
    let named = id_jag::unverified_issuer(assertion).map_err(invalid)?;
    let issuer = live.gateway.issuer(&named).ok_or_else(|| invalid(id_jag::IdJagError::WrongIssuer))?;
    if !issuer.has_mode(IssuerMode::IdJag) {
        return Err(invalid(id_jag::IdJagError::WrongMode).into());
    }
    let key_id = id_jag::unverified_key_id(assertion).map_err(invalid)?;
    let keys = keys::of_issuer(gateway, issuer, key_id.as_deref()).await?;
    let expectation = Expectation {
        issuer: &issuer.issuer,
        audience: &live.gateway.url,
        algorithms: &issuer.algorithms,
        client_id,
        membership: issuer.membership(),
        lifetime_seconds: issuer.assertion_seconds,
        now: gateway.host.clock().now().seconds(),
    };
    let assertion = id_jag::verify(assertion, &keys, &expectation).map_err(invalid)?;
    // A subject is unique within its tenant only, and another tenant may have a group with the name of a trusted one.
    if assertion.tenant != issuer.tenant {
        let description = "the assertion is of a tenant that is not trusted";
        return Err(TokenError::invalid_grant("assertion_wrong_tenant", description).into());
    }
    // The issuer may know several gateways, or several tenants of one, behind the same address.
    if assertion.audience_tenant != issuer.aud_tenant {
        let description = "the assertion is for another tenant of this server (`aud_tenant`)";
        return Err(TokenError::invalid_grant("assertion_wrong_audience_tenant", description).into());
    }
    Ok((assertion, issuer))
}

/// Claims the assertion: it gives one token only.
async fn claim_assertion<H: Host>(gateway: &Gateway<H>, assertion: &IdJag) -> Result<(), Unissued> {
    // A digest, because an issuer and a `jti` have no bound that fits every store's keys.
    let name = Sha256::new().chain_update(&assertion.issuer).chain_update([0]).chain_update(&assertion.jti);
    if claim(gateway, &digest::key("id-jag", name), assertion.expires_at).await? {
        return Ok(());
    }
    Err(TokenError::invalid_grant("assertion_replayed", "the assertion was already used").into())
}
