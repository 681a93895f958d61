//! The requests that an origin sends on a stream: passed to a client that can be asked, else answered here.
//!
//! ```text
//! ping                            answered by Weir, in both eras
//! what the registry lets the origin ask, and the client has declared
//!                                 passed on, under an id of Weir's
//! anything else, legacy           refused in words, so that the origin need not wait; the call goes on
//! anything else, modern           the call fails: that era has no requests of servers
//! ```

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use json::{Members, RawJson};
use mcp::era::Era;
use mcp::error_code::METHOD_NOT_FOUND;
use mcp::input_request::InputRequest;
use mcp::json_rpc::{self, Notification, Request};
use mcp::legacy::{CANCELLED, PING};
use mcp::meta::TraceParent;
use ports::{Background, Host};

use super::input_rule::{CLIENT_NOT_ASKABLE, InputRule};
use super::outbound::{OriginCall, Outbound};
use super::protocol::OriginProtocol;
use super::{request, request_ids};
use crate::error::Fault;
use crate::gateway::Gateway;
use crate::line::resolve::Resolved;
use crate::sealed::question::RequestSealer;

/// Requests on one stream that Weir answers itself; a ping every second would reach it in five minutes.
const MAX_ANSWERS: usize = 300;

/// The requests of one origin on one stream.
pub(crate) struct ServerRequests<H: Host> {
    gateway: Gateway<H>,
    resolved: Rc<Resolved>,
    trace: TraceParent,
    origin: String,
    protocol: OriginProtocol,
    rule: InputRule,
    /// Passes requests on; `None` if the client can't be asked on this stream.
    asker: Option<RequestSealer>,
    /// The number of requests that Weir has answered.
    answered: usize,
    /// The fault of the first request that the registry doesn't let the origin make, or that the client can't be sent.
    refused: Option<Fault>,
}

impl<H: Host> ServerRequests<H> {
    /// For a stream from the call's origin.
    pub(super) fn new(call: &OriginCall<'_, H>, protocol: &OriginProtocol, asker: Option<RequestSealer>) -> Self {
        Self {
            gateway: call.gateway.clone(),
            resolved: call.resolved.clone(),
            trace: *call.trace,
            origin: call.origin.name.clone(),
            protocol: protocol.clone(),
            rule: InputRule::of(call),
            asker: asker.filter(|_| protocol.era() == Era::Legacy),
            answered: 0,
            refused: None,
        }
    }

    /// The request as the client gets it; `None` for one that Weir answers.
    pub(crate) fn take(&mut self, request: &Request, message: Bytes) -> Result<Option<Bytes>, Fault> {
        if request.method == PING {
            return self.answer(json_rpc::result_response(&request.id, &RawJson::empty_object())).map(|()| None);
        }
        let (kind, params) = (InputRequest::of(&request.method, request.params.as_ref()), request.params.as_ref());
        let refused = match kind.map(|kind| self.rule.check(kind).map(|()| kind)) {
            Some(Err(fault)) => fault,
            Some(Ok(kind)) => match self.asker.as_mut().filter(|asker| asker.may_ask(kind, params)) {
                Some(asker) => {
                    let asked = asker.ask(request, message)?;
                    self.rule.passed(&[kind]);
                    return Ok(Some(asked));
                }
                None => {
                    self.rule.refused(&[kind], CLIENT_NOT_ASKABLE);
                    Fault::ClientNotAsked
                }
            },
            None => Fault::ClientNotAsked,
        };
        if self.protocol.era() == Era::Modern {
            return Err(Fault::OriginAnswer { reason: "origin_sent_request" });
        }
        let words = match &refused {
            Fault::OriginMayNotAsk { request } => format!(
                "this server may not request `{}`: the gateway's registry does not list it in `may_ask` of this server",
                request.as_str()
            ),
            _ => format!("the client of this session can't be asked `{}`: it has not declared it", request.method),
        };
        self.refused.get_or_insert(refused);
        self.answer(json_rpc::error_response(Some(&request.id), METHOD_NOT_FOUND, &words, None)).map(|()| None)
    }

    /// The notification for the client; `None` if it cancels a request that the client never got.
    pub(crate) fn tell(&self, notification: &Notification, message: Bytes) -> Option<Bytes> {
        if notification.method != CANCELLED {
            return Some(message);
        }
        self.asker.as_ref()?.withdrawn(notification, message)
    }

    /// The progress of any request of the session, with the client's token; `None` if no request has the token.
    pub(crate) fn progress(&self, notification: &Notification, message: &Bytes) -> Option<Bytes> {
        let token = request_ids::token(notification)?;
        json_rpc::replace(message, token, &self.asker.as_ref()?.open_token(token)?)
    }

    /// The fault that ended the stream. If the origin seems to wait for a response that Weir refused, the refusal
    /// instead.
    pub(crate) fn explain(&mut self, fault: Fault) -> Fault {
        let waits = matches!(fault, Fault::OriginTooSlow | Fault::OriginAnswer { reason: "origin_stream_ended_early" });
        if waits { self.refused.take().unwrap_or(fault) } else { fault }
    }

    /// Removes the requests that the origin may not make from a task in a notification.
    pub(crate) fn trim(&self, task: &mut Members) {
        self.rule.trim(task);
    }

    /// Sends a response in the background: the stream goes on meanwhile, and best effort is enough.
    fn answer(&mut self, response: Bytes) -> Result<(), Fault> {
        self.answered += 1;
        if self.answered > MAX_ANSWERS {
            return Err(Fault::OriginAnswer { reason: "origin_sent_too_many_requests" });
        }
        let (gateway, resolved, trace) = (self.gateway.clone(), self.resolved.clone(), self.trace);
        let (origin, protocol) = (self.origin.clone(), self.protocol.clone());
        self.gateway.host.background().spawn(async move {
            let ids = Cell::new(0);
            let outbound = Outbound { gateway: &gateway, resolved: &resolved, trace: &trace, ids: &ids };
            if let Ok(call) = outbound.to_named(&origin) {
                drop(request::respond(&call, &protocol, response).await);
            }
        });
        Ok(())
    }
}
