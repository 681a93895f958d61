//! The last changes to an origin's response: the bridge between eras, the cache scope of a resource, and the id of a
//! task. Its requests for input are checked first.

use bytes::Bytes;
use json::{RawJson, RawJsonError};
use mcp::era::Era;
use mcp::input_request::{InputRequest, URL_ELICITATION_REQUIRED};
use mcp::json_rpc::{self, LongMessage, Notification, RequestId, ResponseContent};
use mcp::legacy::{Bridge, PROGRESS};
use mcp::result::{self, CacheScope, ResultType};
use registry::snapshot::Access;

use super::task_ids::TaskIds;
use crate::error::Fault;
use crate::line::parse::Target;
use crate::line::resolve::Resolved;
use crate::origin::{CLIENT_NOT_ASKABLE, InputRule, RequestIds, WholeResponse};
use crate::outcome::Summary;

/// The changes that a response needs before the client may have it, alone or as the last message of a stream.
pub(crate) struct Finish {
    /// The client's id, and the ids at the origin.
    id: RequestId,
    ids: RequestIds,
    bridge: Bridge,
    tasks: TaskIds,
    rule: InputRule,
    /// The widest cache scope of the result; `None` for a result without caching hints.
    hints: Option<CacheScope>,
}

impl Finish {
    /// For the response to this call.
    pub(super) fn new(
        resolved: &Resolved,
        (ids, bridge): (RequestIds, Bridge),
        (tasks, rule): (TaskIds, InputRule),
    ) -> Self {
        let message = resolved.message();
        // The only result of an origin with caching hints: Weir writes the lists itself.
        let hinted = matches!(message.target(), Target::Resource(_)) && message.era() == Era::Modern;
        let most = match resolved.server().record().access {
            Access::Public => CacheScope::Public,
            Access::Restricted => CacheScope::Private,
        };
        Self { id: message.id().clone(), ids, bridge, tasks, rule, hints: hinted.then_some(most) }
    }

    /// The id under which the origin knows the request.
    pub(super) const fn origin_id(&self) -> &RequestId {
        &self.ids.ours
    }

    /// True if a message that is too long to be held may pass as it arrives: only its cache scope may have to change.
    pub(super) const fn lets_pass(&self) -> bool {
        let modern = matches!((self.bridge.client, self.bridge.origin), (Era::Modern, Era::Modern));
        modern && !matches!(self.tasks, TaskIds::Known(_))
    }

    /// The notification as the client may have it before the response: progress of the request, or a method that the
    /// bridge lists. `None` for any other: it belongs to another request, or policy hasn't decided if the caller may
    /// receive it.
    pub(super) fn notification(&self, notification: &Notification, message: Bytes) -> Option<Bytes> {
        if notification.method == PROGRESS {
            return self.ids.progress(notification, &message);
        }
        self.bridge.passes(&notification.method, notification.params.as_ref()).then_some(message)
    }

    /// True if the method alone is enough to let a notification pass.
    pub(super) fn passes(&self, method: &str) -> bool {
        self.bridge.passes(method, None)
    }

    /// The incremental check of a long message.
    pub(super) fn passing(&self) -> LongMessage {
        LongMessage::new(self.ids.ours.clone(), self.id.clone(), self.hints == Some(CacheScope::Private))
    }

    /// The response for the client, and its summary. If nothing else has to change, only the id becomes the client's. A
    /// request for input that the origin may not make is a fault.
    pub(super) fn response(&self, response: WholeResponse) -> Result<(Bytes, Summary), Fault> {
        let WholeResponse { message, id, outcome } = response;
        let (mut summary, asks) = match &outcome {
            ResponseContent::Result(result) => {
                let read = result::summarize(result).map_err(ambiguous)?;
                (Summary::Result { is_error: read.is_error }, read.asks)
            }
            ResponseContent::Error { code, .. } => (Summary::Error { code: *code }, false),
        };
        let requests = self.rule.requests(&outcome, asks)?;
        let (mut written, mut outcome) = (None, outcome);
        if let Some((message, bridged)) = self.bridge.response(&self.id, &outcome) {
            summary = Summary::of(&bridged)?;
            (written, outcome) = (Some(message), bridged);
        }
        self.count(&requests, &outcome);
        if let ResponseContent::Result(result) = &outcome {
            let changed = match self.hints {
                Some(most) => hinted(result, most).map_err(ambiguous)?,
                None => self.tasks.result(result)?,
            };
            if let Some(changed) = changed {
                return Ok((json_rpc::result_response(&self.id, &changed), summary));
            }
        }
        let message = written.or_else(|| json_rpc::replace(&message, id.as_raw(), self.id.as_raw()));
        Ok((message.ok_or(Fault::OriginAnswer { reason: "origin_not_json_rpc" })?, summary))
    }

    /// Counts the origin's requests: as passed if the bridge lets them reach the client, else as refused.
    fn count(&self, requests: &[InputRequest], bridged: &ResponseContent) {
        let reach_client = match bridged {
            _ if requests.is_empty() => return,
            ResponseContent::Result(result) => result::summarize(result).is_ok_and(|read| read.asks),
            ResponseContent::Error { code, .. } => *code == URL_ELICITATION_REQUIRED,
        };
        match reach_client {
            true => self.rule.passed(requests),
            false => self.rule.refused(requests, CLIENT_NOT_ASKABLE),
        }
    }
}

fn ambiguous(_: RawJsonError) -> Fault {
    Fault::OriginAnswer { reason: "origin_result_ambiguous" }
}

/// A complete result with both caching hints, its scope no wider than `most`; `None` if nothing has to change. Other
/// types of results have no hints.
fn hinted(result: &RawJson, most: CacheScope) -> Result<Option<RawJson>, RawJsonError> {
    match result::summarize(result)?.result_type {
        ResultType::Complete => result::with_cache_scope(result, most),
        ResultType::InputRequired | ResultType::Task | ResultType::Unknown => Ok(None),
    }
}
