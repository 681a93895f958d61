//! Log: tells the operator of a fault of the deployment, each at most once in ten minutes per isolate.
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
use serde_json::{Value, json};

use crate::error::Fault;
use crate::gateway::Gateway;

/// The time in which the same fault is not logged again.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// Logs a fault of configuration or of the registry, and returns it.
pub(crate) fn logged<H: Host>(gateway: &Gateway<H>, fault: Fault) -> Fault {
    let what = match &fault {
        Fault::Registry { record, .. } => record,
        Fault::Configuration { name, .. } => name,
        _ => return fault,
    };
    write(gateway, "error", fault.reason(), what, None);
    fault
}

/// Logs that `what` has a fault; `more` is one more member of the line.
pub(crate) fn write<H: Host>(
    gateway: &Gateway<H>,
    level: &'static str,
    reason: &'static str,
    what: &str,
    more: Option<(&'static str, Value)>,
) {
    let now = gateway.host.clock().now();
    if !gateway.isolate.logged.borrow_mut().is_due(reason, what, now, AGAIN) {
        return;
    }
    let mut line = json!({ "level": level, "reason": reason, "what": what });
    if let Some((name, value)) = more {
        line[name] = value;
    }
    gateway.host.log().write(&line.to_string());
}
