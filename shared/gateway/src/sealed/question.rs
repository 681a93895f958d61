//! Requests of legacy origins on their way to a legacy client, and the client's answers on their way back.
//!
//! ```text
//! origin ─▶ {"id":1,"method":"elicitation/create",…} ─▶ {"id":"sealed",…} ─▶ client    on the stream of the call
//! origin ◀─ {"id":1,"result":…} ◀──────────────────── {"id":"sealed",…} ◀─ client    POSTed; 202
//! ```
//!
//! The sealed id holds which origin asks, under which id and until when, and is bound to the client's session id, which
//! the answer comes with: whoever can't bring that session can't answer, and nothing has to be remembered until then.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use json::RawJson;
use mcp::json_rpc::{Notification, Request, RequestId};
use mcp::legacy;

use super::session::Session;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::sealed::{self, Binding, Sealer};
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host};

/// Requests that one call may lead to.
const MAX_REQUESTS: usize = 256;

/// How long after a stream began its questions can be answered.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A JSON-RPC id has this much room.
const MAX_TEXT_BYTES: usize = mcp::json_rpc::MAX_ID_BYTES - 2;

/// Passes on what one origin asks while it serves one call.
pub(crate) struct Asker {
    sealer: Sealer,
    session: Rc<Session>,
    origin: u8,
    /// The ids under which the origin asked, and ours for them.
    asked: Vec<(RequestId, RequestId)>,
    /// The first second in which nothing that it asks can be answered any more.
    until: u64,
}

fn binding(session: &Session) -> Binding {
    Binding::new("legacy request").up_to(MAX_TEXT_BYTES).with(session.text().as_bytes())
}

impl Asker {
    /// For the session's origin at `origin`; `None` where nothing can be sealed any more.
    pub(crate) async fn new<H: Host>(
        gateway: &Gateway<H>,
        session: Rc<Session>,
        origin: u8,
    ) -> Result<Option<Self>, Failure> {
        let Some(sealer) = Sealer::new(gateway).await? else { return Ok(None) };
        let until = gateway.host.clock().now().after(LIFETIME).seconds();
        Ok(Some(Self { sealer, session, origin, asked: Vec::new(), until }))
    }

    /// The origin's request as the client gets it.
    pub(crate) fn ask(&mut self, request: &Request, message: Bytes) -> Result<Bytes, Fault> {
        let unasked = |reason| Fault::OriginAnswer { reason };
        if !self.session.capabilities().allow(&request.method, request.params.as_ref()) {
            return Err(unasked("origin_sent_request"));
        }
        if self.asked.len() >= MAX_REQUESTS {
            return Err(unasked("origin_sent_too_many_requests"));
        }
        let content = [&[self.origin][..], &self.until.to_be_bytes(), request.id.as_raw().as_bytes()].concat();
        let text = self.sealer.seal(&binding(&self.session), &content);
        let text = text.ok_or_else(|| unasked("origin_request_id_too_long"))?;
        let id = RequestId::parse(RawJson::from_string(&text)).map_err(|_| unasked("origin_request_id_too_long"))?;
        let message = legacy::with_id(message, &id).map_err(|_| unasked("origin_not_json_rpc"))?;
        self.asked.push((request.id.clone(), id));
        Ok(message)
    }

    /// A notification of the origin's as the client gets it: what it doesn't ask any more, it asked under our id.
    pub(crate) fn tell(&self, notification: &Notification, message: Bytes) -> Bytes {
        if notification.method != legacy::CANCELLED {
            return message;
        }
        let theirs = legacy::cancelled_id(notification.params.as_ref());
        let ours = self.asked.iter().rev().find(|(asked, _)| Some(asked) == theirs.as_ref()).map(|(_, ours)| ours);
        ours.and_then(|ours| legacy::with_request_id(message.clone(), ours).ok()).unwrap_or(message)
    }
}

/// What a client answers.
pub(crate) struct Answered {
    /// Which origin has asked.
    pub(crate) origin: String,
    /// Under which id of its own.
    pub(crate) id: RequestId,
}

/// The request that a client's response with the id `id` answers.
pub(crate) async fn answered<H: Host>(
    gateway: &Gateway<H>,
    server: &VirtualServer,
    session: Option<&Session>,
    id: &RequestId,
) -> Result<Answered, Failure> {
    let session = session.ok_or(Refusal::UnknownRequest)?;
    let content = match id.as_raw().string() {
        Some(text) => sealed::open(gateway, &binding(session), &text).await?,
        None => None,
    };
    let read = |content: Vec<u8>| {
        let (&at, content) = content.split_first()?;
        let (until, theirs) = content.split_first_chunk()?;
        if gateway.host.clock().now().seconds() >= u64::from_be_bytes(*until) {
            return None;
        }
        let theirs = RequestId::parse(RawJson::parse(Bytes::copy_from_slice(theirs)).ok()?).ok()?;
        Some(Answered { origin: session.origin_at(at, server)?.name.clone(), id: theirs })
    };
    Ok(content.and_then(read).ok_or(Refusal::UnknownRequest)?)
}
