//! *parse*: one JSON-RPC message, its era, and headers that agree with the body (facts: MCP 2026-07-28, Streamable HTTP).
//!
//! The order of the checks is the specification's: a version that the headers and the body agree on but that we don't
//! speak is another error than one that they disagree on.

mod legacy;
mod target;

use std::rc::Rc;

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
use crate::isolate::records::Live;
use crate::line::authenticate::Authenticated;
use crate::principal::Principal;
use crate::sealed::question::Answered;
use crate::sealed::session::Session;
use crate::sealed::task::Task;

pub use legacy::Courtesy;
pub use target::Target;

/// One request that says what it wants without contradiction. Only this module makes one.
pub struct Message {
    authenticated: Authenticated,
    id: RequestId,
    params: Members,
    asked: Asked,
    target: Target,
    session: Option<Rc<Session>>,
    tasks: Vec<Task>,
    answers: Option<Answered>,
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

    /// The session that a legacy client brings, once `resolve` has opened it.
    pub(crate) const fn session(&self) -> Option<&Rc<Session>> {
        self.session.as_ref()
    }

    /// With the session that it brings.
    pub(crate) fn in_session(self, session: Option<Rc<Session>>) -> Self {
        Self { session, ..self }
    }

    /// The tasks that it names, once `resolve` has opened their ids.
    pub(crate) fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// What it answers, once `resolve` has opened its id.
    pub(crate) const fn answers(&self) -> Option<&Answered> {
        self.answers.as_ref()
    }

    /// In answer to this.
    pub(crate) fn answering(self, answers: Option<Answered>) -> Self {
        Self { answers, ..self }
    }

    /// About these tasks.
    pub(crate) fn about(self, tasks: Vec<Task>) -> Self {
        Self { tasks, ..self }
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
    let asked = match Era::of(&request.method, request.params.as_ref(), headers.version()) {
        Era::Modern => modern(&request, &headers, sighting)?,
        Era::Legacy => legacy::read(&request, headers.version(), authenticated.inbound().is_batched(), sighting)?,
    };
    let params = request.params.unwrap_or_default();
    // Before resolve: what is wrong with a call must not depend on whether its virtual server exists.
    let target = target::target(asked.method, &params)?;
    Ok(Some(Message {
        authenticated,
        id: request.id,
        params,
        asked,
        target,
        session: None,
        tasks: Vec::new(),
        answers: None,
    }))
}

fn modern(request: &Request, headers: &MirroredHeaders<'_>, sighting: &mut Sighting) -> Result<Asked, Refusal> {
    let meta = RequestMeta::parse(request.params.as_ref()).map_err(Refusal::Meta)?;
    sighting.protocol_version = Some(meta.protocol_version.clone());
    headers.agree_on_version(&meta).map_err(Refusal::Headers)?;
    era::check_version(&meta.protocol_version).map_err(Refusal::UnsupportedVersion)?;
    headers.agree_on_method(&request.method, request.params.as_ref()).map_err(Refusal::Headers)?;
    let method = Method::parse(&request.method).ok_or(Refusal::UnknownMethod(Era::Modern))?;
    Ok(Asked { era: Era::Modern, method, courtesy: None, meta })
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
