//! The messages of legacy clients: requests, notifications, responses, and the GET for the server-initiated stream.

use json::Members;
use mcp::era::Era;
use mcp::headers::MirroredHeaders;
use mcp::json_rpc::{self, Incoming, Notification, ParseError, Request, RequestId};
use mcp::legacy::{
    self, CANCELLED, INITIALIZE, PING, ROOTS_LIST_CHANGED, SESSION_ID, SET_LEVEL, SUBSCRIBE, UNSUBSCRIBE,
};
use mcp::meta::RequestMeta;
use mcp::method::Method;

use super::message::{LegacyRequest, Message, Operation, ParsedParts, Sighting, Target};
use crate::endpoints::Endpoint;
use crate::error::Refusal;
use crate::line::authenticate::Authenticated;

/// Reads a legacy request. `initialize` agrees on a version in its body, every other request names it in `header`.
pub(super) fn read(
    request: &Request,
    header: Option<&str>,
    is_batched: bool,
    sighting: &mut Sighting,
) -> Result<(Operation, RequestMeta), Refusal> {
    let params = request.params.as_ref();
    let (version, client_info) = if request.method == INITIALIZE {
        // The version that the rest of the batch follows is unknown until it is answered (MCP 2025-03-26, lifecycle).
        if is_batched {
            return Err(Refusal::InvalidParams("`initialize` can't be part of a batch"));
        }
        let version = legacy::negotiate(params).ok_or(Refusal::InvalidParams("`protocolVersion` must be a string"))?;
        (version, legacy::client_info(params))
    } else {
        (legacy::version(header).map_err(Refusal::UnsupportedVersion)?, None)
    };
    sighting.protocol_version = Some(version.to_owned());
    let meta = RequestMeta::legacy(params, version, client_info.as_ref()).map_err(Refusal::Meta)?;
    let operation = match request.method.as_str() {
        INITIALIZE => Operation::Legacy(LegacyRequest::Initialize(version)),
        PING => Operation::Legacy(LegacyRequest::Ping),
        SET_LEVEL if params.and_then(legacy::level).is_none() => {
            return Err(Refusal::InvalidParams("`level` is not one of the eight levels of syslog"));
        }
        SET_LEVEL => Operation::Legacy(LegacyRequest::SetLevel),
        SUBSCRIBE => Operation::Legacy(LegacyRequest::Subscribe),
        UNSUBSCRIBE => Operation::Legacy(LegacyRequest::Unsubscribe),
        name => match Method::parse(name) {
            Some(method) if is_of_both_eras(method) => Operation::Method(method),
            _ => return Err(Refusal::UnknownMethod(Era::Legacy)),
        },
    };
    Ok((operation, meta))
}

const fn is_of_both_eras(method: Method) -> bool {
    match method {
        Method::ToolsList
        | Method::ToolsCall
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::ResourcesRead
        | Method::PromptsList
        | Method::PromptsGet
        | Method::CompletionComplete => true,
        // The legacy era has tasks of its own, which are another feature.
        Method::ServerDiscover
        | Method::SubscriptionsListen
        | Method::TasksGet
        | Method::TasksUpdate
        | Method::TasksCancel => false,
    }
}

/// A notification that is passed on to the session's origins; `None` for any other, or without a session.
pub(super) fn notification(
    authenticated: Authenticated,
    notification: Notification,
    sighting: &Sighting,
) -> Result<Option<Message>, Refusal> {
    let request = match notification.method.as_str() {
        CANCELLED => LegacyRequest::Cancelled,
        ROOTS_LIST_CHANGED => LegacyRequest::RootsChanged,
        _ => return Ok(None),
    };
    if !authenticated.inbound().headers().contains_key(SESSION_ID) {
        return Ok(None);
    }
    // No response will have this id.
    let id = RequestId::from_integer(0);
    let params = notification.params.unwrap_or_default();
    message(authenticated, request, id, params, sighting).map(Some)
}

/// The response of a client with a session to an origin's request; refused with `error` otherwise.
pub(super) fn answer(
    authenticated: Authenticated,
    error: ParseError,
    sighting: &mut Sighting,
) -> Result<Message, Refusal> {
    let headers = authenticated.inbound().headers();
    let mirrored = MirroredHeaders::parse(headers).map_err(Refusal::Headers)?;
    if !headers.contains_key(SESSION_ID) || Era::of("", None, mirrored.version()) == Era::Modern {
        return Err(Refusal::Message(error));
    }
    let version = legacy::version(mirrored.version()).map_err(Refusal::UnsupportedVersion)?;
    sighting.protocol_version = Some(version.to_owned());
    match json_rpc::parse_incoming(authenticated.inbound().body().clone()) {
        Ok(Incoming::Response { id: Some(id), .. }) => {
            sighting.method = Some("response".to_owned());
            message(authenticated, LegacyRequest::Response, id, Members::new(), sighting)
        }
        Ok(_) => Err(Refusal::Message(error)),
        Err(error) => Err(Refusal::Message(error)),
    }
}

/// The GET of a client with a session for the server-initiated stream.
pub(super) fn listening(authenticated: Authenticated, sighting: &mut Sighting) -> Result<Message, Refusal> {
    sighting.method = Some("GET".to_owned());
    let mirrored = MirroredHeaders::parse(authenticated.inbound().headers()).map_err(Refusal::Headers)?;
    // All anonymous callers are one user, and would receive each other's messages.
    if Era::of("", None, mirrored.version()) == Era::Modern || authenticated.principal().is_anonymous() {
        let allow = Endpoint::Mcp(authenticated.inbound().resource().clone()).allow();
        return Err(Refusal::MethodNotAllowed { allow });
    }
    let version = legacy::version(mirrored.version()).map_err(Refusal::UnsupportedVersion)?;
    sighting.protocol_version = Some(version.to_owned());
    // No response will have this id.
    message(authenticated, LegacyRequest::OpenStream, RequestId::from_integer(0), Members::new(), sighting)
}

fn message(
    authenticated: Authenticated,
    request: LegacyRequest,
    id: RequestId,
    params: Members,
    sighting: &Sighting,
) -> Result<Message, Refusal> {
    let version = sighting.protocol_version.as_deref().unwrap_or(legacy::ASSUMED_VERSION);
    let meta = RequestMeta::legacy(None, version, None).map_err(Refusal::Meta)?;
    let operation = Operation::Legacy(request);
    let asked = ParsedParts { era: Era::Legacy, operation, meta, target: Target::None };
    Ok(Message::new(authenticated, id, params, asked))
}
