//! Discovery: metadata documents, Weir's keys, and CORS preflight. See [`health`] for health, and [`connect`] for the
//! page for people.

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use oauth::authorization_server;
use oauth::jwk::PrivateKeySet;
use oauth::own_registration;
use registry::snapshot::IssuerMode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::endpoints::{Endpoint, connect, health};
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use crate::keys::{self, ACCESS_TOKEN_KEYS, SIGNED_IDENTITY_KEYS, SUBJECT_TOKEN_KEYS};
use crate::line::{audit, receive, respond};
use crate::records;
use ports::Body;
use ports::Host;

/// Clients may keep a document for 300 s; a key rotation waits longer than this (see the manual, `keys`).
const CACHE: &str = "public, max-age=300";

/// Answers a request to an endpoint that needs no caller.
pub(crate) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    endpoint: Option<Endpoint>,
    request: &Request<Bytes>,
) -> Response<Body> {
    match document(gateway, endpoint, request).await {
        Ok(response) => response,
        Err(failure) => {
            audit::count(gateway, failure.reason(), respond::status_and_code(&failure).0.as_u16()).await;
            respond::unrecorded(&failure, request.body())
        }
    }
}

async fn document<H: Host>(
    gateway: &Gateway<H>,
    endpoint: Option<Endpoint>,
    request: &Request<Bytes>,
) -> Result<Response<Body>, Failure> {
    let endpoint = endpoint.ok_or(Refusal::UnknownPath)?;
    if request.method() == Method::OPTIONS {
        return preflight(gateway, &endpoint, request).await;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Err(Refusal::MethodNotAllowed { allow: endpoint.allow() }.into());
    }
    match &endpoint {
        Endpoint::Health => return Ok(health::answer(gateway, request.headers()).await),
        Endpoint::Mcp(resource) if connect::is_asked(request) => return Ok(connect::answer(gateway, resource).await),
        _ => {}
    }
    let live = records::live(gateway).await?;
    let url = &live.gateway.url;
    let body = match &endpoint {
        Endpoint::ProtectedResource(resource) => {
            let servers = authorization_servers(&live);
            resource.protected().metadata(url, &servers, live.gateway.require_dpop)
        }
        Endpoint::AuthorizationServer => {
            authorization_server::metadata(url, sign_in(&live), live.gateway.has_services())
        }
        // `serve` handles these endpoints elsewhere, except for preflights and unsupported methods.
        Endpoint::Mcp(_)
        | Endpoint::Token
        | Endpoint::Revocation
        | Endpoint::Authorization
        | Endpoint::Callback
        | Endpoint::Connect(_)
        | Endpoint::GrantCallback(_)
        | Endpoint::Me
        | Endpoint::Consent
        | Endpoint::Registration => {
            return Err(Refusal::MethodNotAllowed { allow: endpoint.allow() }.into());
        }
        Endpoint::Health => return Ok(health::answer(gateway, request.headers()).await),
        Endpoint::KeySet => key_set(gateway).await?,
        // Any origin's name has one, so that none tells which origins there are.
        Endpoint::ClientDocument(origin) if live.gateway.sign_in.is_some() => own_registration::document(url, origin),
        Endpoint::ClientDocument(_) => return Err(Refusal::UnknownPath.into()),
    };
    let mut response = respond::json(StatusCode::OK, body.into());
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    // Public documents without credentials: any page may read them.
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// The authorization servers whose tokens the resource accepts: Weir first, unless it can issue none, because clients
/// use the first; then the identity providers that mint access tokens themselves.
fn authorization_servers(live: &Live) -> Vec<&str> {
    let record = &live.gateway;
    let minting = record.issuers.iter().filter(|issuer| issuer.has_mode(IssuerMode::AccessToken));
    let mut servers: Vec<&str> = minting.map(|issuer| issuer.issuer.as_str()).collect();
    if record.issues_tokens() || servers.is_empty() {
        servers.insert(0, &record.url);
    }
    servers
}

/// The part of the metadata that `[sign_in]` determines.
fn sign_in(live: &Live) -> Option<authorization_server::SignIn> {
    let sign_in = live.gateway.sign_in.as_ref()?;
    let client_documents = !sign_in.client_hosts.is_empty();
    Some(authorization_server::SignIn { registration: sign_in.registration, client_documents })
}

/// The public keys of access tokens and, if the deployment has them, of signed identities and of subject tokens.
async fn key_set<H: Host>(gateway: &Gateway<H>) -> Result<Vec<u8>, Failure> {
    let access_tokens = keys::own(gateway, ACCESS_TOKEN_KEYS).await?;
    let mut all = public_keys(&access_tokens)?;
    for name in [SIGNED_IDENTITY_KEYS, SUBJECT_TOKEN_KEYS] {
        if let Some(more) = keys::own_if_set(gateway, name).await? {
            all.keys.extend(public_keys(&more)?.keys);
        }
    }
    serde_json::to_vec(&all).map_err(|_| unwritten().into())
}

/// A JWK set document (RFC 7517 §5) whose keys stay as they are written.
#[derive(Deserialize, Serialize)]
struct KeySetDocument {
    keys: Vec<Box<RawValue>>,
}

fn public_keys(keys: &PrivateKeySet) -> Result<KeySetDocument, Fault> {
    serde_json::from_str(&keys.public_json()).map_err(|_| unwritten())
}

fn unwritten() -> Fault {
    Fault::Configuration { name: ACCESS_TOKEN_KEYS.to_owned(), reason: "keys_malformed" }
}

/// The headers that a page may send (Fetch standard; a wildcard doesn't cover `Authorization`).
const ALLOW_HEADERS: &str =
    "Authorization, DPoP, Content-Type, Accept, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id";

/// Answers a CORS preflight: any page may read public documents, only listed pages the rest.
async fn preflight<H: Host>(
    gateway: &Gateway<H>,
    endpoint: &Endpoint,
    request: &Request<Bytes>,
) -> Result<Response<Body>, Failure> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::NO_CONTENT;
    let origin = request.headers().get(header::ORIGIN).cloned();
    match endpoint {
        Endpoint::Mcp(_) | Endpoint::Token | Endpoint::Revocation | Endpoint::Registration => {
            let live = records::live(gateway).await?;
            receive::check_origin(request.headers(), &live)?;
            if let Some(origin) = origin {
                respond::allow_browser(&mut response, origin);
            }
        }
        _ => {
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(endpoint.allow()));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allow_headers(request));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    headers.insert(header::ALLOW, HeaderValue::from_static(endpoint.allow()));
    Ok(response)
}

/// The headers that a page may send: the fixed ones, and requested `Mcp-Param-*` headers, which depend on the tool.
fn allow_headers(request: &Request<Bytes>) -> HeaderValue {
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).and_then(|value| value.to_str().ok());
    let parameters = asked.unwrap_or_default().split(',').map(str::trim).filter(|name| {
        name.len() <= 128
            && name.to_ascii_lowercase().starts_with(mcp::headers::MCP_PARAM_PREFIX)
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    });
    let all = parameters.fold(ALLOW_HEADERS.to_owned(), |all, name| all + ", " + name);
    HeaderValue::try_from(all).unwrap_or(HeaderValue::from_static(ALLOW_HEADERS))
}
