//! `GET /oauth/authorize`: checks the client's request and sends the browser on to the identity provider.

use bytes::Bytes;
use http::header;
use http::{Request, Response};
use oauth::authorization_request::{self, AuthorizationError};
use oauth::openid_provider::AuthenticationRequest;
use oauth::pkce::Challenge;
use ports::{Body, Clock, Host};

use super::browser::Browser;
use super::failure::{SignInFailure, redirect};
use super::limits::{Step, take_step};
use super::site::Site;
use super::transaction::{self, Accepted, Kind, Transaction};
use super::{client, provider};
use crate::gateway::Gateway;
use crate::{identifier, records};

/// Answers the client's authorization request.
pub(super) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
) -> Result<Response<Body>, SignInFailure> {
    take_step(gateway, Step::Authorize).await?;
    let headers = request.headers();
    let request = authorization_request::parse(request.uri().query().unwrap_or_default());
    let request = request.map_err(|error| SignInFailure::request(error.reason(), format!("{error}.")))?;
    let client = client::find(gateway, site, &request.client_id).await?;
    let redirect_uri = client.redirect_uri(request.redirect_uri.as_deref())?;
    // From here on the client can be told.
    let told = |error| SignInFailure::client(site, &redirect_uri, request.state.as_deref(), error);
    if records::quarantine(gateway).await?.frozen_caller("", &request.client_id).is_some() {
        return Err(told(AuthorizationError::access_denied("quarantined_caller", "this client is quarantined")));
    }
    let asked = request.asked(site.url()).map_err(told)?;
    let endpoints = provider::endpoints(gateway, site).await?;
    let browser = Browser::read_or_new(gateway, site, headers)?;
    let accepted = Accepted {
        client_id: request.client_id.clone(),
        redirect_uri: redirect_uri.as_str().to_owned(),
        state: request.state.clone(),
        challenge: asked.challenge.as_str().to_owned(),
        resource: asked.resource,
        scope: asked.scope,
        key_thumbprint: asked.key_thumbprint,
        // A browser without the header is asked for consent.
        is_direct: headers.get("sec-fetch-site").is_some_and(|value| value == "none"),
    };
    let random = identifier::bytes(&gateway.host)?;
    let transaction = Transaction::begin(random, site, accepted, gateway.host.clock().now());
    let state = transaction::seal(gateway, site, &browser, Kind::State, &transaction).await?;
    let authentication = AuthenticationRequest {
        client_id: &site.sign_in.client_id,
        redirect_uri: &site.callback(),
        scope: &site.sign_in.scopes.join(" "),
        state: &state,
        nonce: &transaction.nonce(),
        challenge: &Challenge::of(&transaction.verifier()),
    };
    let mut response = redirect(&authentication.url(&endpoints.authorization));
    if let Some(cookie) = browser.set_cookie(site) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
