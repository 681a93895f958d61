//! Draining the outbox: moves waiting events, batch by batch, into the trail and the books.
//!
//! ```text
//! take ─▶ settle ─▶ remove the settled events ─▶ take the next batch ─▶ …
//! ```
//!
//! An event leaves the outbox only after [`settle`] has stored it in trail and books. A round that is killed between
//! two steps leaves the event there, and the next round counts it as *duplicate*. Two concurrent rounds do the same.
//!
//! No event blocks another: a body that is no event is stored under `rejected/`, and an event that fails stays in the
//! outbox until the next round, while this one continues after it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::consume::DeliveryOutcome;
use crate::delivery::Delivery;
use crate::settle::settle;
use ports::database::Database;
use ports::objects::Objects;
use ports::outbox::{Handle, Outbox, OutboxError, OutboxEvent};

/// Events per batch: a larger batch writes each minute's object less often and needs more memory.
const BATCH: usize = 100;

/// Different log lines per round; a store that fails gives every event the same one.
const LOG_LINES: usize = 8;

/// The bounds of one round; it also ends when the outbox is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainLimits {
    /// Events to take, rounded up to a whole batch.
    pub events: usize,
    /// Time after which no further batch begins, milliseconds.
    pub millis: u64,
}

/// The outcomes of one round, each a number of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DrainReport {
    /// Added to the trail by this round.
    pub stored: u64,
    /// In the trail before this round.
    pub duplicate: u64,
    /// No events; stored under `rejected/`.
    pub rejected: u64,
    /// Not stored; they stay in the outbox.
    pub failed: u64,
    /// In the outbox when the round ended, including failed events and new ones.
    pub left: u64,
}

impl DrainReport {
    fn count(&mut self, outcome: &DeliveryOutcome) {
        *match outcome {
            DeliveryOutcome::Stored => &mut self.stored,
            DeliveryOutcome::Duplicate => &mut self.duplicate,
            DeliveryOutcome::Rejected(_) => &mut self.rejected,
            DeliveryOutcome::Failed(_) => &mut self.failed,
        } += 1;
    }
}

/// Drains `outbox` until it is empty or `limits` are reached. `now_ms` is the clock, milliseconds; `log` receives one
/// line per kind of fault.
///
/// # Errors
/// The outbox's. Events that were settled before stay settled.
pub async fn drain(
    outbox: &impl Outbox,
    objects: &impl Objects,
    database: &impl Database,
    limits: DrainLimits,
    now_ms: impl Fn() -> u64,
    log: impl Fn(&str),
) -> Result<DrainReport, OutboxError> {
    let start_ms = now_ms();
    let (mut report, mut faults) = (DrainReport::default(), BTreeMap::new());
    let (mut after, mut taken): (Option<Handle>, usize) = (None, 0);
    // One exit, so that earlier faults are logged if the outbox fails, too.
    let result = loop {
        let batch = match outbox.take(after.as_ref(), BATCH).await {
            Ok(batch) => batch,
            Err(error) => break Err(error),
        };
        let (full, count) = (batch.len() >= BATCH, batch.len());
        after = batch.last().map(|last| last.handle.clone()).or(after);
        if let Err(error) = settle_batch(outbox, objects, database, batch, &mut report, &mut faults).await {
            break Err(error);
        }
        taken += count;
        if !full || taken >= limits.events || now_ms().saturating_sub(start_ms) >= limits.millis {
            break Ok(());
        }
    };
    for (fault, times) in faults {
        log(&format!("{times} × {fault}"));
    }
    result?;
    report.left = outbox.left().await?;
    Ok(report)
}

/// Settles one batch, counts its outcomes and removes the settled events from the outbox.
async fn settle_batch(
    outbox: &impl Outbox,
    objects: &impl Objects,
    database: &impl Database,
    batch: Vec<OutboxEvent>,
    report: &mut DrainReport,
    faults: &mut BTreeMap<String, u64>,
) -> Result<(), OutboxError> {
    if batch.is_empty() {
        return Ok(());
    }
    let (handles, deliveries): (Vec<Handle>, Vec<Delivery>) =
        batch.into_iter().map(|waiting| (waiting.handle, Delivery { body: waiting.body })).unzip();
    let outcomes = settle(objects, database, deliveries).await;
    for outcome in &outcomes {
        report.count(outcome);
        if let Some(fault) = outcome.fault()
            && (faults.len() < LOG_LINES || faults.contains_key(&fault))
        {
            *faults.entry(fault).or_default() += 1;
        }
    }
    let settled =
        handles.into_iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_settled()).map(|(handle, _)| handle);
    let settled: Vec<Handle> = settled.collect();
    if settled.is_empty() { Ok(()) } else { outbox.remove(&settled).await }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
