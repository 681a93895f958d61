//! Hands events to the sink, and counts those that it doesn't accept.
//!
//! The next accepted event reports the isolate's count in `lost_before`. An event accepted after the deadline is
//! counted as lost, so the count can be too high, never too low.

use std::time::Duration;

use audit::event::AuditEvent;

use crate::deadline::within;
use crate::gateway::Gateway;
use crate::isolate::Isolate;
use crate::line::audit::expected_events;
use ports::{AuditSink, Background, Host};

/// The longest time that one request waits for the sink.
const MAX_WAIT: Duration = Duration::from_secs(15);
/// The shortest wait for a completion event, even if the intent event has used up [`MAX_WAIT`].
const MIN_WAIT: Duration = Duration::from_secs(1);

/// Hands over a completion event; its call has already `waited` for the sink to accept its intent event. An event that
/// isn't accepted counts as lost.
pub(super) async fn hand_over<H: Host>(gateway: &Gateway<H>, event: AuditEvent, waited: Duration) {
    let accepted = if H::Background::OUTLIVES_RESPONSE {
        // No deadline is needed, because no client waits and the sink bounds its own time. A timer per call would cost
        // CPU.
        append(gateway, event).await
    } else {
        append_within(gateway, event, MAX_WAIT.saturating_sub(waited).max(MIN_WAIT)).await
    };
    if accepted.is_err() {
        gateway.isolate.note_lost(1);
    }
}

/// Hands over an event that must be accepted before the call goes on; the error is the sink's own text.
pub(crate) async fn require<H: Host>(gateway: &Gateway<H>, event: AuditEvent) -> Result<(), String> {
    append_within(gateway, event, MAX_WAIT).await
}

async fn append_within<H: Host>(gateway: &Gateway<H>, event: AuditEvent, limit: Duration) -> Result<(), String> {
    within(&gateway.host, limit, append(gateway, event)).await.ok_or("no answer in time")?
}

async fn append<H: Host>(gateway: &Gateway<H>, mut event: AuditEvent) -> Result<(), String> {
    expected_events::collect(gateway).await;
    let report = LossReport::take(&gateway.isolate);
    event.lost_before = (report.events > 0).then_some(report.events);
    let id = event.id.as_str().to_owned();
    gateway.host.audit_sink().append(&id, event.into_json()).await.map_err(|error| error.to_string())?;
    report.accepted();
    Ok(())
}

/// The lost events that an event in flight reports. They return to the isolate's count unless that event is accepted.
struct LossReport<'a> {
    isolate: &'a Isolate,
    events: u64,
}

impl<'a> LossReport<'a> {
    fn take(isolate: &'a Isolate) -> Self {
        Self { isolate, events: isolate.lost_events.take() }
    }

    fn accepted(mut self) {
        self.events = 0;
    }
}

impl Drop for LossReport<'_> {
    fn drop(&mut self) {
        let lost = &self.isolate.lost_events;
        lost.set(lost.get().saturating_add(self.events));
    }
}
