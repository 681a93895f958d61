//! The HTTP requests to origins.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use json::{Members, RawJson};
use mcp::era::{Era, SUPPORTED_VERSIONS};
use mcp::headers as mirrored;
use mcp::json_rpc::{self, RequestId};
use mcp::legacy::strip_meta;
use mcp::meta::{Implementation, META, TRACEPARENT, TraceParent};
use mcp::method::Method;
use mcp::parameter_headers::ParameterHeaders;
use mcp::streamable_http::ACCEPT_BOTH;
use registry::snapshot::Origin;

use super::outbound::OriginCall;
use super::protocol::OriginProtocol;
use super::{attempt::attempt, circuit_breaker};
use crate::deadline::within;
use crate::error::Fault;
use crate::user_agent::USER_AGENT;
use ports::{Clock, Host};

pub(super) use super::attempt::Response;

/// A request to an origin, before it is written in the origin's era.
pub(super) struct OriginRequest<'a> {
    pub(super) id: &'a RequestId,
    pub(super) method: Method,
    /// The value of `Mcp-Name`.
    pub(super) name: Option<&'a str>,
    pub(super) params: Members,
    /// The `Mcp-Param-*` headers.
    pub(super) mirrored: Mirrored<'a>,
    /// `_meta` of the modern era.
    pub(super) meta: Members,
}

/// The `Mcp-Param-*` headers of a request.
pub(super) enum Mirrored<'a> {
    /// None.
    Nothing,
    /// The client's headers, as it wrote them; it knows the schema from the list.
    Passed(Vec<(&'a HeaderName, &'a HeaderValue)>),
    /// Those of the arguments that these annotations name.
    Written(&'a ParameterHeaders),
}

/// Awaits `reading` within the origin's timeout.
pub(super) async fn in_time<H: Host, T>(
    call: &OriginCall<'_, H>,
    reading: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let read = within(&call.gateway.host, call.timeout(), reading).await.unwrap_or(Err(Fault::OriginTooSlow));
    circuit_breaker::note(call, &read);
    read
}

/// The `clientInfo` that Weir shows to origins.
pub(super) fn weir() -> Implementation {
    Implementation { name: "weir".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), title: None }
}

/// `_meta` of a request that Weir makes for itself.
pub(super) fn own_meta(trace: &TraceParent) -> Members {
    let mut meta = mcp::meta::own_request(&weir());
    meta.set(TRACEPARENT, RawJson::from_string(&trace.to_string()));
    meta
}

impl OriginRequest<'_> {
    /// True if repeating the request changes nothing at the origin. A request with a person's answers may continue one
    /// that changes something.
    fn only_reads(&self) -> bool {
        let reads = matches!(
            self.method,
            Method::ServerDiscover
                | Method::ToolsList
                | Method::ResourcesList
                | Method::ResourcesTemplatesList
                | Method::ResourcesRead
                | Method::PromptsList
                | Method::TasksGet
        );
        reads && self.params.get("inputResponses").is_none() && self.params.get("requestState").is_none()
    }

    /// The HTTP request in this protocol: a legacy origin knows neither mirrored headers nor protocol keys in `_meta`.
    pub(super) fn to_http<H: Host>(
        &self,
        call: &OriginCall<'_, H>,
        protocol: &OriginProtocol,
    ) -> Result<http::Request<Bytes>, Fault> {
        let (mut params, mut meta) = (self.params.clone(), self.meta.clone());
        if protocol.era() == Era::Legacy {
            strip_meta(&mut meta);
            // Members of requests in several rounds, which only the modern era has.
            params.remove("inputResponses");
            params.remove("requestState");
        }
        params.set(META, meta.to_raw());
        let mut request = bare(call, json_rpc::request(self.id, self.method.as_str(), &params))?;
        let headers = request.headers_mut();
        match protocol {
            OriginProtocol::Modern => {
                mirrored::mirror(headers, &HeaderValue::from_static(SUPPORTED_VERSIONS[0]), self.method, self.name);
                match &self.mirrored {
                    Mirrored::Nothing => {}
                    Mirrored::Passed(passed) => {
                        for &(name, value) in passed {
                            headers.append(name, value.clone());
                        }
                    }
                    Mirrored::Written(parameters) => parameters.write(headers, self.params.get("arguments")),
                }
            }
            OriginProtocol::Legacy(session) => session.write(headers),
        }
        Ok(request)
    }
}

/// A request without the headers of an era. Headers to origins are an allow-list: of the client's, only `Mcp-Param-*`
/// that mirror an argument.
pub(super) fn bare<H: Host>(call: &OriginCall<'_, H>, body: Bytes) -> Result<http::Request<Bytes>, Fault> {
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::POST;
    let malformed = |_| Fault::Registry { record: call.origin.name.clone(), reason: "origin_url_malformed" };
    *request.uri_mut() = http::Uri::try_from(call.origin.url.as_str()).map_err(malformed)?;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT_BOTH));
    headers.insert(header::USER_AGENT, user_agent(call.origin)?);
    if let Ok(trace) = HeaderValue::try_from(call.trace.to_string()) {
        headers.insert(HeaderName::from_static("traceparent"), trace);
    }
    Ok(request)
}

/// The origin's own setting, else Weir's.
fn user_agent(origin: &Origin) -> Result<HeaderValue, Fault> {
    let malformed = |_| Fault::Registry { record: origin.name.clone(), reason: "user_agent_malformed" };
    origin.user_agent.as_deref().map_or(Ok(USER_AGENT), |own| HeaderValue::try_from(own).map_err(malformed))
}

/// Sends a request; a second time if that is safe: nothing was sent, or the connection broke and the request only
/// reads. After a timeout it is not repeated, because the client waits.
pub(super) async fn put<H: Host>(
    call: &OriginCall<'_, H>,
    request: &OriginRequest<'_>,
    protocol: &OriginProtocol,
) -> Result<Response<H>, Fault> {
    let (began, timeout) = (call.gateway.host.clock().now(), call.timeout());
    circuit_breaker::admit(call)?;
    // Boxed, as everywhere here: fifty messages of a batch are one task, whose futures have to fit the stack.
    let first = Box::pin(attempt(call, request.to_http(call, protocol)?, timeout)).await;
    let left = timeout.saturating_sub(call.gateway.host.clock().now().since(began));
    let ended = match first {
        Err(Fault::OriginUnreachable { refused, .. }) if (refused || request.only_reads()) && !left.is_zero() => {
            Box::pin(attempt(call, request.to_http(call, protocol)?, left)).await
        }
        first => first,
    };
    if ended.is_err() {
        circuit_breaker::note(call, &ended);
    }
    ended
}

/// Sends a request once.
pub(super) async fn post<H: Host>(
    call: &OriginCall<'_, H>,
    request: http::Request<Bytes>,
) -> Result<Response<H>, Fault> {
    circuit_breaker::admit(call)?;
    let ended = Box::pin(attempt(call, request, call.timeout())).await;
    if ended.is_err() {
        circuit_breaker::note(call, &ended);
    }
    ended
}

/// Sends the origin the response to its own request. The outcome is not read and doesn't count for the circuit.
pub(super) async fn respond<H: Host>(
    call: &OriginCall<'_, H>,
    protocol: &OriginProtocol,
    response: Bytes,
) -> Result<(), Fault> {
    let mut request = bare(call, response)?;
    protocol.write(request.headers_mut());
    attempt(call, request, call.timeout()).await.map(drop)
}
