//! The token endpoint: redeems an ID-JAG for a short-lived access token (RFC 7523, ID-JAG §4.4).
//!
//! The checks are in the order of their cost: the form, then the client's secret, then the assertion; only a valid
//! assertion is claimed. So nobody without an assertion of a trusted issuer can use up a one-time claim.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures::channel::oneshot;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use mcp::streamable_http::{MediaTypeError, has_content_coding};
use oauth::access_token::{self, Claims, MintError};
use oauth::id_jag::{self, Expectation, IdJag};
use oauth::token_request::{self, Grant, TokenError, TokenRequest};
use oauth::token_response::TokenResponse;
use oauth::{client_authentication, grant};
use registry::snapshot::Issuer;
use sha2::{Digest, Sha256};

use crate::deadline::within;
use crate::digest;
use crate::endpoints::Endpoint;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys::{self, ACCESS_TOKEN_KEYS};
use crate::line::audit::Record;
use crate::line::{deliver, receive, resolve, respond};
use crate::principal::Principal;
use crate::records;
use crate::{Limits, identifier};
use ports::Body;
use ports::{Claim, Clock, Host, Once, Timestamp};

/// The time that the one-time claim may take; then the request is refused, and the client may try again.
const CLAIM_DEADLINE: Duration = Duration::from_secs(5);

/// A token request that failed.
enum Unredeemed {
    /// An OAuth error (RFC 6749 §5.2), of a known or an unknown client.
    Token(TokenError),
    /// A failure that all endpoints answer alike.
    Other(Failure),
}

impl From<TokenError> for Unredeemed {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl<F: Into<Failure>> From<F> for Unredeemed {
    fn from(failure: F) -> Self {
        Self::Other(failure.into())
    }
}

/// Answers one token request, and writes its event once the client is known.
pub(crate) async fn redeem<H: Host>(
    gateway: Gateway<H>,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&gateway, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::unrecorded(&fault.into(), &[]))),
    };
    record.operation("oauth/token");
    let (response, reason) = match exchange(&gateway, request, &mut record).await {
        Ok(body) => (respond::json(StatusCode::OK, body), None),
        Err(Unredeemed::Token(error)) => (refused(&error), Some(error.reason())),
        Err(Unredeemed::Other(failure)) => (respond::unrecorded(&failure, &[]), Some(failure.reason())),
    };
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
    response
}

async fn exchange<H: Host>(
    gateway: &Gateway<H>,
    request: Request<Bytes>,
    record: &mut Record,
) -> Result<Bytes, Unredeemed> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(Refusal::MethodNotAllowed { allow: Endpoint::Token.allow() }.into());
    }
    let live = records::live(gateway).await?;
    record.live(&live);
    receive::check_origin(&parts.headers, &live)?;
    if body.len() > Limits::REQUEST_BODY_BYTES {
        return Err(Refusal::BodyTooLarge.into());
    }
    if has_content_coding(&parts.headers) {
        return Err(Refusal::MediaType(MediaTypeError::ContentCoding).into());
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let request = token_request::parse(content_type, &body)?;
    let presented = client_authentication::read_credentials(&parts.headers, &request).map_err(TokenError::from)?;
    let client = live.gateway.clients.iter().find(|client| client.id == presented.client_id);
    let hashes = client.map_or(&[][..], |client| &client.secret_hashes);
    client_authentication::check(&presented, hashes).map_err(TokenError::from)?;
    record.agent(&presented.client_id);
    let (assertion, issuer) = assertion(gateway, &live, &request, &presented.client_id).await?;
    let scope = grant::scope(&assertion, &issuer.default_scopes, &request)?;
    let claims = claims(gateway, &live, &assertion, &request, scope).await?;
    let principal = Rc::new(Principal::new(claims));
    record.caller(principal.clone());
    let quarantine = records::quarantine(gateway).await?;
    let claims = principal.claims();
    if quarantine.frozen_caller(&principal.key(), &claims.client_id).is_some() {
        return Err(TokenError::invalid_grant("quarantined_caller", "this account is quarantined").into());
    }
    let keys = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
    // A token that nobody would accept must not use the assertion up, so it is minted before the claim.
    let access_token = access_token::mint(&keys, claims).map_err(unminted)?;
    claim(gateway, &assertion).await?;
    let response = TokenResponse {
        access_token: &access_token,
        expires_in: claims.expires_at - claims.issued_at,
        scope: &claims.scope,
        resource: &claims.audience,
        refresh_token: None,
    };
    let unwritten = |error: serde_json::Error| Fault::Unwritable { detail: error.to_string() };
    Ok(response.to_json().map_err(unwritten)?.into())
}

fn unminted(error: MintError) -> Unredeemed {
    match error {
        MintError::TooLong => {
            let description = "the user is in too many groups for one token; let the identity provider send fewer";
            TokenError::invalid_grant("token_too_long", description).into()
        }
        MintError::Sign(_) => {
            Fault::Configuration { name: ACCESS_TOKEN_KEYS.to_owned(), reason: "keys_malformed" }.into()
        }
    }
}

/// Verifies the assertion with the keys of the issuer that it names, if that one is trusted; returns both.
async fn assertion<'a, H: Host>(
    gateway: &Gateway<H>,
    live: &'a Live,
    request: &TokenRequest,
    client_id: &str,
) -> Result<(IdJag, &'a Issuer), Unredeemed> {
    let Grant::Assertion(assertion) = request.grant(false)? else {
        return Err(TokenError::unsupported_grant_type(false).into());
    };
    let invalid = |error: id_jag::IdJagError| TokenError::invalid_grant(error.reason(), &error.to_string());
    let named = id_jag::unverified_issuer(assertion).map_err(invalid)?;
    let issuer = live.gateway.issuers.iter().find(|issuer| issuer.issuer == named);
    let issuer = issuer.ok_or_else(|| invalid(id_jag::IdJagError::WrongIssuer))?;
    let key_id = id_jag::unverified_key_id(assertion).map_err(invalid)?;
    let keys = keys::of_issuer(gateway, issuer, key_id.as_deref()).await?;
    let expectation = Expectation {
        issuer: &issuer.issuer,
        audience: &live.gateway.url,
        algorithms: &issuer.algorithms,
        client_id,
        groups_claim: &issuer.groups_claim,
        lifetime_seconds: issuer.assertion_seconds,
        now: gateway.host.clock().now().seconds(),
    };
    let assertion = id_jag::verify(assertion, &keys, &expectation).map_err(invalid)?;
    // A subject is unique within its tenant only, and another tenant may have a group with the name of a trusted one.
    if assertion.tenant != issuer.tenant {
        let description = "the assertion is of a tenant that is not trusted";
        return Err(TokenError::invalid_grant("assertion_wrong_tenant", description).into());
    }
    Ok((assertion, issuer))
}

/// The claims of the access token.
async fn claims<H: Host>(
    gateway: &Gateway<H>,
    live: &Live,
    assertion: &IdJag,
    request: &TokenRequest,
    scope: Vec<String>,
) -> Result<Claims, Unredeemed> {
    let audience = grant::resource(&live.gateway.url, assertion, request)?;
    let payer = resolve::decisive(gateway, live, &assertion.groups, |assignment| assignment.team.is_some()).await?;
    let (team, project) = payer.map_or((None, None), |payer| (payer.team, payer.project));
    let issued_at = gateway.host.clock().now().seconds();
    Ok(Claims {
        issuer: live.gateway.url.clone(),
        subject: assertion.subject.clone(),
        audience,
        client_id: assertion.client_id.clone(),
        issued_at,
        expires_at: issued_at + live.gateway.access_token_seconds,
        jti: identifier::random(&gateway.host)?,
        scope,
        groups: assertion.groups.clone(),
        team,
        project,
        tenant: assertion.tenant.clone(),
        identity_provider: assertion.issuer.clone(),
        acr: assertion.acr.clone(),
        amr: assertion.amr.clone(),
        auth_time: assertion.auth_time,
    })
}

/// Claims the assertion: it gives one token only. A claim that isn't decided in time is refused.
async fn claim<H: Host>(gateway: &Gateway<H>, assertion: &IdJag) -> Result<(), Unredeemed> {
    // A digest, because an issuer and a `jti` have no bound that fits every store's keys.
    let name = Sha256::new().chain_update(&assertion.issuer).chain_update([0]).chain_update(&assertion.jti);
    let key = digest::key("id-jag", name);
    // The assertion is accepted for the tolerance beyond its `exp`.
    let until = Timestamp::from_millis((assertion.expires_at + 2 * oauth::jws::TOLERANCE_SECONDS) * 1000);
    let undecided = |detail: String| Err(Fault::Host { port: "Once", detail }.into());
    match within(&gateway.host, CLAIM_DEADLINE, gateway.host.once().claim(&key, until)).await {
        Some(Ok(Claim::First)) => Ok(()),
        Some(Ok(Claim::Replayed)) => {
            Err(TokenError::invalid_grant("assertion_replayed", "the assertion was already used").into())
        }
        Some(Err(error)) => undecided(error.to_string()),
        None => undecided("no answer in time".to_owned()),
    }
}
