//! *announce*: the sink accepts the intent event of a call before an origin with `two_phase` audit is called.

use ports::{Clock, Host};
use registry::snapshot::AuditMode;

use crate::error::{Failure, Fault};
use crate::gateway::Gateway;
use crate::identifier;
use crate::line::audit::{Record, acceptance};
use crate::line::guard::Guarded;

/// A guarded message; if its origin has `two_phase` audit, its intent event is accepted. Only this module makes one.
///
/// No other crate can make one:
///
/// ```
/// use gateway::line::announce::Announced;
/// ```
///
/// ```compile_fail,E0423
/// use gateway::line::announce::Announced;
///
/// fn forge() -> Announced {
///     Announced(loop {})
/// }
/// ```
pub struct Announced(Guarded);

impl Announced {
    pub(crate) fn into_guarded(self) -> Guarded {
        self.0
    }
}

/// Writes the intent event, if the origin has `two_phase` audit. An intent that isn't accepted in time ends the call.
pub(crate) async fn announce<H: Host>(
    gateway: &Gateway<H>,
    guarded: Guarded,
    record: &mut Record,
) -> Result<Announced, Failure> {
    if guarded.origin().is_some_and(|origin| origin.audit == AuditMode::TwoPhase) {
        let intent = record.intent(identifier::bytes(&gateway.host)?);
        let began = gateway.host.clock().now();
        let accepted = acceptance::require(gateway, intent).await;
        record.waited_for_sink(gateway.host.clock().now().since(began));
        accepted.map_err(|detail| Fault::AuditUnavailable { detail })?;
    }
    Ok(Announced(guarded))
}
