//! Refusals of anonymous callers: one counted event per reason and minute and isolate.
//!
//! The first refusal of a minute is written at once, so that an attack shows without delay. Those after it are counted
//! and written with the first request of a later minute. Lost with the isolate: the count of its last minute.

use std::time::Duration;

use audit::event::AuditEvent;
use futures::future::join_all;

use super::acceptance;
use crate::gateway::Gateway;
use crate::identifier;
use crate::isolate::refusals::{Count, Refused};
use ports::{Background, Clock, Host};

/// Counts one refusal.
pub(crate) async fn count<H: Host>(gateway: &Gateway<H>, reason: &'static str, status: u16) {
    let now = gateway.host.clock().now().millis();
    let due = gateway.isolate.refusals.borrow_mut().count((reason, status), now);
    write(gateway, due).await;
}

/// Writes the counts that earlier minutes have left unwritten.
pub(crate) async fn flush<H: Host>(gateway: &Gateway<H>) {
    if gateway.isolate.refusals.borrow().is_empty() {
        return;
    }
    let now = gateway.host.clock().now().millis();
    let due = gateway.isolate.refusals.borrow_mut().take_over(now);
    write(gateway, due.into_iter().filter(|(_, count)| count.unwritten > 0).collect()).await;
}

/// Waits for the sink only on a host whose background work doesn't outlive the response.
async fn write<H: Host>(gateway: &Gateway<H>, due: Vec<(Refused, Count)>) {
    let now = gateway.host.clock().now().millis();
    let event = |((reason, status), count): (Refused, Count)| {
        let entropy = identifier::bytes(&gateway.host).ok()?;
        Some(AuditEvent::refusals(now, entropy, reason, status, count.minute_ms, count.unwritten))
    };
    let events: Vec<AuditEvent> = due.into_iter().filter_map(event).collect();
    if events.is_empty() {
        return;
    }
    let sender = gateway.clone();
    let writing = async move {
        join_all(events.into_iter().map(|event| acceptance::hand_over(&sender, event, Duration::ZERO))).await;
    };
    if H::Background::OUTLIVES_RESPONSE {
        gateway.host.background().spawn(writing);
    } else {
        writing.await;
    }
}
