//! Notes the events of requests that take longer than [`SOON`], so that events lost in a trap are counted.
//!
//! An instance on Spin doesn't know which events the one before it lost in a trap. A note for every call would double
//! the writes. So only a call that takes longer than [`SOON`] is noted: most calls that a trap ends do, and shorter
//! ones cost nothing. *decisions* says more.

use std::pin::{Pin, pin};
use std::time::Duration;

use futures::future::{Either, select};

use crate::deadline::within;
use crate::gateway::Gateway;
use ports::{AuditSink, Clock, Host, Timer};

/// The time after which a request is noted.
const SOON: Duration = Duration::from_millis(25);

/// The time for which a note counts, and after which its event is lost.
const LEASE: Duration = Duration::from_secs(60);

/// The time after which a note is renewed.
const RENEW: Duration = Duration::from_secs(20);

/// The time that a note may take: a request whose work is done waits for it.
const DEADLINE: Duration = Duration::from_secs(1);

/// The time after which lost events are looked for again.
const AGAIN: Duration = Duration::from_secs(30);

/// Runs `work`; meanwhile the sink holds a note of the event `id`. The caller pins the work: passed by value, the
/// future would take its size twice, and the line nests futures.
pub(crate) async fn beside<H: Host, T>(
    gateway: &Gateway<H>,
    id: &str,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> T {
    if !H::AuditSink::KEEPS_NOTES {
        return work.await;
    }
    let mut wait = SOON;
    loop {
        let pause = pin!(gateway.host.timer().sleep(wait));
        if let Either::Left((done, _)) = select(work.as_mut(), pause).await {
            return done;
        }
        let until = gateway.host.clock().now().after(LEASE);
        let note = pin!(within(&gateway.host, DEADLINE, gateway.host.audit_sink().note_expected(id, until)));
        if let Either::Left((done, note)) = select(work.as_mut(), note).await {
            // A note that is written after its event would never be removed.
            let _ = note.await;
            return done;
        }
        wait = RENEW;
    }
}

/// Counts the lost events of ended instances, at most once in [`AGAIN`].
pub(super) async fn collect<H: Host>(gateway: &Gateway<H>) {
    if !H::AuditSink::KEEPS_NOTES {
        return;
    }
    let now = gateway.host.clock().now();
    let collected = &gateway.isolate.collected_lost;
    if collected.get().is_some_and(|last| now.is_within(AGAIN, last)) {
        return;
    }
    collected.set(Some(now));
    if let Some(Ok(lost)) = within(&gateway.host, DEADLINE, gateway.host.audit_sink().remove_lost()).await {
        gateway.isolate.note_lost(u32::try_from(lost).unwrap_or(u32::MAX));
    }
}
