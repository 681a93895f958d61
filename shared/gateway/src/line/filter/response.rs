//! The last changes to an origin's response: the bridge between eras, the cache scope of a resource, and the id of a
//! task.

use bytes::Bytes;
use json::{RawJson, RawJsonError};
use mcp::era::Era;
use mcp::json_rpc::{self, LongMessage, Notification, Outcome, RequestId};
use mcp::legacy::Bridge;
use mcp::result::{self, CacheScope, ResultType};
use mcp::subscription::Change;
use registry::snapshot::Access;

use super::task_ids::TaskIds;
use crate::error::Fault;
use crate::line::parse::Target;
use crate::line::resolve::Resolved;

/// The changes that a response needs before the client may have it, alone or as the last message of a stream.
pub(crate) struct Finish {
    id: RequestId,
    bridge: Bridge,
    tasks: TaskIds,
    /// The widest cache scope of the result; `None` for a result without caching hints.
    hints: Option<CacheScope>,
}

impl Finish {
    /// The changes that the response to this call needs.
    pub(super) fn new(resolved: &Resolved, bridge: Bridge, tasks: TaskIds) -> Self {
        let message = resolved.message();
        // The only result of an origin with caching hints: Weir writes the lists itself.
        let hinted = matches!(message.target(), Target::Resource(_)) && message.era() == Era::Modern;
        let most = match resolved.server().record().access {
            Access::Public => CacheScope::Public,
            Access::Restricted => CacheScope::Private,
        };
        Self { id: message.id().clone(), bridge, tasks, hints: hinted.then_some(most) }
    }

    /// The id of the answered request.
    pub(super) const fn id(&self) -> &RequestId {
        &self.id
    }

    /// True if a response that is too long to be held may pass as it arrives: at most its cache scope has to change.
    pub(super) const fn lets_pass(&self) -> bool {
        let modern = matches!((self.bridge.client, self.bridge.origin), (Era::Modern, Era::Modern));
        modern && !matches!(self.tasks, TaskIds::Known(_))
    }

    /// True if the client may receive this notification before the response. Updates of a resource belong to no
    /// request, and policy was not asked about their URI: clients subscribe to them.
    pub(super) fn tells(&self, notification: &Notification) -> bool {
        !matches!(Change::of(notification), Some(Change::Resource(_))) && self.bridge.passes(notification)
    }

    /// The check of a long message while it passes.
    pub(super) fn passing(&self) -> LongMessage {
        LongMessage::new(self.id.clone(), self.hints == Some(CacheScope::Private))
    }

    /// The response as the client may have it; one that needs no change keeps its bytes.
    pub(super) fn response(&self, message: Bytes, outcome: Outcome) -> Result<(Bytes, Outcome), Fault> {
        let (message, outcome) = self.bridge.response(&self.id, message, outcome);
        let Outcome::Result(result) = outcome else { return Ok((message, outcome)) };
        let ambiguous = |_| Fault::OriginAnswer { reason: "origin_result_ambiguous" };
        let changed = match self.hints {
            Some(most) => hinted(&result, most).map_err(ambiguous)?,
            None => self.tasks.result(&result)?,
        };
        Ok(match changed {
            Some(changed) => (json_rpc::result_response(&self.id, &changed), Outcome::Result(changed)),
            None => (message, Outcome::Result(result)),
        })
    }
}

/// A complete result with both caching hints, its scope no wider than `most`; `None` if nothing has to change. Other
/// types of results have no hints.
fn hinted(result: &RawJson, most: CacheScope) -> Result<Option<RawJson>, RawJsonError> {
    match result::summarize(result)?.result_type {
        ResultType::Complete => result::with_cache_scope(result, most),
        ResultType::InputRequired | ResultType::Task | ResultType::Unknown => Ok(None),
    }
}
