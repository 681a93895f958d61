//! The last that happens to an origin's response: it crosses the bridge between the eras, what was read for one caller
//! is no other's to keep, and a task gets an id that leads back to its origin.

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

/// What a response still needs before the client may have it; the same for one message and for the last of a stream.
pub(crate) struct Finish {
    id: RequestId,
    bridge: Bridge,
    tasks: TaskIds,
    /// How public a result may be that has caching hints.
    hints: Option<CacheScope>,
}

impl Finish {
    /// For the response to this call.
    pub(super) fn new(resolved: &Resolved, bridge: Bridge, tasks: TaskIds) -> Self {
        let message = resolved.message();
        // The one result of an origin's with caching hints that isn't Weir's own list.
        let hinted = matches!(message.target(), Target::Resource(_)) && message.era() == Era::Modern;
        let most = match resolved.server().record().access {
            Access::Public => CacheScope::Public,
            Access::Restricted => CacheScope::Private,
        };
        Self { id: message.id().clone(), bridge, tasks, hints: hinted.then_some(most) }
    }

    /// The request that it answers.
    pub(super) const fn id(&self) -> &RequestId {
        &self.id
    }

    /// Whether what is too long to be held may pass as it comes: nothing in it has to change but its cache scope.
    pub(super) const fn lets_pass(&self) -> bool {
        let modern = matches!((self.bridge.client, self.bridge.origin), (Era::Modern, Era::Modern));
        modern && !matches!(self.tasks, TaskIds::Known(_))
    }

    /// Whether the client may hear this before the response. That a resource has changed belongs to no request, and
    /// whether its URI may be known nobody has asked here: clients listen for it elsewhere.
    pub(super) fn tells(&self, notification: &Notification) -> bool {
        !matches!(Change::of(notification), Some(Change::Resource(_))) && self.bridge.passes(notification)
    }

    /// What checks it on its way.
    pub(super) fn passing(&self) -> LongMessage {
        LongMessage::new(self.id.clone(), self.hints == Some(CacheScope::Private))
    }

    /// The response as the client may have it; one that needs no change stays as it came.
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

/// A whole resource with hints that are right; `None` for what needs no change. What still wants input has no hints.
fn hinted(result: &RawJson, most: CacheScope) -> Result<Option<RawJson>, RawJsonError> {
    match result::summarize(result)?.result_type {
        ResultType::Complete => result::with_cache_scope(result, most),
        ResultType::InputRequired | ResultType::Task | ResultType::Unknown => Ok(None),
    }
}
