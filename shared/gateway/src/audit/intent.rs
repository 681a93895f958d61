//! The intent of a call: what the sink has accepted before an origin with `two_phase` audit is called.

use registry::snapshot::AuditMode;

use super::{Record, acceptance};
use crate::error::{Failure, Fault};
use crate::guard::Guarded;
use crate::identifier;
use crate::ports::{Clock, Host};

/// A guarded message whose intent is accepted, where its origin wants one. Only this module makes one.
pub struct Announced(Guarded);

impl Announced {
    pub(crate) fn into_guarded(self) -> Guarded {
        self.0
    }
}

impl Record {
    /// Announces the call, if it must not go unrecorded. Not accepted, or not in time: then it goes no further.
    pub(crate) async fn announce<H: Host>(&mut self, host: &H, guarded: Guarded) -> Result<Announced, Failure> {
        if guarded.origin().is_some_and(|origin| origin.audit == AuditMode::TwoPhase) {
            self.describe();
            let intent = self.event.intent(identifier::bytes(host)?);
            let began = host.clock().now();
            let accepted = acceptance::require(host, intent).await;
            self.waited_for_sink = host.clock().now().since(began);
            accepted.map_err(|detail| Fault::AuditUnavailable { detail })?;
        }
        Ok(Announced(guarded))
    }
}
