//! One request reads an origin's list; others that need the same list poll until it is done.
//!
//! A shared future would be less work, but an isolate remembers plain data only (see `isolate`). The note ends with the
//! request that reads, even if its client disconnects, and at the latest after [`LONGEST`].

use std::time::Duration;

use mcp::list::ListKind;

use super::super::outbound::OriginCall;
use super::offer::offer;
use crate::isolate::Isolate;
use crate::isolate::catalogue::Reader;
use ports::{Clock, Host, Timer};

/// The longest time that others wait; then they ask the origin themselves.
const LONGEST: Duration = Duration::from_secs(2);
/// The polling interval of those that wait.
const LOOK: Duration = Duration::from_millis(50);

/// The note that this request reads a list. Dropping it ends the note.
pub(super) struct Reading<'a> {
    isolate: &'a Isolate,
    reader: Reader,
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.isolate.catalogue.borrow_mut().end_reading(&self.reader);
    }
}

/// True if another request is reading the list. The list of a client's own session is read by its client alone.
pub(super) fn is_under_way<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) -> bool {
    let (offer, now) = (offer(call.resolved, call.origin, kind), call.gateway.host.clock().now());
    call.client_session().is_none() && call.gateway.isolate.catalogue.borrow().is_being_read(&offer, now)
}

/// Notes that this request reads the list; `None` if another one does, or if the list is of a client's own session.
pub(super) fn begin<'a, H: Host>(call: &OriginCall<'a, H>, kind: ListKind) -> Option<Reading<'a>> {
    if call.client_session().is_some() || is_under_way(call, kind) {
        return None;
    }
    let (offer, now) = (offer(call.resolved, call.origin, kind), call.gateway.host.clock().now());
    let isolate: &'a Isolate = &call.gateway.isolate;
    let reader = isolate.catalogue.borrow_mut().begin_reading(&offer, now, LONGEST);
    Some(Reading { isolate, reader })
}

/// Waits while another request reads the list.
pub(super) async fn wait<H: Host>(call: &OriginCall<'_, H>, kind: ListKind) {
    while is_under_way(call, kind) {
        call.gateway.host.timer().sleep(LOOK).await;
    }
}
