//! Sends a response to the client, frame by frame if it is a stream, and closes the call's record.
//!
//! If background work outlives the response, the event is written after it and the client doesn't wait. Otherwise the
//! sink accepts the event first: before a whole response, or before the last frame of a stream. Earlier frames are sent
//! at once.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use futures::channel::{mpsc, oneshot};
use futures::future::{Either, select};
use futures::{SinkExt, pin_mut};
use http::header::HeaderValue;
use http::{Response, StatusCode};
use mcp::event_stream;
use mcp::legacy::SESSION_ID;
use oauth::dpop::NONCE_HEADER;

use crate::deadline::within;
use crate::error::{Failure, Refusal};
use crate::gateway::Gateway;
use crate::line::audit::{Record, expected_events};
use crate::line::filter::{Filtered, Flow, Kind};
use crate::line::quarantine::Watch;
use crate::line::respond;
use crate::outcome::Summary;
use ports::Body;
use ports::{Background, ClientGone, Clock, Host, Timer};

/// The silence after which a stream sends a comment, because proxies often close after 60 s. On a host that sees a
/// disconnect only when it writes, this also bounds the delay until it is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The time that a client may take to read one frame. Workers end background work after 30 s anyway.
const READ_DEADLINE: Duration = Duration::from_secs(60);

/// Sends a filtered response; returns at the end of a stream.
pub(crate) async fn answer<H: Host>(
    gateway: &Gateway<H>,
    filtered: Filtered<H>,
    mut record: Record,
    answer: oneshot::Sender<Response<Body>>,
) {
    match filtered.kind {
        Kind::Nothing => {
            record.summary(Summary::Result { is_error: false });
            hand_over(gateway, respond::accepted(), record, answer).await;
        }
        Kind::Whole { status, body, summary } => {
            record.summary(summary);
            let response = in_session(respond::json(status, body), filtered.session);
            hand_over(gateway, response, record, answer).await;
        }
        Kind::Flow(flow, watch) => {
            let (sender, receiver) = mpsc::channel(0);
            let _ = answer.send(readable(flow.response(receiver), &record));
            stream(gateway, (flow, watch), record, sender).await;
        }
    }
}

/// Sets `Mcp-Session-Id` in the response to `initialize`, if a session was opened.
fn in_session(mut response: Response<Body>, session: Option<HeaderValue>) -> Response<Body> {
    if let Some(session) = session {
        response.headers_mut().insert(SESSION_ID, session);
    }
    response
}

/// Sends a failure. Failures of anonymous callers are only counted, so their response names no event.
pub(crate) async fn failure<H: Host>(
    gateway: &Gateway<H>,
    failure: &Failure,
    mut record: Record,
    answer: oneshot::Sender<Response<Body>>,
) {
    record.failed(failure, Some(respond::status_and_code(failure).1));
    let response = respond::failure(failure, &record.asked(failure));
    hand_over(gateway, response, record, answer).await;
}

/// Hands a whole answer over, and its event to the sink, in the order that the host needs.
pub(crate) async fn hand_over<H: Host>(
    gateway: &Gateway<H>,
    response: Response<Body>,
    mut record: Record,
    answer: oneshot::Sender<Response<Body>>,
) {
    record.sent(response.status());
    if let Body::Full(body) = response.body() {
        record.sent_bytes(body.len());
    }
    let response = readable(response, &record);
    // A send fails if the client has gone; the event describes the response that was to be sent.
    if H::Background::OUTLIVES_RESPONSE {
        let _ = answer.send(response);
        record.close(gateway).await;
    } else {
        record.close(gateway).await;
        let _ = answer.send(response);
    }
}

/// Adds CORS headers, if the request's web origin is listed, and the nonce for the next proof.
fn readable(mut response: Response<Body>, record: &Record) -> Response<Body> {
    if let Some(browser) = record.listed_browser() {
        respond::allow_browser(&mut response, browser);
    }
    if let Some(nonce) = record.next_nonce() {
        response.headers_mut().insert(NONCE_HEADER, nonce);
    }
    response
}

/// Moves a stream to its end, and hands its event over in the order that the host needs.
async fn stream<H: Host>(
    gateway: &Gateway<H>,
    (mut flow, mut watch): (Flow<H>, Watch),
    mut record: Record,
    mut client: mpsc::Sender<Bytes>,
) {
    let mut gone = pin!(gateway.host.client_gone().gone());
    let id = record.event_id().to_owned();
    let mut last = {
        let pump = pin!(pump(gateway, (&mut flow, &mut watch), &mut record, &mut client, gone.as_mut()));
        expected_events::beside(gateway, &id, pump).await
    };
    record.origin_ended(gateway.host.clock().now());
    if H::Background::OUTLIVES_RESPONSE {
        if let Ok(frame) = last {
            last = push(gateway, &mut client, gone.as_mut(), frame).await;
        }
        client.close_channel();
    }
    let failure = match (&last, flow.into_end()) {
        (Ok(frame), Some(end)) => {
            record.sent_bytes(frame.len());
            end.failure().map(|summary| record.summary(summary)).err()
        }
        _ => Some(Refusal::ClientGone.into()),
    };
    if let Some(failure) = failure {
        record.failed(&failure, Some(respond::status_and_code(&failure).1));
    }
    record.sent(StatusCode::OK);
    record.close(gateway).await;
    if let (false, Ok(frame)) = (H::Background::OUTLIVES_RESPONSE, last) {
        // A disconnect from here on is not recorded: the event already says that all was sent.
        let _ = push(gateway, &mut client, gone, frame).await;
    }
}

/// Sends all frames but the last, which it returns; an error if the client has gone.
async fn pump<H: Host>(
    gateway: &Gateway<H>,
    (flow, watch): (&mut Flow<H>, &mut Watch),
    record: &mut Record,
    client: &mut mpsc::Sender<Bytes>,
    mut gone: Pin<&mut impl Future<Output = ()>>,
) -> Result<Bytes, Refusal> {
    let now = || gateway.host.clock().now();
    let mut comment_at = now().after(KEEP_ALIVE);
    loop {
        // Checked with every frame, too: a source that always has a frame ready would never let the deadline fire.
        if flow.goes_on()
            && let Err(failure) = watch.check(gateway).await
        {
            flow.fail(failure);
        }
        // The same source must not outlive the deadline: policy has to decide again.
        if flow.is_due(now()) {
            flow.expire();
        }
        let wake_at = flow.deadline().map_or(comment_at, |deadline| deadline.min(comment_at)).min(watch.due());
        let next = {
            let (next, silence) = (flow.next(), gateway.host.timer().sleep(wake_at.since(now())));
            pin_mut!(next, silence);
            match select(gone.as_mut(), select(next, silence)).await {
                Either::Left(_) => return Err(Refusal::ClientGone),
                Either::Right((Either::Left((frame, _)), _)) => Some(frame.ok_or(Refusal::ClientGone)?),
                Either::Right((Either::Right(_), _)) => None,
            }
        };
        let is_frame = next.is_some();
        let frame = match next {
            Some(frame) if flow.is_over() => return Ok(frame),
            Some(frame) => frame,
            None if flow.is_due(now()) || now() < comment_at => continue,
            None if flow.is_event_stream() => event_stream::keep_alive(),
            None => {
                comment_at = now().after(KEEP_ALIVE);
                continue;
            }
        };
        let frame = push(gateway, client, gone.as_mut(), frame).await?;
        record.sent_bytes(frame.len());
        comment_at = now().after(KEEP_ALIVE);
        if is_frame {
            flow.taken(now());
        }
    }
}

/// Sends one frame and returns it once the client has taken it. A client that doesn't read makes Weir and the origin
/// wait, so nothing piles up; [`READ_DEADLINE`] bounds the wait.
async fn push<H: Host>(
    gateway: &Gateway<H>,
    client: &mut mpsc::Sender<Bytes>,
    gone: Pin<&mut impl Future<Output = ()>>,
    frame: Bytes,
) -> Result<Bytes, Refusal> {
    match select(gone, pin!(within(&gateway.host, READ_DEADLINE, client.send(frame.clone())))).await {
        Either::Right((Some(Ok(())), _)) => Ok(frame),
        _ => Err(Refusal::ClientGone),
    }
}
