//! Handing an event to the sink, and keeping count of those that it doesn't accept.
//!
//! The isolate remembers how many are lost, and the next event that is accepted says so in `lost_before`. One that the
//! sink accepted too late to be waited for counts as lost: the number errs on that side.

use std::time::Duration;

use audit::event::AuditEvent;

use crate::deadline::within;
use crate::gateway::Gateway;
use crate::isolate::Isolate;
use ports::{AuditSink, Background, Host};

/// How long one request waits for the sink at most, where it has to.
const PATIENCE: Duration = Duration::from_secs(15);
/// What is left of it at least when its second event comes.
const LEAST: Duration = Duration::from_secs(1);

/// Hands over the event of something that has ended and that may have `waited` for the sink before. Not accepted, it is
/// lost.
pub(super) async fn hand_over<H: Host>(gateway: &Gateway<H>, event: AuditEvent, waited: Duration) {
    let accepted = if H::Background::OUTLIVES_RESPONSE {
        // Nobody waits, and a timer per call would cost more than it could save: the sink bounds itself.
        append(gateway, event).await
    } else {
        within_patience(gateway, event, PATIENCE.saturating_sub(waited).max(LEAST)).await
    };
    if accepted.is_err() {
        let lost = &gateway.isolate.lost_events;
        lost.set(lost.get().saturating_add(1));
    }
}

/// Hands over an event without which nothing goes on; the error says what the sink said.
pub(crate) async fn require<H: Host>(gateway: &Gateway<H>, event: AuditEvent) -> Result<(), String> {
    within_patience(gateway, event, PATIENCE).await
}

async fn within_patience<H: Host>(gateway: &Gateway<H>, event: AuditEvent, patience: Duration) -> Result<(), String> {
    within(&gateway.host, patience, append(gateway, event)).await.ok_or("no answer in time")?
}

async fn append<H: Host>(gateway: &Gateway<H>, mut event: AuditEvent) -> Result<(), String> {
    let untold = Untold::take(&gateway.isolate);
    event.lost_before = (untold.events > 0).then_some(untold.events);
    let id = event.id.as_str().to_owned();
    gateway.host.audit_sink().append(&id, event.into_json()).await.map_err(|error| error.to_string())?;
    untold.told();
    Ok(())
}

/// Lost events that one event on its way tells of. Unless it arrives, the isolate has them back.
struct Untold<'a> {
    isolate: &'a Isolate,
    events: u64,
}

impl<'a> Untold<'a> {
    fn take(isolate: &'a Isolate) -> Self {
        Self { isolate, events: isolate.lost_events.take() }
    }

    fn told(mut self) {
        self.events = 0;
    }
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        let lost = &self.isolate.lost_events;
        lost.set(lost.get().saturating_add(self.events));
    }
}
