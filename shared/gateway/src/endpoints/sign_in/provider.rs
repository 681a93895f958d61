//! The identity provider, with Weir as its client: endpoints, the code, and refreshes.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use oauth::id_token::{self, Expectation, IdToken, IdTokenError};
use oauth::membership::Membership;
use oauth::openid_provider::{self, Endpoints, MAX_DOCUMENT_BYTES};
use oauth::openid_token_request::{self, MAX_RESPONSE_BYTES, Method, OpenIdTokenError, Tokens};
use oauth::own_client::{EncodedRequest, OwnClient};
use ports::{Clock, FetchLimits, Host};
use registry::name::SIGN_IN_SECRET;

use super::site::Site;
use crate::deadline::within;
use crate::endpoints::issue::Person;
use crate::error::Fault;
use crate::fetch::{self, ExchangeError};
use crate::gateway::Gateway;
use crate::keys;
use crate::user_agent::USER_AGENT;

/// The time that one request to the provider may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The time that discovered endpoints are kept.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// The person for whom the provider vouches.
pub(in crate::endpoints) struct Vouched {
    pub(in crate::endpoints) person: Person,
    /// A name for display.
    pub(in crate::endpoints) display: Option<String>,
}

/// The reason why the provider vouches for nobody.
pub(in crate::endpoints) enum ProviderFailure {
    /// The code or refresh token is over, or the user is disabled.
    Refused,
    /// The ID token breaks a rule.
    IdToken(IdTokenError),
    /// The provider, or something that Weir needs for it, is not there.
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for ProviderFailure {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// The provider's endpoints: those of the registry, else discovered.
pub(in crate::endpoints) async fn endpoints<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
) -> Result<Rc<Endpoints>, Fault> {
    if let (Some(authorization), Some(token)) = (&site.sign_in.authorization_endpoint, &site.sign_in.token_endpoint) {
        let (authorization, token) = (authorization.clone(), token.clone());
        return Ok(Rc::new(Endpoints { authorization, token, sends_issuer: false }));
    }
    let issuer = &site.issuer.issuer;
    let now = gateway.host.clock().now();
    if let Some(held) = gateway.isolate.sign_in.borrow().provider(issuer, now) {
        return Ok(held);
    }
    let request = http::Request::get(openid_provider::discovery_url(issuer)).header(header::ACCEPT, "application/json");
    let (status, document) = send(gateway, site, request.body(Bytes::new()), MAX_DOCUMENT_BYTES).await?;
    if status != StatusCode::OK {
        return Err(fault(site, format!("discovery: status {}", status.as_u16())));
    }
    let endpoints = openid_provider::read_discovery(&document, issuer);
    let endpoints = Rc::new(endpoints.map_err(|error| fault(site, error.to_string()))?);
    let now = gateway.host.clock().now();
    gateway.isolate.sign_in.borrow_mut().insert_provider(issuer, endpoints.clone(), now, KEPT);
    Ok(endpoints)
}

/// The tokens for the code of a callback.
pub(in crate::endpoints) async fn redeem<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    code: &str,
    verifier: &str,
) -> Result<Tokens, ProviderFailure> {
    let callback = site.callback();
    tokens(gateway, site, |client| client.redeem(code, &callback, verifier)).await
}

/// The tokens for a refresh token.
pub(in crate::endpoints) async fn refresh<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    refresh_token: &str,
) -> Result<Tokens, ProviderFailure> {
    tokens(gateway, site, |client| client.refresh(refresh_token)).await
}

async fn tokens<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    write: impl FnOnce(OwnClient<'_>) -> EncodedRequest,
) -> Result<Tokens, ProviderFailure> {
    let endpoints = endpoints(gateway, site).await?;
    let method = site.sign_in.client_authentication;
    let secret = match method {
        Method::None => None,
        Method::Basic | Method::Post => Some(keys::secret(gateway, SIGN_IN_SECRET).await?),
    };
    let secret = secret.as_ref().map_or("", |secret| secret.expose());
    let encoded = write(OwnClient { id: &site.sign_in.client_id, proof: method.proof(secret) });
    let request = encoded.post(&endpoints.token).map(|request| request.map(Bytes::from));
    let (status, body) = send(gateway, site, request, MAX_RESPONSE_BYTES).await?;
    openid_token_request::read_response(status.as_u16(), &body).map_err(|error| match error {
        OpenIdTokenError::InvalidGrant => ProviderFailure::Refused,
        other => ProviderFailure::Fault(fault(site, other.to_string())),
    })
}

/// Verifies an ID token; `nonce` is `None` after a refresh.
pub(in crate::endpoints) async fn vouched<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    tokens: &Tokens,
    nonce: Option<&str>,
) -> Result<Vouched, ProviderFailure> {
    let issuer = site.issuer;
    let key_id = id_token::unverified_key_id(&tokens.id_token).map_err(ProviderFailure::IdToken)?;
    let keys = keys::of_issuer(gateway, issuer, key_id.as_deref()).await?;
    let expectation = Expectation {
        issuer: &issuer.issuer,
        client_id: &site.sign_in.client_id,
        algorithms: &issuer.algorithms,
        nonce,
        membership: issuer.membership(),
        tenant: issuer.tenant.as_deref(),
        now: gateway.host.clock().now().seconds(),
    };
    let token = id_token::verify(&tokens.id_token, &keys, &expectation).map_err(ProviderFailure::IdToken)?;
    let IdToken { subject, membership, tenant, auth_time, acr, amr, display } = token;
    let Membership { groups, team, project } = membership;
    let (issuer, audience_subject) = (issuer.issuer.clone(), None);
    let person = Person { issuer, subject, groups, team, project, tenant, auth_time, acr, amr, audience_subject };
    Ok(Vouched { person, display })
}

/// Sends one request to the provider and reads the response whole.
async fn send<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: http::Result<http::Request<Bytes>>,
    body_bytes: usize,
) -> Result<(StatusCode, Vec<u8>), Fault> {
    let failed = |detail: String| fault(site, detail);
    let mut request = request.map_err(|error| failed(error.to_string()))?;
    request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
    let limits = FetchLimits { deadline: DEADLINE, body_bytes };
    let exchange = async {
        let response = fetch::send(&gateway.host, request, limits).await?;
        let status = response.status();
        Ok((status, fetch::whole(response.into_body()).await?))
    };
    let late = || failed("no answer in time".to_owned());
    let answer: Result<_, ExchangeError> = within(&gateway.host, DEADLINE, exchange).await.ok_or_else(late)?;
    answer.map_err(|error| failed(error.to_string()))
}

fn fault(site: &Site<'_>, detail: String) -> Fault {
    Fault::IdentityProvider { issuer: site.issuer.name.clone(), detail }
}
