//! What a legacy client's session leads to at its origins beside calls: openings, answers to what they asked, and what is
//! told to all of them. Nobody waits for more than a few seconds, and none of them takes the others down.

use std::collections::BTreeMap;
use std::time::Duration;

use audit::trace::TraceParent;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http::header::HeaderValue;
use mcp::era::Era;
use mcp::json_rpc;
use mcp::legacy::{self as legacy_era, Bridge, ClientCapabilities};
use mcp::raw_json::Members;
use registry::snapshot::Origin;

use super::answer::{self, Verdict};
use super::send::{self, Leg};
use super::{Reply, era, legacy, origin_timeout};
use crate::deadline::within;
use crate::error::{Failure, Fault, Refusal};
use crate::parse::{Courtesy, Message};
use crate::ports::Host;
use crate::session::{self, Asker, OriginSession};
use crate::virtual_server::VirtualServer;

/// How long one origin may take, where its own timeout isn't shorter.
const DEADLINE: Duration = Duration::from_secs(5);
/// How many are spoken to at the same moment, as many as a request has connections on Workers.
const AT_ONCE: usize = 6;

/// How long a call may be silent whose origin may have asked a person something.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Who passes on what the leg's origin asks while it serves a call; `None` where the client can't be asked, or not on this
/// stream.
pub(super) async fn asker<H: Host>(leg: &Leg<'_, H>) -> Result<Option<Asker>, Failure> {
    if leg.message.authenticated().inbound().is_batched() {
        return Ok(None);
    }
    let Some(session) = leg.message.session() else { return Ok(None) };
    let Some((at, _)) = session.with(leg.origin) else { return Ok(None) };
    Asker::new(leg.host, session.clone(), at).await
}

/// How long the leg's origin may be silent on a stream; `None` where it can ask nobody, and its own timeout counts.
pub(super) fn patience<H: Host>(leg: &Leg<'_, H>) -> Option<Duration> {
    let session = leg.message.session()?;
    let waits = session.capabilities().may_involve_user() || leg.message.courtesy() == Some(Courtesy::Listen);
    session.with(leg.origin).filter(|_| waits).map(|_| PATIENCE)
}

/// The origins of what the caller sees, by name.
pub(super) fn origins<'a>(server: &'a VirtualServer, visible: &[usize]) -> BTreeMap<&'a str, &'a Origin> {
    visible.iter().filter_map(|&at| server.origin(at)).map(|origin| (origin.name.as_str(), origin)).collect()
}

pub(super) async fn in_time<H: Host, T>(
    leg: &Leg<'_, H>,
    asked: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    within(leg.host, origin_timeout(leg.origin).min(DEADLINE), asked).await.unwrap_or(Err(Fault::OriginTooSlow))
}

/// Opens the legacy origins for a client that says `initialize`; the session id that it is given, if any. An origin that fails is
/// left out and opened when it is needed, as for a client that can't be asked.
pub(super) async fn open<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    (visible, version): (&[usize], &str),
    trace: &TraceParent,
) -> Result<Option<HeaderValue>, Failure> {
    if crate::keys::sealing(host).await?.is_none() {
        return Ok(None);
    }
    let capabilities = ClientCapabilities::from_initialize(Some(message.params()));
    let opened = stream::iter(origins(server, visible).into_values()).map(|origin| async move {
        let leg = Leg { host, message, origin, trace };
        let asked = in_time(&leg, async {
            match era::era(&leg).await? {
                Era::Modern => Ok(None),
                Era::Legacy => legacy::open_for_client(&leg, version, capabilities).await,
            }
        });
        asked.await.ok().flatten()
    });
    let opened: Vec<Option<OriginSession>> = opened.buffered(AT_ONCE).collect().await;
    let opened: Vec<OriginSession> = opened.into_iter().flatten().collect();
    session::seal(host, server, message, &opened).await
}

/// Hands the client's answer to the origin that asked, if the caller still sees something of it.
pub(super) async fn answer<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) -> Result<(), Failure> {
    let answered = message.answers().ok_or(Refusal::UnknownRequest)?;
    let seen = origins(server, visible);
    let origin = *seen.get(answered.origin.as_str()).ok_or(Refusal::UnknownRequest)?;
    let body = message.authenticated().inbound().body().clone();
    let body = legacy_era::with_id(body, &answered.id).map_err(|_| Refusal::UnknownRequest)?;
    let leg = Leg { host, message, origin, trace };
    Ok(in_time(&leg, deliver(&leg, body)).await?)
}

/// Tells all origins of the session what the client says: under which of them its request runs, nobody here knows.
pub(super) async fn tell<H: Host>(
    host: &H,
    message: &Message,
    server: &VirtualServer,
    visible: &[usize],
    trace: &TraceParent,
) {
    let Some((session, courtesy)) = message.session().zip(message.courtesy()) else { return };
    if courtesy == Courtesy::RootsChanged && !session.capabilities().notifies_roots_changes() {
        return;
    }
    let seen = origins(server, visible);
    let body = match courtesy {
        Courtesy::SetLevel => json_rpc::request(message.id(), legacy_era::SET_LEVEL, &level(message)),
        _ => message.authenticated().inbound().body().clone(),
    };
    let told = stream::iter(session.origins(server).filter(|origin| seen.contains_key(origin.name.as_str())));
    let told = told.map(|origin| {
        let body = body.clone();
        async move {
            let leg = Leg { host, message, origin, trace };
            // An origin that wasn't told goes on as it was, as one does that isn't told in time.
            drop(in_time(&leg, deliver(&leg, body)).await);
        }
    });
    told.buffer_unordered(AT_ONCE).collect::<()>().await;
}

fn level(message: &Message) -> Members {
    let mut params = Members::new();
    if let Some(level) = message.params().get("level") {
        params.set("level", level.clone());
    }
    params
}

/// Asks the origin of a resource to tell, or to tell no longer, when it changes; its answer. Only an origin that the client has a
/// session with could tell it.
pub(super) async fn subscribe<H: Host, B>(leg: &Leg<'_, H>, courtesy: Courtesy) -> Result<Reply<B>, Failure> {
    let session = legacy::of_client(leg).ok_or(Refusal::UnknownMethod(Era::Legacy))?;
    let method = if courtesy == Courtesy::Subscribe { legacy_era::SUBSCRIBE } else { legacy_era::UNSUBSCRIBE };
    let mut params = Members::new();
    if let Some(uri) = leg.message.params().get("uri") {
        params.set("uri", uri.clone());
    }
    let id = leg.message.id();
    let mut request = send::bare(leg, json_rpc::request(id, method, &params))?;
    session.write(request.headers_mut());
    let response = send::post(leg, request).await?;
    let (body, outcome) = match answer::check(&response)? {
        Verdict::Answer(media) => send::in_time(leg, answer::whole(response, media, id)).await?,
        Verdict::Rejected if response.status() == StatusCode::NOT_FOUND => {
            return Err(Fault::OriginSessionEnded.into());
        }
        Verdict::Rejected => return Err(Fault::OriginAnswer { reason: "origin_status" }.into()),
    };
    let bridge = Bridge::new((Era::Legacy, Era::Legacy), leg.message.method(), leg.message.meta());
    Ok(Reply::Whole { body, outcome, bridge })
}

/// Hands a message over; what it is answered with, nobody reads.
async fn deliver<H: Host>(leg: &Leg<'_, H>, body: Bytes) -> Result<(), Fault> {
    let session = legacy::of_client(leg).ok_or(Fault::OriginSessionEnded)?;
    let mut request = send::bare(leg, body)?;
    session.write(request.headers_mut());
    match send::post(leg, request).await?.status() {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND => Err(Fault::OriginSessionEnded),
        _ => Err(Fault::OriginAnswer { reason: "origin_status" }),
    }
}
