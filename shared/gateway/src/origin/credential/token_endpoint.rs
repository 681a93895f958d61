//! One request to the token endpoint of an authorization server, with Weir as its client.

use std::time::Duration;

use bytes::Bytes;
use http::header;
use oauth::issued_token::{self, Expected, IssuedToken, IssuedTokenError, MAX_RESPONSE_BYTES};
use oauth::jwk::ClientKey;
use oauth::own_client::{OwnClient, Proof};
use oauth::own_client_assertion::{self, ClientAssertion};
use ports::{Clock, FetchError, FetchLimits, Host};
use registry::snapshot::{AssertionAudience, AuthorizationServer, ClientAuthentication};

use crate::error::{Fault, OriginTokenFault};
use crate::fetch::{self, ExchangeError};
use crate::identifier;
use crate::keys;
use crate::log::logged;
use crate::origin::outbound::OriginCall;
use crate::user_agent::USER_AGENT;

/// The time until the headers, and between two chunks; the whole request has the deadline of its caller.
const SILENCE: Duration = Duration::from_secs(5);

/// A token request.
pub(super) struct TokenRequest<'a> {
    pub(super) server: &'a AuthorizationServer,
    /// The name of the secret that authenticates Weir there.
    pub(super) secret_name: String,
    /// The parameters without those of the client.
    pub(super) parameters: Vec<(&'static str, &'a str)>,
    pub(super) expected: Expected<'a>,
}

/// Sends the request, and reads the response.
pub(super) async fn ask<H: Host>(call: &OriginCall<'_, H>, request: TokenRequest<'_>) -> Result<IssuedToken, Fault> {
    let (kind, for_user) = (call.origin.credential.kind(), call.origin.credential.needs_user());
    let expected = request.expected;
    let kind = match expected {
        Expected::Bearer => kind,
        Expected::IdJag { .. } => "id_jag, identity provider",
    };
    let request = http_request(call, request).await?;
    let limits = FetchLimits { deadline: SILENCE, body_bytes: MAX_RESPONSE_BYTES };
    let exchange = async {
        let response = fetch::send(&call.gateway.host, request, limits).await?;
        let status = response.status().as_u16();
        // The body of a redirect is nobody's, and may never end.
        let body = if status / 100 == 3 { Vec::new() } else { fetch::whole(response.into_body()).await? };
        Ok((status, body))
    };
    let answered = |error: &IssuedTokenError| Fault::OriginToken(OriginTokenFault::answered(kind, error, for_user));
    let answer: Result<(u16, Vec<u8>), ExchangeError> = exchange.await;
    let (status, body) = answer.map_err(|error| match error {
        ExchangeError::Coded | ExchangeError::Fetch(FetchError::TooLarge(_)) => answered(&IssuedTokenError::Malformed),
        error => Fault::OriginToken(OriginTokenFault::unreachable(kind, &error.to_string())),
    })?;
    issued_token::read(status, &body, expected).map_err(|error| answered(&error))
}

async fn http_request<H: Host>(
    call: &OriginCall<'_, H>,
    request: TokenRequest<'_>,
) -> Result<http::Request<Bytes>, Fault> {
    let TokenRequest { server, secret_name, parameters, .. } = request;
    let secret = keys::secret(call.gateway, &secret_name).await?;
    let assertion = match server.client_authentication {
        ClientAuthentication::PrivateKeyJwt => Some(assertion(call, server, &secret_name, secret.expose())?),
        ClientAuthentication::Basic | ClientAuthentication::Post => None,
    };
    let proof = match (server.client_authentication, &assertion) {
        (ClientAuthentication::Post, _) => Proof::Post(secret.expose()),
        (ClientAuthentication::PrivateKeyJwt, Some(assertion)) => Proof::Assertion(assertion),
        _ => Proof::Basic(secret.expose()),
    };
    let request = OwnClient { id: &server.client_id, proof }.write(&parameters).post(&server.token_endpoint);
    let malformed = |_| Fault::Registry { record: call.origin.name.clone(), reason: "token_endpoint_malformed" };
    let mut request = request.map_err(malformed)?;
    request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
    Ok(request.map(Bytes::from))
}

/// Weir's client assertion.
fn assertion<H: Host>(
    call: &OriginCall<'_, H>,
    server: &AuthorizationServer,
    secret_name: &str,
    secret: &str,
) -> Result<String, Fault> {
    let malformed =
        || logged(call.gateway, Fault::Configuration { name: secret_name.to_owned(), reason: "keys_malformed" });
    let key = ClientKey::parse(secret).map_err(|_| malformed())?;
    let audience = match server.assertion_audience {
        AssertionAudience::Issuer => &server.issuer,
        AssertionAudience::TokenEndpoint => &server.token_endpoint,
    };
    let claims = ClientAssertion {
        client_id: &server.client_id,
        audience,
        issued_at: call.gateway.host.clock().now().seconds(),
        jti: &identifier::random(&call.gateway.host)?,
    };
    own_client_assertion::mint(&key, &claims).map_err(|_| malformed())
}
