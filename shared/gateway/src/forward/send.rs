//! The requests that origins get.

use audit::trace::TraceParent;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use mcp::era::SUPPORTED_VERSIONS;
use mcp::headers as mirrored;
use mcp::json_rpc::{self, Outcome, RequestId};
use mcp::meta::{BAGGAGE, Implementation, META, TRACEPARENT};
use mcp::method::Method;
use mcp::raw_json::{Members, RawJson};
use mcp::streamable_http::ACCEPT_BOTH;
use mcp::tool::{ListError, Tool, ToolList};
use registry::snapshot::Origin;

use super::answer::{self, Media};
use super::{credential, origin_timeout};
use crate::Limits;
use crate::error::{Failure, Fault};
use crate::parse::Message;
use crate::ports::{Fetch, FetchLimits, Host};

type Response<H> = http::Response<<<H as Host>::Fetch as Fetch>::Body>;

/// Pages of one origin's list that are read; a hundred tools on each are common.
const PAGES: usize = 16;

/// Calls `name`, as the origin calls it.
pub(super) async fn call_tool<H: Host>(
    host: &H,
    message: &Message,
    origin: &Origin,
    name: &str,
    trace: &TraceParent,
) -> Result<(Response<H>, Media), Failure> {
    let mut params = message.params().clone();
    params.set("name", RawJson::from_string(name));
    let mut meta = message.meta().to_members();
    // The trace goes on as Weir's; baggage is the client's own word to people it doesn't know.
    meta.set(TRACEPARENT, RawJson::from_string(&trace.to_string()));
    meta.remove(BAGGAGE);
    params.set(META, meta.to_raw());
    let body = json_rpc::request(message.id(), Method::ToolsCall.as_str(), &params);
    let mut request = request(origin, Method::ToolsCall, Some(name), trace, body)?;
    for (name, value) in message.parameter_headers() {
        request.headers_mut().append(name.clone(), value.clone());
    }
    let response = send(host, message, origin, request).await?;
    let media = answer::check(&response)?;
    Ok((response, media))
}

/// Reads all pages of the origin's tools.
pub(super) async fn list_tools<H: Host>(
    host: &H,
    message: &Message,
    origin: &Origin,
    trace: &TraceParent,
) -> Result<Vec<Tool>, Failure> {
    let mut tools = Vec::new();
    let mut cursor: Option<RawJson> = None;
    for page in 1..=PAGES {
        let mut params = Members::default();
        if let Some(cursor) = cursor.take() {
            params.set("cursor", cursor);
        }
        params.set(META, own_meta(trace));
        let id = RequestId::from_integer(page as i64);
        let body = json_rpc::request(&id, Method::ToolsList.as_str(), &params);
        let request = request(origin, Method::ToolsList, None, trace, body)?;
        let response = send(host, message, origin, request).await?;
        let media = answer::check(&response)?;
        let Outcome::Result(result) = answer::whole(response, media, &id).await?.1 else {
            return Err(Fault::OriginAnswer { reason: "origin_list_error" }.into());
        };
        let malformed = |error: ListError| Fault::OriginAnswer { reason: error.reason() };
        let list = ToolList::parse(&result).map_err(malformed)?;
        tools.extend(list.tools);
        match list.next_cursor {
            Some(next) => cursor = Some(next),
            None => return Ok(tools),
        }
    }
    Err(Fault::OriginAnswer { reason: "origin_list_too_long" }.into())
}

/// `_meta` of a request that Weir makes on its own account.
fn own_meta(trace: &TraceParent) -> RawJson {
    let weir = Implementation { name: "weir".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let mut meta = mcp::meta::own_request(&weir);
    meta.set(TRACEPARENT, RawJson::from_string(&trace.to_string()));
    meta.to_raw()
}

/// Only what is named here travels: no header of the client but `Mcp-Param-*`.
fn request(
    origin: &Origin,
    method: Method,
    name: Option<&str>,
    trace: &TraceParent,
    body: Bytes,
) -> Result<http::Request<Bytes>, Fault> {
    let mut request = http::Request::new(body);
    *request.method_mut() = http::Method::POST;
    let malformed = |_| Fault::Registry { record: origin.name.clone(), reason: "origin_url_malformed" };
    *request.uri_mut() = http::Uri::try_from(origin.url.as_str()).map_err(malformed)?;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT_BOTH));
    mirrored::mirror(headers, &HeaderValue::from_static(SUPPORTED_VERSIONS[0]), method, name);
    if let Ok(trace) = HeaderValue::try_from(trace.to_string()) {
        headers.insert(HeaderName::from_static("traceparent"), trace);
    }
    Ok(request)
}

async fn send<H: Host>(
    host: &H,
    message: &Message,
    origin: &Origin,
    mut request: http::Request<Bytes>,
) -> Result<Response<H>, Fault> {
    if let Some((name, value)) = credential::header(host, message, origin, request.body()).await? {
        request.headers_mut().insert(name, value);
    }
    let limits = FetchLimits { deadline: origin_timeout(origin), body_bytes: Limits::STREAM_BYTES };
    Ok(host.fetch().send(request, limits).await?)
}
