//! Refusals of anonymous callers: one counted event per reason and minute and isolate.
//!
//! The first refusal of a minute is written at once, so that an attack shows without delay. Those after it are counted
//! and written with the first request of a later minute. Lost with the isolate: the count of its last minute.

use std::collections::HashMap;

use audit::event::AuditEvent;
use http::StatusCode;

use crate::identifier;
use crate::ports::{AuditSink, Background, Clock, Host};

/// Counts since they were last written, by reason.
#[derive(Default)]
pub(crate) struct RefusalCounts {
    counts: HashMap<&'static str, Count>,
}

struct Count {
    minute_ms: u64,
    status: StatusCode,
    unwritten: u64,
}

const MINUTE_MS: u64 = 60_000;

/// Counts one refusal.
pub(crate) fn count<H: Host>(host: &H, reason: &'static str, status: StatusCode) {
    let now = host.clock().now().millis();
    let minute_ms = now - now % MINUTE_MS;
    let mut left = None;
    let first = {
        let mut refusals = host.isolate().refusals.borrow_mut();
        match refusals.counts.get_mut(reason) {
            Some(count) if count.minute_ms == minute_ms => {
                count.unwritten += 1;
                false
            }
            _ => {
                // `flush` has written what earlier minutes left, unless the minute turned since.
                left = refusals.counts.insert(reason, Count { minute_ms, status, unwritten: 0 });
                true
            }
        }
    };
    if let Some(left) = left.filter(|left| left.unwritten > 0) {
        write(host, reason, left.status, left.minute_ms, left.unwritten);
    }
    if first {
        write(host, reason, status, minute_ms, 1);
    }
}

/// Writes what earlier minutes have left.
pub(crate) fn flush<H: Host>(host: &H) {
    if host.isolate().refusals.borrow().counts.is_empty() {
        return;
    }
    let now = host.clock().now().millis();
    let mut over = Vec::new();
    host.isolate().refusals.borrow_mut().counts.retain(|reason, count| {
        let keep = now < count.minute_ms + MINUTE_MS;
        if !keep && count.unwritten > 0 {
            over.push((*reason, count.status, count.minute_ms, count.unwritten));
        }
        keep
    });
    for (reason, status, minute_ms, unwritten) in over {
        write(host, reason, status, minute_ms, unwritten);
    }
}

fn write<H: Host>(host: &H, reason: &'static str, status: StatusCode, minute_ms: u64, count: u64) {
    let Ok(entropy) = identifier::bytes(host) else {
        return;
    };
    let now = host.clock().now().millis();
    let event = AuditEvent::refusals(now, entropy, reason, status.as_u16(), minute_ms, count);
    let sink = host.clone();
    host.background().spawn(async move {
        let id = event.id.as_str().to_owned();
        let _ = sink.audit_sink().append(&id, event.into_json()).await;
    });
}
