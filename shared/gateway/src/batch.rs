//! Batches of JSON-RPC messages, which clients of 2025-03-26 may send: each message walks the line separately and has
//! its own event; the responses are sent together, as one array.
//!
//! A message without a response is missing from the array; if no message has one, the response is 202. A stream can't
//! answer one of several messages. If a call is answered with a stream, only the response in it is kept, and no origin
//! can send the client a request.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};
use futures::channel::oneshot;
use futures::future::join;
use futures::{StreamExt, stream};
use http::{Request, Response, StatusCode};
use mcp::era::Era;
use mcp::event_stream::Decoder;
use mcp::headers::MCP_PROTOCOL_VERSION;
use mcp::json_rpc::{self, Incoming};
use mcp::legacy::{ASSUMED_VERSION, batch};
use mcp::method::Method;
use mcp::tool;

use crate::endpoints::Resource;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::line::admit::CallerLimits;
use crate::line::audit::Record;
use crate::line::receive::{self, Batched};
use crate::line::respond::{FailedRequest, ToolCall};
use crate::line::{self, authenticate, deliver, respond};
use crate::{Limits, records};
use ports::{Body, Host};

/// Messages of a batch that are served at the same time: as many as a request has connections on Workers.
const AT_ONCE: usize = 6;

/// True if the request is a batch; only MCP 2025-03-26 has batches.
pub(crate) fn is_batch(request: &Request<Bytes>) -> bool {
    let mut versions = request.headers().get_all(MCP_PROTOCOL_VERSION).iter();
    request.method() == http::Method::POST
        && versions.all(|version| version == ASSUMED_VERSION)
        && batch::is_batch(request.body())
}

/// Answers a batch.
pub(crate) async fn answer<H: Host>(
    gateway: Gateway<H>,
    resource: Resource,
    request: Request<Bytes>,
    answer: oneshot::Sender<Response<Body>>,
) {
    let mut record = match Record::open(&gateway, &request) {
        Ok(record) => record,
        Err(fault) => return drop(answer.send(respond::unrecorded(&fault.into(), request.body()))),
    };
    record.resource(&resource);
    let messages = match split(&gateway, &resource, &request, &mut record).await {
        Ok(messages) => messages,
        Err(failure) => return deliver::failure(&gateway, &failure, record, answer).await,
    };
    let (browser, room) = (record.listed_browser(), Cell::new(Limits::ANSWER_BYTES));
    let (parts, _) = request.into_parts();
    let walk = |message: Bytes| {
        let mut one = Request::new(message.clone());
        one.method_mut().clone_from(&parts.method);
        one.uri_mut().clone_from(&parts.uri);
        one.headers_mut().clone_from(&parts.headers);
        one.extensions_mut().insert(Batched);
        let (answer, answered) = oneshot::channel();
        let walked =
            join(line::call(gateway.clone(), resource.clone(), one, answer), collect(answered, message, &room));
        async { walked.await.1 }
    };
    let answers: Vec<Collected> = stream::iter(messages).map(walk).buffered(AT_ONCE).collect().await;
    let mut response = joined(answers);
    if let Some(browser) = browser {
        respond::allow_browser(&mut response, browser);
    }
    drop(answer.send(response));
}

/// Splits the batch once its caller is verified: the body of an unverified caller is not parsed.
async fn split<H: Host>(
    gateway: &Gateway<H>,
    resource: &Resource,
    request: &Request<Bytes>,
    record: &mut Record,
) -> Result<Vec<Bytes>, Failure> {
    let live = records::live(gateway).await?;
    record.live(&live);
    let inbound = receive::receive(gateway, live, resource.clone(), request.clone())?;
    let authenticated = authenticate::authenticate(gateway, inbound).await?;
    record.authenticated(&authenticated);
    match batch::split(request.body().clone()) {
        // Each message counts separately, in *admit*.
        Ok(messages) => Ok(messages),
        Err(error) => {
            CallerLimits::of(&authenticated).take(gateway).await?;
            Err(Refusal::Batch(error).into())
        }
    }
}

/// The response to one message of a batch.
struct Collected {
    status: StatusCode,
    /// `None` if the message has no response.
    message: Option<Bytes>,
}

impl Collected {
    /// Replaces the response to `asked` by an error if it exceeds the bytes of `room` that the array has left.
    fn within(mut self, asked: Bytes, room: &Cell<usize>) -> Self {
        let Some(message) = &self.message else { return self };
        match room.get().checked_sub(message.len()) {
            Some(left) => room.set(left),
            None => self.message = Some(too_long(asked)),
        }
        self
    }
}

fn too_long(asked: Bytes) -> Bytes {
    let failure = Failure::from(Fault::BatchTooLong);
    let Ok(json_rpc::Message::Request(request)) = json_rpc::parse(asked) else {
        return respond::response_parts(&failure, &FailedRequest::default()).1;
    };
    let params = request.params.as_ref().filter(|_| request.method == Method::ToolsCall.as_str());
    let tool = tool::call_name(params).ok();
    // Only 2025-03-26 has batches.
    let call = tool.as_deref().map(|tool| ToolCall { tool, era: Era::Legacy, server: None, may_have_run: true });
    respond::response_parts(&failure, &FailedRequest { id: Some(&request.id), call, ..FailedRequest::default() }).1
}

/// Reads the response to `asked`, at most `room` bytes; of a stream, only the response in it.
async fn collect(answered: oneshot::Receiver<Response<Body>>, asked: Bytes, room: &Cell<usize>) -> Collected {
    let (parts, body) = answered.await.unwrap_or_else(|_| respond::abandoned(&asked)).into_parts();
    let message = match body {
        Body::Empty => None,
        Body::Full(body) => Some(body),
        Body::Stream(mut frames) => {
            let (mut decoder, mut response) = (Decoder::new(room.get()), None);
            while let Some(frame) = frames.next().await {
                let is_response =
                    |data: &Bytes| matches!(json_rpc::parse_incoming(data.clone()), Ok(Incoming::Response { .. }));
                for event in decoder.push(&frame) {
                    match event {
                        Ok(event) => response = event.message().filter(is_response).or(response),
                        Err(_) => response = Some(too_long(asked.clone())),
                    }
                }
            }
            // Copied, because the slice would keep its whole frame in memory, which may be much larger.
            response.map(|response| BytesMut::from(&response[..]).freeze())
        }
    };
    Collected { status: parts.status, message }.within(asked, room)
}

/// All responses as one array, with their common status (404 if the session has ended), or else 200.
fn joined(answers: Vec<Collected>) -> Response<Body> {
    let first = answers.first().map_or(StatusCode::ACCEPTED, |first| first.status);
    let agreed = answers.iter().all(|answer| answer.status == first);
    let messages: Vec<Bytes> = answers.into_iter().filter_map(|answer| answer.message).collect();
    match messages.is_empty() {
        true => respond::accepted(),
        false => respond::json(if agreed { first } else { StatusCode::OK }, batch::join(&messages)),
    }
}
