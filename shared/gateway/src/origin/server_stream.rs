//! The server-initiated streams of legacy origins for a client with a session: one per origin that offers it (MCP
//! 2025-11-25, transports, listening for messages from the server).

use futures::{StreamExt, stream};
use http::Method;
use http::header::{self, HeaderValue};
use mcp::event_stream::Decoder;
use mcp::streamable_http::EVENT_STREAM;
use registry::snapshot::Origin;

use super::outbound::{MOST_STREAMS, OriginCall, Outbound};
use super::protocol::OriginProtocol;
use super::request;
use super::response::{self, Media, Verdict};
use super::server_requests::ServerRequests;
use super::{client_session, legacy_session};
use crate::endpoints::Endpoint;
use crate::error::{Failure, Fault, Refusal};
use crate::outcome::Unavailable;
use ports::{Fetch, Host};

/// The most bytes of one message; results don't come on this stream.
const MESSAGE_BYTES: usize = 1024 * 1024;

/// One origin's stream.
pub(crate) struct ServerStream<H: Host> {
    pub(crate) origin: String,
    pub(crate) decoder: Decoder,
    pub(crate) requests: ServerRequests<H>,
}

/// The server-initiated streams of a session's origins.
pub(crate) struct ServerStreams<H: Host> {
    pub(crate) streams: Vec<ServerStream<H>>,
    /// The stream of each of them, in the same order.
    pub(crate) bodies: Vec<<H::Fetch as Fetch>::Body>,
    /// The origins beyond [`MOST_STREAMS`].
    pub(crate) unavailable: Vec<Unavailable>,
}

/// Opens the streams of the session's origins with a visible item. An origin that fails or has no stream is left out.
/// If none is left, the client gets an error.
pub(crate) async fn open<H: Host>(outbound: &Outbound<'_, H>, visible: &[usize]) -> Result<ServerStreams<H>, Failure> {
    let server = outbound.resolved.server();
    let visible_origins = client_session::origins(server, visible);
    let origins = outbound.resolved.session().map(|session| session.origins(server)).into_iter().flatten();
    let mut origins = origins.filter(|origin| visible_origins.contains_key(origin.name.as_str()));
    let opened = stream::iter(origins.by_ref().take(MOST_STREAMS)).map(|origin| async move {
        let call = outbound.to(origin);
        let asker = client_session::asker(&call).await?;
        let (protocol, body) = client_session::in_time(&call, open_one(&call)).await?;
        let requests = ServerRequests::new(&call, &protocol, asker);
        let decoder = Decoder::new(MESSAGE_BYTES);
        Ok::<_, Failure>((ServerStream { origin: origin.name.clone(), decoder, requests }, body))
    });
    let (streams, bodies): (Vec<_>, Vec<_>) =
        opened.buffered(MOST_STREAMS).filter_map(async |opened| opened.ok()).unzip().await;
    outbound.charge(streams.len());
    if streams.is_empty() {
        let allow = Endpoint::Mcp(outbound.resolved.message().resource().clone()).allow();
        return Err(Refusal::MethodNotAllowed { allow }.into());
    }
    let beyond = |origin: &Origin| Unavailable {
        origin: origin.name.clone(),
        failure: Fault::StreamLimit { limit: MOST_STREAMS }.into(),
    };
    Ok(ServerStreams { streams, bodies, unavailable: origins.map(beyond).collect() })
}

async fn open_one<H: Host>(call: &OriginCall<'_, H>) -> Result<(OriginProtocol, <H::Fetch as Fetch>::Body), Fault> {
    let session = legacy_session::of_client(call).ok_or(Fault::OriginSessionEnded)?;
    let mut request = request::bare(call, bytes::Bytes::new())?;
    *request.method_mut() = Method::GET;
    let headers = request.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.insert(header::ACCEPT, HeaderValue::from_static(EVENT_STREAM));
    let protocol = OriginProtocol::Legacy(session);
    protocol.write(headers);
    let response = request::post(call, request).await?;
    match response::check(&response)? {
        Verdict::Answer(Media::EventStream) => Ok((protocol, response.into_body())),
        // Most origins offer no stream, and say so by different statuses.
        Verdict::Answer(Media::Json) | Verdict::Rejected => Err(Fault::OriginAnswer { reason: "origin_status" }),
    }
}
