//! What legacy origins say unasked to a client with a session: one stream of each origin that has one (MCP 2025-11-25,
//! transports, listening for messages from the server).

use audit::trace::TraceParent;
use futures_util::{StreamExt, stream};
use http::Method;
use http::header::{self, HeaderValue};
use mcp::event_stream::Decoder;
use mcp::streamable_http::EVENT_STREAM;

use super::request::{self, Leg};
use super::response::{self, Media, Verdict};
use super::{client_session, legacy_session};
use crate::endpoints::Endpoint;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::line::parse::Message;
use crate::sealed::question::Asker;
use crate::virtual_server::VirtualServer;
use ports::{Fetch, Host};

/// As many streams as a request has connections on Workers.
const MOST_ORIGINS: usize = 6;
/// Of one message: unasked, there are no results.
const MESSAGE_BYTES: usize = 1024 * 1024;

/// One origin's stream.
pub(crate) struct Voice<B> {
    pub(crate) origin: String,
    pub(crate) body: B,
    pub(crate) decoder: Decoder,
    pub(crate) asker: Option<Asker>,
}

/// Opens the streams of the session's origins of which the caller sees something. An origin without one is left out, and so is
/// one that fails; where none is left, the client is told that there is nothing to hear.
pub(crate) async fn listen<H: Host>(
    gateway: &Gateway<H>,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) -> Result<Vec<Voice<<H::Fetch as Fetch>::Body>>, Failure> {
    let seen = client_session::origins(server, visible);
    let origins = message.session().map(|session| session.origins(server)).into_iter().flatten();
    let opened = stream::iter(origins.filter(|origin| seen.contains_key(origin.name.as_str())).take(MOST_ORIGINS));
    let opened = opened.map(|origin| async move {
        let leg = Leg { gateway, message, origin, trace };
        let asker = client_session::asker(&leg).await?;
        let body = client_session::in_time(&leg, open(&leg)).await?;
        let decoder = Decoder::new(MESSAGE_BYTES);
        Ok::<_, Failure>(Voice { origin: origin.name.clone(), body, decoder, asker })
    });
    let voices: Vec<_> = opened.buffered(MOST_ORIGINS).filter_map(async |voice| voice.ok()).collect().await;
    if voices.is_empty() {
        let allow = Endpoint::Mcp(message.resource().clone()).allow();
        return Err(Refusal::MethodNotAllowed { allow }.into());
    }
    Ok(voices)
}

async fn open<H: Host>(leg: &Leg<'_, H>) -> Result<<H::Fetch as Fetch>::Body, Fault> {
    let session = legacy_session::of_client(leg).ok_or(Fault::OriginSessionEnded)?;
    let mut request = request::bare(leg, bytes::Bytes::new())?;
    *request.method_mut() = Method::GET;
    let headers = request.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(header::ACCEPT, HeaderValue::from_static(EVENT_STREAM));
    session.write(headers);
    let response = request::post(leg, request).await?;
    match response::check(&response)? {
        Verdict::Answer(Media::EventStream) => Ok(response.into_body()),
        // Most have none, and say so in one way or another.
        Verdict::Answer(Media::Json) | Verdict::Rejected => Err(Fault::OriginAnswer { reason: "origin_status" }),
    }
}
