//! *parse*: one JSON-RPC message, its era, and headers that agree with the body (facts: MCP 2026-07-28, Streamable HTTP).
//!
//! The order of the checks is the specification's: a version that the headers and the body agree on but that we don't
//! speak is another error than one that they disagree on.

mod legacy;
mod target;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use json::{Members, RawJson};
use mcp::era::{self, Era};
use mcp::headers::{MCP_PARAM_PREFIX, MirroredHeaders};
use mcp::json_rpc::{self, Notification, ParseFault, Request, RequestId};
use mcp::legacy as legacy_era;
use mcp::meta::RequestMeta;
use mcp::method::Method;

use crate::endpoints::Resource;
use crate::error::{Failure, Refusal};
use crate::line::authenticate::Authenticated;
use crate::principal::Principal;
use crate::records::Live;

pub use legacy::LegacyRequest;
pub use target::Target;

/// One request that says what it wants without contradiction. Only this module makes one.
pub struct Message {
    authenticated: Authenticated,
    id: RequestId,
    params: Members,
    era: Era,
    operation: Operation,
    meta: RequestMeta,
    target: Target,
}

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A method of MCP 2026-07-28; of the legacy era, one that both eras have.
    Method(Method),
    /// A message that exists only before 2026-07-28.
    Legacy(LegacyRequest),
}

impl Message {
    /// The request's id, as the answer must echo it.
    pub const fn id(&self) -> &RequestId {
        &self.id
    }

    /// The era that the client speaks.
    pub const fn era(&self) -> Era {
        self.era
    }

    /// What it asks for.
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// Its parameters, `_meta` included.
    pub const fn params(&self) -> &Members {
        &self.params
    }

    /// Its `_meta`, read; of a legacy client, as a modern one would have written it.
    pub const fn meta(&self) -> &RequestMeta {
        &self.meta
    }

    /// The `Mcp-Param-*` headers: whoever doesn't know the tool's schema passes them on (MCP 2026-07-28, standard headers).
    pub fn parameter_headers(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let headers = self.authenticated.inbound().headers().iter();
        headers.filter(|(name, _)| name.as_str().starts_with(MCP_PARAM_PREFIX))
    }

    /// What it names.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The arguments of a `tools/call` or a `prompts/get`.
    pub fn arguments(&self) -> Option<&RawJson> {
        self.params.get("arguments").filter(|_| matches!(self.target, Target::Tool(_) | Target::Prompt(_)))
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

/// Reads the message of an authenticated request; `None` for a notification of a legacy client that concerns nobody.
/// `sighting` takes what was readable, whatever comes of it.
pub(crate) fn parse(authenticated: Authenticated, sighting: &mut Sighting) -> Result<Option<Message>, Failure> {
    if authenticated.inbound().listens() {
        return Ok(Some(legacy::listening(authenticated, sighting)?));
    }
    let body: Bytes = authenticated.inbound().body().clone();
    let request = match json_rpc::parse(body) {
        Ok(json_rpc::Message::Request(request)) => request,
        Ok(json_rpc::Message::Notification(notification)) => {
            sighting.method = Some(notification.method.clone());
            notify(&notification, authenticated.inbound().headers(), sighting)?;
            return Ok(legacy::notification(authenticated, notification, sighting)?);
        }
        Err(error) if *error.fault() == ParseFault::Response => {
            // What it answers is no request of this client's.
            return Ok(Some(legacy::answer(authenticated, error, sighting)?));
        }
        Err(error) => {
            sighting.id = error.id().cloned();
            return Err(Refusal::Message(error).into());
        }
    };
    sighting.id = Some(request.id.clone());
    sighting.method = Some(request.method.clone());
    let headers = MirroredHeaders::parse(authenticated.inbound().headers()).map_err(Refusal::Headers)?;
    let (era, (operation, meta)) = match Era::of(&request.method, request.params.as_ref(), headers.version()) {
        Era::Modern => (Era::Modern, modern(&request, &headers, sighting)?),
        Era::Legacy => {
            let is_batched = authenticated.inbound().is_batched();
            (Era::Legacy, legacy::read(&request, headers.version(), is_batched, sighting)?)
        }
    };
    let params = request.params.unwrap_or_default();
    // Before resolve: what is wrong with a call must not depend on whether its virtual server exists.
    let target = target::target(operation, &params)?;
    Ok(Some(Message { authenticated, id: request.id, params, era, operation, meta, target }))
}

fn modern(
    request: &Request,
    headers: &MirroredHeaders<'_>,
    sighting: &mut Sighting,
) -> Result<(Operation, RequestMeta), Refusal> {
    let meta = RequestMeta::parse(request.params.as_ref()).map_err(Refusal::Meta)?;
    sighting.protocol_version = Some(meta.protocol_version.clone());
    headers.agree_on_version(&meta).map_err(Refusal::Headers)?;
    era::check_version(&meta.protocol_version).map_err(Refusal::UnsupportedVersion)?;
    headers.agree_on_method(&request.method, request.params.as_ref()).map_err(Refusal::Headers)?;
    let method = Method::parse(&request.method).ok_or(Refusal::UnknownMethod(Era::Modern))?;
    Ok((Operation::Method(method), meta))
}

/// The modern era defines no notification that a client may send over HTTP.
fn notify(notification: &Notification, headers: &HeaderMap, sighting: &mut Sighting) -> Result<(), Refusal> {
    let headers = MirroredHeaders::parse(headers).map_err(Refusal::Headers)?;
    if Era::of(&notification.method, notification.params.as_ref(), headers.version()) == Era::Modern {
        return Err(Refusal::Notification);
    }
    let version = legacy_era::version(headers.version()).map_err(Refusal::UnsupportedVersion)?;
    sighting.protocol_version = Some(version.to_owned());
    Ok(())
}
