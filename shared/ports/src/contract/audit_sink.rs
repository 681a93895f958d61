//! The contract of `AuditSink`.

use std::time::Duration;

use super::report::Report;
use crate::{AuditSink, Clock, Host, Timer};

const PORT: &str = "AuditSink";

/// The time for which events are owed here; hosts round their clocks.
const SHORT: Duration = Duration::from_millis(200);

pub(super) async fn check<H: Host>(host: &H, report: &mut Report, run_id: &str) {
    let sink = host.audit_sink();
    let event = |id: &str| format!(r#"{{"id":"{id}"}}"#);
    report.note(PORT, "an event is accepted", sink.append(run_id, event(run_id)).await.is_ok());
    if !H::AuditSink::KEEPS_NOTES {
        report.note(PORT, "a sink without notes reports no lost events", matches!(sink.remove_lost().await, Ok(0)));
        return;
    }
    let later = host.clock().now().after(Duration::from_secs(600));
    let soon = || host.clock().now().after(SHORT);
    let [kept, early, lost, moved] = ["kept", "early", "lost", "moved"].map(|name| format!("{run_id}-{name}"));
    // Other runs may have left some.
    let _ = sink.remove_lost().await;
    let mut noted = true;
    for (id, until) in [(&kept, soon()), (&early, later), (&lost, soon()), (&moved, soon()), (&moved, later)] {
        noted &= sink.note_expected(id, until).await.is_ok();
    }
    report.note(PORT, "notes events that are owed", noted);
    report.note(PORT, "an event with a note is accepted", {
        sink.append(&kept, event(&kept)).await.is_ok() && sink.append(&early, event(&early)).await.is_ok()
    });
    host.timer().sleep(SHORT + Duration::from_millis(20)).await;
    let counted = sink.remove_lost().await;
    report.note(PORT, "counts noted events that were never accepted", matches!(counted, Ok(1)));
    report.note(PORT, "counts it once", matches!(sink.remove_lost().await, Ok(0)));
    report.note(PORT, "a note ends with its event", sink.append(&moved, event(&moved)).await.is_ok());
}
