//! *parse*: one JSON-RPC message, its era, and headers that agree with the body (facts: MCP 2026-07-28, Streamable
//! HTTP).
//!
//! The order of the checks is the specification's: an unsupported version on which headers and body agree is another
//! error than a mismatch.

mod legacy;
mod message;
mod target;

use bytes::Bytes;
use http::header::HeaderMap;
use mcp::era::{self, Era};
use mcp::headers::MirroredHeaders;
use mcp::json_rpc::{self, Notification, ParseFault, Request};
use mcp::legacy as legacy_era;
use mcp::meta::RequestMeta;
use mcp::method::Method;

use crate::error::{Failure, Refusal};
use crate::line::authenticate::Authenticated;

use message::ParsedParts;
pub(crate) use message::Sighting;
pub use message::{LegacyRequest, Message, Operation, Target};

/// Reads the message of an authenticated request; `None` for a legacy notification that no origin needs. `sighting`
/// receives the readable parts, even of a refused message.
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
            // A client's response answers a request of an origin.
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
    // Before *resolve*: the error of a malformed call must be the same for an unknown virtual server.
    let target = target::target(operation, &params)?;
    Ok(Some(Message::new(authenticated, request.id, params, ParsedParts { era, operation, meta, target })))
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
