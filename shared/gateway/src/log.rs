//! Log: reports each fault of the deployment to the operator, at most once in ten minutes per isolate.
//!
//! ```text
//! {"level":"error","reason":"secret_missing","what":"ORIGIN_CRM_SECRET"}
//! {"level":"error","reason":"record_unsigned","what":"head","key":"publisher-2026-12"}
//! {"level":"warning","reason":"record_expires_soon","what":"quarantine","until":1795600000}
//! ```
//!
//! `what` is the name of a secret or of a record, never a value. It is for the operator alone: callers get the text of
//! the fault, which names nothing.

use std::time::Duration;

use ports::{Clock, Host, Log};
use serde::Serialize;

use crate::error::Fault;
use crate::gateway::Gateway;

/// The time in which the same fault is not logged again.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// One line of the log.
#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    reason: &'static str,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<u64>,
}

/// Logs a fault of configuration or of the registry, and returns it.
pub(crate) fn logged<H: Host>(gateway: &Gateway<H>, fault: Fault) -> Fault {
    if let Fault::Registry { record: what, reason } | Fault::Configuration { name: what, reason } = &fault {
        error(gateway, reason, what, None);
    }
    fault
}

/// Logs that `what` has a fault; `key` is the id of the key that signed it, unverified.
pub(crate) fn error<H: Host>(gateway: &Gateway<H>, reason: &'static str, what: &str, key: Option<&str>) {
    write(gateway, &Line { level: "error", reason, what, key, until: None });
}

/// Logs that `what` expires at `until`, Unix seconds, and should have been renewed.
pub(crate) fn expires_soon<H: Host>(gateway: &Gateway<H>, what: &str, until: u64) {
    write(gateway, &Line { level: "warning", reason: "record_expires_soon", what, key: None, until: Some(until) });
}

fn write<H: Host>(gateway: &Gateway<H>, line: &Line<'_>) {
    let now = gateway.host.clock().now();
    let due = gateway.isolate.logged.borrow_mut().is_due(line.reason, line.what, now, AGAIN);
    // A line has texts and numbers only, so it can always be written.
    if due && let Ok(text) = serde_json::to_string(line) {
        gateway.host.log().write(&text);
    }
}
