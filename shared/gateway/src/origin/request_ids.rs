//! The ids under which an origin gets a client's request. In a session that several clients share, their own would
//! collide.
//!
//! ```text
//! client           origin
//! id 7             "00f067aa0ba902b7-0"      Weir's span and a number; or, in a session that the client keeps, derived
//!                                            from both, so that `notifications/cancelled` finds it from any isolate
//! progressToken 1  "00f067aa0ba902b7-0"      the same; or, in a session that the client keeps, the client's, sealed, so
//!                                            that it finds back on the server-initiated stream, too
//! ```

use bytes::Bytes;
use json::{Members, RawJson};
use mcp::json_rpc::{self, Notification, RequestId};
use mcp::legacy::PROGRESS;
use mcp::meta::PROGRESS_TOKEN;
use ports::Host;

use super::outbound::OriginCall;
use crate::sealed::question::RequestSealer;

/// The ids of one client request at its origin.
pub(crate) struct RequestIds {
    /// Its id, in place of the client's.
    pub(crate) ours: RequestId,
    /// Its progress token and the client's; `None` for a request without one.
    progress: Option<(RawJson, RawJson)>,
}

impl RequestIds {
    /// The ids for the client's request of this call; its progress token is written to `meta`. `asker` belongs to the
    /// session.
    pub(super) fn new<H: Host>(call: &OriginCall<'_, H>, asker: Option<&RequestSealer>, meta: &mut Members) -> Self {
        let message = call.message();
        let session = call.resolved.session().filter(|session| session.with(call.origin).is_some());
        let ours = session.map_or_else(|| call.next_id(), |session| session.request_id(message.id()));
        let progress = message.meta().progress_token.as_ref().map(|theirs| {
            let sealed = asker.and_then(|asker| asker.seal_token(theirs));
            let ours = sealed.unwrap_or_else(|| ours.as_raw().clone());
            meta.set(PROGRESS_TOKEN, ours.clone());
            (ours, theirs.clone())
        });
        Self { ours, progress }
    }

    /// The notification of progress with the client's token; `None` if it belongs to another request.
    pub(crate) fn progress(&self, notification: &Notification, message: &Bytes) -> Option<Bytes> {
        let (ours, theirs) = self.progress.as_ref()?;
        let token = token(notification).filter(|token| token.string() == ours.string())?;
        json_rpc::replace(message, token, theirs)
    }
}

/// The token of a notification of progress.
pub(super) fn token(notification: &Notification) -> Option<&RawJson> {
    notification.params.as_ref().filter(|_| notification.method == PROGRESS)?.get(PROGRESS_TOKEN)
}
