//! Draining the outbox: batch by batch into the trail and the books, for as long as a round lasts.
//!
//! ```text
//! take ─▶ settle ─▶ remove what settled ─▶ take what stands behind ─▶ …
//! ```
//!
//! An event leaves the outbox only after [`settle`] has said that trail and books hold it. Killed between any two steps, a
//! round leaves it there, and the next finds it settled already: *duplicate*. So do two rounds at once.
//!
//! Nothing blocks: what is no event is settled by being kept under `rejected/`, and what failed stays while the round goes
//! on behind it; it comes again with the next round.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::consume::DeliveryOutcome;
use crate::database::Database;
use crate::delivery::Delivery;
use crate::objects::Objects;
use crate::outbox::{Handle, Outbox, OutboxError, Waiting};
use crate::settle::settle;

/// How many events are settled at once: larger batches cost fewer writes of a minute's object, and more memory.
const BATCH: usize = 100;

/// How many different faults of a round are told; a store that fails says the same of every event.
const FAULTS: usize = 8;

/// Where a round ends, if the outbox doesn't end before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainLimits {
    /// It takes no more events than this, rounded up to a batch.
    pub events: usize,
    /// After so long, milliseconds, it begins no further batch.
    pub millis: u64,
}

/// What became of the events of a round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DrainReport {
    /// They are in the trail, by this round.
    pub stored: u64,
    /// They had been in the trail already.
    pub duplicate: u64,
    /// They are no events, and are kept under `rejected/`.
    pub rejected: u64,
    /// They may not have been kept, and wait on.
    pub failed: u64,
    /// So many wait at the round's end, the failed and those that came meanwhile included.
    pub left: u64,
}

impl DrainReport {
    fn count(&mut self, fate: &DeliveryOutcome) {
        *match fate {
            DeliveryOutcome::Stored => &mut self.stored,
            DeliveryOutcome::Duplicate => &mut self.duplicate,
            DeliveryOutcome::Rejected(_) => &mut self.rejected,
            DeliveryOutcome::Failed(_) => &mut self.failed,
        } += 1;
    }
}

/// Drains `outbox` until it ends or the round does. `now_ms` is the time that the round is measured by; `log` is told what
/// went wrong, one line per kind of fault.
///
/// # Errors
/// The outbox's. What was settled before stays settled.
pub async fn drain(
    outbox: &impl Outbox,
    objects: &impl Objects,
    database: &impl Database,
    round: DrainLimits,
    now_ms: impl Fn() -> u64,
    log: impl Fn(&str),
) -> Result<DrainReport, OutboxError> {
    let begun = now_ms();
    let (mut drained, mut faults) = (DrainReport::default(), BTreeMap::new());
    let (mut after, mut taken): (Option<Handle>, usize) = (None, 0);
    // One way out, so that the log has what went wrong before the outbox failed, too.
    let ended = loop {
        let batch = match outbox.take(after.as_ref(), BATCH).await {
            Ok(batch) => batch,
            Err(error) => break Err(error),
        };
        let (full, count) = (batch.len() >= BATCH, batch.len());
        after = batch.last().map(|last| last.handle.clone()).or(after);
        if let Err(error) = settle_batch(outbox, objects, database, batch, &mut drained, &mut faults).await {
            break Err(error);
        }
        taken += count;
        if !full || taken >= round.events || now_ms().saturating_sub(begun) >= round.millis {
            break Ok(());
        }
    };
    for (fault, times) in faults {
        log(&format!("{times} × {fault}"));
    }
    ended?;
    drained.left = outbox.left().await?;
    Ok(drained)
}

async fn settle_batch(
    outbox: &impl Outbox,
    objects: &impl Objects,
    database: &impl Database,
    batch: Vec<Waiting>,
    drained: &mut DrainReport,
    faults: &mut BTreeMap<String, u64>,
) -> Result<(), OutboxError> {
    if batch.is_empty() {
        return Ok(());
    }
    let (handles, deliveries): (Vec<Handle>, Vec<Delivery>) =
        batch.into_iter().map(|waiting| (waiting.handle, Delivery { body: waiting.body })).unzip();
    let fates = settle(objects, database, deliveries).await;
    for fate in &fates {
        drained.count(fate);
        if let Some(fault) = fate.fault()
            && (faults.len() < FAULTS || faults.contains_key(&fault))
        {
            *faults.entry(fault).or_default() += 1;
        }
    }
    let settled = handles.into_iter().zip(&fates).filter(|(_, fate)| fate.is_settled()).map(|(handle, _)| handle);
    let settled: Vec<Handle> = settled.collect();
    if settled.is_empty() { Ok(()) } else { outbox.remove(&settled).await }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
