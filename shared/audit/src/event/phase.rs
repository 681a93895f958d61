//! Phase: the two events of a `two_phase` call.
//!
//! ```text
//! {"id":"A…","phase":"intent","call":"B…","outcome":{"status":"pending"},…,"cost":null}     before the origin is called
//! {"id":"B…","phase":"completion","call":"B…","outcome":{"status":"success",…},…}           after the call
//! ```
//!
//! Both have `call`, the id of the completion, which error messages also contain. An intent charges nothing. An intent
//! without its completion means that the call was or may have been sent, and that its result was not recorded.

use serde::{Deserialize, Serialize};

use super::{AuditEvent, Outcome, Status};
use crate::id::EventId;

/// The phase of an event of a `two_phase` call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The event that a sink accepts before the origin is called; its outcome is [`Status::Pending`].
    Intent,
    /// The event after the call, with its result.
    Completion,
}

impl AuditEvent {
    /// Returns the intent of this call, with the members that are set so far. This event becomes the completion.
    #[must_use]
    pub fn intent(&mut self, entropy: [u8; 10]) -> Self {
        self.phase = Some(Phase::Completion);
        self.call = Some(self.id.clone());
        Self {
            id: EventId::new(self.id.millis(), entropy),
            phase: Some(Phase::Intent),
            outcome: Outcome {
                status: Status::Pending,
                http_status: None,
                origin_status: None,
                error_code: None,
                reason: None,
            },
            detail: None,
            lost_before: None,
            response_bytes: 0,
            latency: None,
            cost: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;

    #[test]
    fn intent_and_completion_share_call_but_not_id_or_outcome() {
        let mut event = AuditEvent::call(1_795_171_327_123, [1; 10], Outcome::success(200));
        event.tool = Some("documents_search".into());
        event.cost = Some(Cost::Unpriced);
        let id = event.id.clone();
        let intent = event.intent([2; 10]);
        assert_eq!((&event.id, &event.call, event.phase), (&id, &Some(id.clone()), Some(Phase::Completion)));
        assert_eq!((&intent.call, intent.phase), (&Some(id.clone()), Some(Phase::Intent)));
        assert_ne!(intent.id, id, "the ledger keeps one event per id");
        assert_eq!(intent.id.millis(), id.millis(), "both should be found in the same minute");
        let json = intent.into_json();
        for part in [r#""phase":"intent","call":""#, r#""outcome":{"status":"pending"}"#, r#""cost":null"#] {
            assert!(json.contains(part), "{part} should be in {json}");
        }
        assert!(json.contains("documents_search"), "known facts should be in it: {json}");
    }
}
