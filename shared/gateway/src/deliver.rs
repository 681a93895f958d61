//! Handing an answer to whoever still waits for it, frame by frame where it is a stream.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_util::future::{Either, select};
use futures_util::{SinkExt, Stream, pin_mut};
use http::{Response, StatusCode};
use mcp::event_stream;

use crate::Body;
use crate::audit::{self, Record};
use crate::deadline::within;
use crate::error::{Failure, Refusal};
use crate::filter::{Filtered, Frames, Kind, Summary};
use crate::ports::{ClientGone, Clock, FetchError, Host, Timer};
use crate::respond;

/// How long a stream may be silent before a comment keeps its connections open; proxies often cut after 60 s. On a
/// host that sees a disconnect only when it writes, this also bounds how long nobody notices.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a client may take to read one frame. Workers end background work after half a minute anyway.
const READ_DEADLINE: Duration = Duration::from_secs(60);

/// Answers with what was filtered, and stays with a stream until its end.
pub(crate) async fn answer<H: Host>(
    host: &H,
    filtered: Filtered<H>,
    record: &mut Record,
    answer: oneshot::Sender<Response<Body>>,
) {
    match filtered.kind {
        Kind::Nothing => {
            record.summary(Summary::Result { is_error: false });
            send(respond::accepted(), record, answer);
        }
        Kind::Whole { body, summary } => {
            record.summary(summary);
            record.sent_bytes(body.len());
            let response = respond::json(StatusCode::OK, body);
            send(response, record, answer);
        }
        Kind::Frames(frames) => {
            let (sender, receiver) = mpsc::channel(0);
            let response = respond::event_stream(receiver);
            send(response, record, answer);
            let failure = pump(host, frames, record, sender).await.err();
            record.origin_ended(host.clock().now());
            if let Some(failure) = failure {
                record.failed(&failure, Some(respond::status_and_code(&failure).1));
            }
            record.sent(StatusCode::OK);
        }
    }
}

/// Answers with a failure. Of anonymous callers only the number is kept.
pub(crate) async fn failure<H: Host>(
    host: &H,
    failure: &Failure,
    record: &mut Record,
    answer: oneshot::Sender<Response<Body>>,
) {
    let (status, code) = respond::status_and_code(failure);
    record.failed(failure, Some(code));
    if record.is_anonymous() {
        audit::count(host, failure.reason(), status);
    }
    let event_id = (!record.is_anonymous()).then(|| record.event_id());
    let response = respond::failure(failure, record.sighting.id.as_ref(), event_id, record.metadata_url().as_deref());
    if let Body::Full(body) = response.body() {
        record.sent_bytes(body.len());
    }
    send(response, record, answer);
}

/// Hands the answer over. Nobody there any more: the event tells.
fn send(mut response: Response<Body>, record: &mut Record, answer: oneshot::Sender<Response<Body>>) {
    record.sent(response.status());
    if let Some(browser) = record.listed_browser() {
        respond::allow_browser(&mut response, browser);
    }
    let _ = answer.send(response);
}

/// Moves frames until the stream ends or the client has gone.
async fn pump<H: Host, B>(
    host: &H,
    mut frames: Frames<B>,
    record: &mut Record,
    mut client: mpsc::Sender<Bytes>,
) -> Result<(), Failure>
where
    B: Stream<Item = Result<Bytes, FetchError>> + Unpin,
{
    let gone = host.client_gone().gone();
    pin_mut!(gone);
    loop {
        let frame = {
            let (next, silence) = (frames.next(), host.timer().sleep(KEEP_ALIVE));
            pin_mut!(next, silence);
            match select(&mut gone, select(next, silence)).await {
                Either::Left(_) => return Err(Refusal::ClientGone.into()),
                Either::Right((Either::Left((frame, _)), _)) => frame,
                Either::Right((Either::Right(_), _)) => Some(event_stream::keep_alive()),
            }
        };
        let Some(frame) = frame else { break };
        let length = frame.len();
        // A client that doesn't read makes us wait here, and so the origin: nothing piles up. It can't do so for ever.
        match select(&mut gone, pin!(within(host, READ_DEADLINE, client.send(frame)))).await {
            Either::Right((Some(Ok(())), _)) => record.sent_bytes(length),
            _ => return Err(Refusal::ClientGone.into()),
        }
    }
    match frames.into_end() {
        Some(end) => record.summary(end.failure()?),
        None => return Err(Refusal::ClientGone.into()),
    }
    Ok(())
}
