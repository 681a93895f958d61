//! `POST /oauth/register` (RFC 7591): stateless, since the client's id is its sealed metadata.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use oauth::client_metadata::{self, ClientMetadata, ClientMetadataError};
use ports::{Body, Clock, Host};

use super::client::{self, Registered};
use super::failure::SignInFailure;
use super::limits::{Step, take_step};
use super::site::Site;
use crate::error::Failure;
use crate::gateway::Gateway;
use crate::line::{receive, respond};

/// Answers a registration request.
pub(super) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    site: &Site<'_>,
    request: &Request<Bytes>,
) -> Result<Response<Body>, SignInFailure> {
    receive::check_origin(request.headers(), site.live).map_err(Failure::from)?;
    take_step(gateway, Step::Register).await?;
    let refused = |error| Ok(respond::json(StatusCode::BAD_REQUEST, client_metadata::not_registered(error).into()));
    let metadata = match client_metadata::from_registration(request.body(), &site.sign_in.redirect_uris) {
        Ok(metadata) => metadata,
        Err(error) => return refused(error),
    };
    let ClientMetadata { name, redirect_uris, .. } = &metadata;
    let redirect_uris = redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect();
    let registered = Registered { name: name.clone(), redirect_uris };
    let Some(id) = client::register(gateway, site, &registered).await? else {
        return refused(ClientMetadataError::RedirectUris);
    };
    let now = gateway.host.clock().now().seconds();
    Ok(respond::json(StatusCode::CREATED, client_metadata::registered(&id, now, &metadata).into()))
}
