//! Handing an event to the sink.

use std::time::Duration;

use audit::event::AuditEvent;

use crate::deadline::within;
use crate::ports::{AuditSink, Background, Host};

/// How long a call or an answer that has to wait for the sink waits at most.
const PATIENCE: Duration = Duration::from_secs(15);

/// Hands the event of something that has ended over; the error says what the sink said.
pub(super) async fn hand_over<H: Host>(host: &H, event: AuditEvent) -> Result<(), String> {
    if H::Background::OUTLIVES_RESPONSE {
        // Nobody waits, and a timer per call would cost more than it could save: the sink bounds itself.
        append(host, event).await
    } else {
        hand_over_in_time(host, event).await
    }
}

/// The same for an event that somebody waits for.
pub(super) async fn hand_over_in_time<H: Host>(host: &H, event: AuditEvent) -> Result<(), String> {
    within(host, PATIENCE, append(host, event)).await.ok_or("no answer in time")?
}

async fn append<H: Host>(host: &H, event: AuditEvent) -> Result<(), String> {
    let id = event.id.as_str().to_owned();
    let accepted = host.audit_sink().append(&id, event.into_json()).await;
    accepted.map(drop).map_err(|error| error.to_string())
}
