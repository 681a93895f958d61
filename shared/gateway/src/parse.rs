//! *parse*: one JSON-RPC message, its era, and headers that agree with the body (facts: MCP 2026-07-28, Streamable HTTP).
//!
//! The order of the checks is the specification's: a version that the headers and the body agree on but that we don't
//! speak is another error than one that they disagree on.

mod legacy;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use mcp::era::{self, Era};
use mcp::headers::{MCP_PARAM_PREFIX, MirroredHeaders};
use mcp::json_rpc::{self, Notification, Request, RequestId};
use mcp::legacy as legacy_era;
use mcp::meta::{META, RequestMeta};
use mcp::method::Method;
use mcp::raw_json::{Members, RawJson};
use mcp::tool::{self, CallError};

use crate::Limits;
use crate::authenticate::Authenticated;
use crate::endpoint::Resource;
use crate::error::{Failure, Refusal};
use crate::principal::Principal;
use crate::records::Live;

pub use legacy::Courtesy;

/// One request that says what it wants without contradiction. Only this module makes one.
pub struct Message {
    authenticated: Authenticated,
    id: RequestId,
    params: Members,
    asked: Asked,
    tool: Option<String>,
}

/// What a request says of itself, in whichever era.
struct Asked {
    era: Era,
    method: Method,
    courtesy: Option<Courtesy>,
    meta: RequestMeta,
}

impl Message {
    /// The request's id, as the answer must echo it.
    pub const fn id(&self) -> &RequestId {
        &self.id
    }

    /// The era that the client speaks.
    pub const fn era(&self) -> Era {
        self.asked.era
    }

    /// What is asked. Of what only legacy clients ask, what comes closest: see [`Message::courtesy`].
    pub const fn method(&self) -> Method {
        self.asked.method
    }

    /// What only legacy clients ask.
    pub const fn courtesy(&self) -> Option<Courtesy> {
        self.asked.courtesy
    }

    /// Its parameters, `_meta` included.
    pub const fn params(&self) -> &Members {
        &self.params
    }

    /// Its `_meta`, read; of a legacy client, as a modern one would have written it.
    pub const fn meta(&self) -> &RequestMeta {
        &self.asked.meta
    }

    /// The `Mcp-Param-*` headers: whoever doesn't know the tool's schema passes them on (MCP 2026-07-28, standard headers).
    pub fn parameter_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let headers = self.authenticated.inbound().headers().iter();
        headers.filter(|(name, _)| name.as_str().starts_with(MCP_PARAM_PREFIX))
    }

    /// The tool of a `tools/call`, by its exposed name.
    pub fn tool(&self) -> Option<&str> {
        self.tool.as_deref()
    }

    /// The arguments of a `tools/call`.
    pub fn arguments(&self) -> Option<&RawJson> {
        self.params.get("arguments").filter(|_| self.method() == Method::ToolsCall)
    }

    /// Who calls.
    pub fn principal(&self) -> &Principal {
        self.authenticated.principal()
    }

    /// What is called.
    pub const fn resource(&self) -> &Resource {
        self.authenticated.inbound().resource()
    }

    pub(crate) const fn authenticated(&self) -> &Authenticated {
        &self.authenticated
    }

    pub(crate) const fn live(&self) -> &Live {
        self.authenticated.inbound().live()
    }
}

/// What could be read of a message that is refused, so that the answer can echo its id and the event name its method.
#[derive(Debug, Default)]
pub(crate) struct Sighting {
    pub(crate) id: Option<RequestId>,
    pub(crate) method: Option<String>,
    pub(crate) protocol_version: Option<String>,
}

/// Reads the message of an authenticated request; `None` for a notification of a legacy client, which nobody waits for.
/// `sighting` takes what was readable, whatever comes of it.
pub(crate) fn parse(authenticated: Authenticated, sighting: &mut Sighting) -> Result<Option<Message>, Failure> {
    let body: Bytes = authenticated.inbound().body().clone();
    let request = match json_rpc::parse(body) {
        Ok(json_rpc::Message::Request(request)) => request,
        Ok(json_rpc::Message::Notification(notification)) => {
            sighting.method = Some(notification.method.clone());
            notify(&notification, authenticated.inbound().headers(), sighting)?;
            return Ok(None);
        }
        Err(error) => {
            sighting.id = error.id().cloned();
            return Err(Refusal::Message(error).into());
        }
    };
    sighting.id = Some(request.id.clone());
    sighting.method = Some(request.method.clone());
    let headers = MirroredHeaders::parse(authenticated.inbound().headers()).map_err(Refusal::Headers)?;
    let asked = match Era::of(&request.method, request.params.as_ref(), headers.version()) {
        Era::Modern => modern(&request, &headers, sighting)?,
        Era::Legacy => legacy::read(&request, headers.version(), sighting)?,
    };
    let params = request.params.unwrap_or_default();
    // Before resolve: what is wrong with a call must not depend on whether its virtual server exists.
    let tool = if asked.method == Method::ToolsCall { Some(called(&params)?) } else { None };
    Ok(Some(Message { authenticated, id: request.id, params, asked, tool }))
}

fn modern(request: &Request, headers: &MirroredHeaders<'_>, sighting: &mut Sighting) -> Result<Asked, Refusal> {
    let meta = RequestMeta::parse(request.params.as_ref()).map_err(Refusal::Meta)?;
    sighting.protocol_version = Some(meta.protocol_version.clone());
    headers.agree_on_version(&meta).map_err(Refusal::Headers)?;
    era::check_version(&meta.protocol_version).map_err(Refusal::UnsupportedVersion)?;
    headers.agree_on_method(&request.method, request.params.as_ref()).map_err(Refusal::Headers)?;
    let served = [Method::ServerDiscover, Method::ToolsList, Method::ToolsCall];
    let method = Method::parse(&request.method).filter(|method| served.contains(method));
    let method = method.ok_or(Refusal::UnknownMethod(Era::Modern))?;
    Ok(Asked { era: Era::Modern, method, courtesy: None, meta })
}

/// The modern era defines no notification that a client may send over HTTP; what a legacy client sends is dropped, for
/// there is no session that it could tell anything of.
fn notify(notification: &Notification, headers: &HeaderMap, sighting: &mut Sighting) -> Result<(), Refusal> {
    let headers = MirroredHeaders::parse(headers).map_err(Refusal::Headers)?;
    if Era::of(&notification.method, notification.params.as_ref(), headers.version()) == Era::Modern {
        return Err(Refusal::Notification);
    }
    let version = legacy_era::version(headers.version()).map_err(Refusal::UnsupportedVersion)?;
    sighting.protocol_version = Some(version.to_owned());
    Ok(())
}

/// The tool that `tools/call` names, once nothing about the call is ambiguous.
fn called(params: &Members) -> Result<String, Refusal> {
    // An origin that reads names without regard to case would take `Name` for the tool, which policy never saw.
    let read = ["name", "arguments", META];
    let looks_alike = |member: &str| read.iter().any(|read| member != *read && member.eq_ignore_ascii_case(read));
    if params.iter().any(|(member, _)| !member.is_ascii() || looks_alike(member)) {
        return Err(Refusal::InvalidParams("a member of `params` looks like `name`, `arguments` or `_meta`"));
    }
    let invalid = |error: CallError| Refusal::InvalidArguments(error.to_string());
    let arguments = tool::call_arguments(Some(params)).map_err(invalid)?;
    if arguments.is_some_and(|arguments| arguments.as_bytes().len() > Limits::ARGUMENTS_BYTES) {
        return Err(Refusal::InvalidArguments(format!("more than {} bytes", Limits::ARGUMENTS_BYTES)));
    }
    Ok(tool::call_name(Some(params)).map_err(invalid)?.into_owned())
}
