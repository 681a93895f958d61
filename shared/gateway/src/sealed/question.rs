//! Requests of legacy origins to a legacy client, the client's responses to them, and the progress tokens of the
//! client's requests.
//!
//! ```text
//! origin ─▶ {"id":1,"method":"elicitation/create",…} ─▶ {"id":"sealed",…} ─▶ client    on the stream of the call
//! origin ◀─ {"id":1,"result":…} ◀──────────────────── {"id":"sealed",…} ◀─ client    POSTed; 202
//! ```
//!
//! The sealed id contains the origin, its request id and an expiry. It is bound to the client's session id, which comes
//! with the response: without that session nobody can respond, and Weir keeps no state. A progress token is sealed the
//! same way, since progress may come on another stream than the call's.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use json::{Members, RawJson};
use mcp::input_request::InputRequest;
use mcp::json_rpc::{Notification, Request, RequestId};
use mcp::legacy;

use super::session::Session;
use crate::error::{Failure, Fault, Refusal};
use crate::gateway::Gateway;
use crate::sealed::{self, Binding, Sealer};
use crate::virtual_server::VirtualServer;
use ports::{Clock, Host};

/// The most requests of an origin on one stream.
const MAX_REQUESTS: usize = 256;

/// The time after the start of a stream in which its requests can be answered.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The most characters of a sealed id: those of a JSON-RPC id without its quotes.
const MAX_TEXT_BYTES: usize = mcp::json_rpc::MAX_ID_BYTES - 2;

/// Passes on the requests that one origin sends on one stream.
pub(crate) struct RequestSealer {
    sealer: Sealer,
    session: Rc<Session>,
    origin: u8,
    /// The origin's request ids, each with its sealed id.
    asked: Vec<(RequestId, RequestId)>,
    /// The expiry of its requests, Unix seconds; from then on they can't be answered.
    until: u64,
}

fn binding(session: &Session) -> Binding {
    Binding::new("legacy request").up_to(MAX_TEXT_BYTES).with(session.text().as_bytes())
}

fn token_binding(session: &Session) -> Binding {
    Binding::new("progress token").with(session.text().as_bytes())
}

impl RequestSealer {
    /// An asker for the session's origin at index `origin`; `None` without sealing keys.
    pub(crate) async fn new<H: Host>(
        gateway: &Gateway<H>,
        session: Rc<Session>,
        origin: u8,
    ) -> Result<Option<Self>, Failure> {
        let Some(sealer) = Sealer::new(gateway).await? else { return Ok(None) };
        let until = gateway.host.clock().now().after(LIFETIME).seconds();
        Ok(Some(Self { sealer, session, origin, asked: Vec::new(), until }))
    }

    /// True for a request that the client has declared to support.
    pub(crate) fn may_ask(&self, request: InputRequest, params: Option<&Members>) -> bool {
        self.session.capabilities().allow(request, params)
    }

    /// The origin's request for the client, with a sealed id.
    pub(crate) fn ask(&mut self, request: &Request, message: Bytes) -> Result<Bytes, Fault> {
        let unasked = |reason| Fault::OriginAnswer { reason };
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

    /// The origin's cancellation of a request for the client, with the sealed id; `None` if the client never got the
    /// request.
    pub(crate) fn withdrawn(&self, notification: &Notification, message: Bytes) -> Option<Bytes> {
        let theirs = legacy::cancelled_id(notification.params.as_ref())?;
        let (_, ours) = self.asked.iter().rev().find(|(asked, _)| *asked == theirs)?;
        legacy::with_request_id(message, ours).ok()
    }

    /// The sealed progress token for the origin, valid in this session and from this origin; `None` without sealing
    /// keys.
    pub(crate) fn seal_token(&self, token: &RawJson) -> Option<RawJson> {
        let content = [&[self.origin][..], token.as_bytes()].concat();
        self.sealer.seal(&token_binding(&self.session), &content).map(|text| RawJson::from_string(&text))
    }

    /// The client's progress token, byte for byte, that was sealed as `token`.
    pub(crate) fn open_token(&self, token: &RawJson) -> Option<RawJson> {
        let content = self.sealer.open(&token_binding(&self.session), &token.string()?)?;
        let (_, theirs) = content.split_first().filter(|(origin, _)| **origin == self.origin)?;
        RawJson::parse(Bytes::copy_from_slice(theirs)).ok()
    }
}

/// The origin's request that a client's response answers.
pub(crate) struct Answered {
    /// The name of the origin.
    pub(crate) origin: String,
    /// The origin's own id of the request.
    pub(crate) id: RequestId,
}

/// The origin's request that the client's response with this `id` answers.
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
