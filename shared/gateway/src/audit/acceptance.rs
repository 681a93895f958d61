//! Handing an event to the sink.

use std::time::Duration;

use audit::event::AuditEvent;

use crate::deadline::within;
use crate::ports::{AuditSink, Background, Host};

/// How long an answer that has to wait for the sink waits at most.
const PATIENCE: Duration = Duration::from_secs(15);

/// Hands the event over. Where an answer waits for it, no longer than [`PATIENCE`]; the error says what the sink said.
pub(super) async fn hand_over<H: Host>(host: &H, event: AuditEvent) -> Result<(), String> {
    let id = event.id.as_str().to_owned();
    let accepted = host.audit_sink().append(&id, event.into_json());
    let outcome = if H::Background::OUTLIVES_RESPONSE {
        // Nobody waits, and a timer per call would cost more than it could save: the sink bounds itself.
        accepted.await
    } else {
        within(host, PATIENCE, accepted).await.ok_or("no answer in time")?
    };
    outcome.map(drop).map_err(|error| error.to_string())
}
