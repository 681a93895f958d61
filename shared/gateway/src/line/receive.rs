//! *receive*: checks that the endpoint accepts the request: method, web origin, size, media types, one value per
//! header.
//!
//! The protected resource is named here, from the path alone: HOST is configuration, the `Host` header is never read.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request};
use mcp::legacy::SESSION_ID;
use mcp::streamable_http;

use crate::Limits;
use crate::endpoints::{Endpoint, Resource};
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::isolate::records::Live;
use ports::{Caller, Host};

/// Marks a message of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Batched;

/// A request that the endpoint accepts; its caller is not verified yet. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::receive::Inbound;
/// ```
///
/// ```compile_fail,E0451
/// use gateway::line::receive::Inbound;
///
/// fn forge() -> Inbound {
///     Inbound { resource: loop {}, live: loop {}, headers: loop {}, body: loop {}, address: loop {}, country: loop {}, is_batched: loop {}, listens: loop {} }
/// }
/// ```
pub struct Inbound {
    resource: Resource,
    live: Live,
    headers: HeaderMap,
    body: Bytes,
    address: Option<IpAddr>,
    country: Option<String>,
    is_batched: bool,
    listens: bool,
}

impl Inbound {
    /// The protected resource that is requested.
    pub const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The request's headers.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The request's body.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The client's address, if the host knows it.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The client's country, if the host knows it.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// True for a message of a batch, which no stream can answer.
    pub const fn is_batched(&self) -> bool {
        self.is_batched
    }

    /// True for a GET that opens the server-initiated stream.
    pub const fn listens(&self) -> bool {
        self.listens
    }

    pub(crate) const fn live(&self) -> &Live {
        &self.live
    }
}

/// Accepts a request to an MCP endpoint, or refuses it.
pub(crate) fn receive<H: Host>(
    gateway: &Gateway<H>,
    live: Live,
    resource: Resource,
    request: Request<Bytes>,
) -> Result<Inbound, Failure> {
    let (parts, body) = request.into_parts();
    // Only a legacy client with a session has a server-initiated stream.
    let listens = parts.method == Method::GET && parts.headers.contains_key(SESSION_ID);
    if parts.method != Method::POST && !listens {
        let allow = Endpoint::Mcp(resource).allow();
        return Err(Refusal::MethodNotAllowed { allow }.into());
    }
    check_origin(&parts.headers, &live)?;
    if body.len() > Limits::REQUEST_BODY_BYTES {
        return Err(Refusal::BodyTooLarge.into());
    }
    let takes = if listens { streamable_http::check_stream_accept } else { streamable_http::check_media_types };
    takes(&parts.headers).map_err(Refusal::MediaType)?;
    let (address, country) = (gateway.host.caller().address(), gateway.host.caller().country());
    let is_batched = parts.extensions.get::<Batched>().is_some();
    Ok(Inbound { resource, live, headers: parts.headers, body, address, country, is_batched, listens })
}

/// A browser names the web origin of its page; only listed ones may call (MCP, Streamable HTTP, security).
pub(crate) fn check_origin(headers: &HeaderMap, live: &Live) -> Result<(), Refusal> {
    // Every value must be listed: of two, it would be ambiguous which one counts.
    let listed = headers.get_all(header::ORIGIN).iter().all(|origin| is_listed(origin, live));
    if listed { Ok(()) } else { Err(Refusal::ForbiddenOrigin) }
}

/// True if pages of this web origin may call.
pub(crate) fn is_listed(origin: &HeaderValue, live: &Live) -> bool {
    let gateway = &live.gateway;
    origin
        .to_str()
        .is_ok_and(|origin| origin == gateway.url || gateway.browser_origins.iter().any(|listed| listed == origin))
}
