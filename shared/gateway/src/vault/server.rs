//! The third party of a grant: its metadata, and short requests to it.
//!
//! The registry names the issuer. Weir asks no origin for it: an origin could name a server that collects its users'
//! consents. What the metadata names is on the issuer's own web origin; other endpoints stand in the registry.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use oauth::grant_server::{self, GrantServer};
use oauth::openid_provider::MAX_DOCUMENT_BYTES;
use ports::{Clock, FetchLimits, Host};
use registry::snapshot::Vault;

use crate::deadline::within;
use crate::error::{Fault, OriginTokenFault};
use crate::fetch::{self, ExchangeError};
use crate::gateway::Gateway;
use crate::user_agent::USER_AGENT;

/// The kind of credential, in events.
pub(super) const KIND: &str = "vault";
/// The time that one request may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The time that metadata is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);

/// The server of this grant: as the registry names it, else discovered.
pub(crate) async fn of<H: Host>(gateway: &Gateway<H>, vault: &Vault) -> Result<Rc<GrantServer>, Fault> {
    if let Some(named) = &vault.endpoints {
        let (authorization, token) = (named.authorization.clone(), named.token.clone());
        return Ok(Rc::new(GrantServer { authorization, token, ..GrantServer::default() }));
    }
    let now = gateway.host.clock().now();
    if let Some(held) = gateway.isolate.sign_in.borrow().grant_server(&vault.issuer, now) {
        return Ok(held);
    }
    let server = Rc::new(discover(gateway, &vault.issuer).await?);
    let now = gateway.host.clock().now();
    gateway.isolate.sign_in.borrow_mut().insert_grant_server(&vault.issuer, server.clone(), now, KEPT);
    Ok(server)
}

/// Reads the first document that is there. One that breaks a rule ends the search: another could have another author.
async fn discover<H: Host>(gateway: &Gateway<H>, issuer: &str) -> Result<GrantServer, Fault> {
    for url in grant_server::discovery_urls(issuer) {
        let request = http::Request::get(url).header(header::ACCEPT, "application/json").body(Bytes::new());
        let (status, document) = ask(gateway, request, MAX_DOCUMENT_BYTES).await?;
        match status {
            StatusCode::OK => {
                let read = grant_server::read_metadata(&document, issuer);
                return read.map_err(|error| unusable(&format!("discovery: {error}")));
            }
            status if status.is_client_error() => {}
            status if status.is_server_error() => {
                return Err(unavailable(&format!("discovery: status {}", status.as_u16())));
            }
            status => return Err(unusable(&format!("discovery: status {}", status.as_u16()))),
        }
    }
    Err(unusable("discovery: no metadata"))
}

/// Sends one request and reads the response whole, except the body of a redirect, which is not used and may never end.
pub(crate) async fn ask<H: Host>(
    gateway: &Gateway<H>,
    request: http::Result<http::Request<Bytes>>,
    body_bytes: usize,
) -> Result<(StatusCode, Vec<u8>), Fault> {
    let mut request = request.map_err(|_| unusable("an endpoint is no URL"))?;
    request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
    let limits = FetchLimits { deadline: DEADLINE, body_bytes };
    let exchange = async {
        let response = fetch::send(&gateway.host, request, limits).await?;
        let status = response.status();
        let body = if status.is_redirection() { Vec::new() } else { fetch::whole(response.into_body()).await? };
        Ok((status, body))
    };
    let answer: Result<_, ExchangeError> =
        within(&gateway.host, DEADLINE, exchange).await.ok_or_else(|| unavailable("no answer in time"))?;
    answer.map_err(|error| unavailable(&error.to_string()))
}

/// The server doesn't answer.
pub(super) fn unavailable(detail: &str) -> Fault {
    Fault::OriginToken(OriginTokenFault::unreachable(KIND, detail))
}

/// The server has answered with something that can't be used.
pub(super) fn unusable(detail: &str) -> Fault {
    Fault::OriginToken(OriginTokenFault::unusable(KIND, detail))
}
