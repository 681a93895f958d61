//! Settling: stores one batch of deliveries in the trail and then its charges in the books.
//!
//! ```text
//! write the trail ─▶ write the books ─▶ acknowledge
//! ```
//!
//! The trail is written first because it decides what counts as an event: a body under `rejected/` charges nobody, and
//! of two events with one id the first counts. A delivery is acknowledged after both writes; until then the queue
//! delivers it again, and finally moves it to the dead-letter queue. A batch that is killed between two steps is
//! delivered again: the trail reports *duplicate*, the charge is inserted again, and an existing row stays as it is.
//!
//! If the books fail (full, slow, unreachable), the trail still has the events. Deliveries without a charge are
//! acknowledged, the others are delivered again.

use crate::books::{self, Charge};
use crate::consume::{ConsumeError, DeliveryOutcome, store};
use crate::delivery::{Delivery, Event};
use ports::database::Database;
use ports::objects::Objects;

/// Stores every delivery of `batch` in the trail and its charge in the books; returns the outcomes in the order of the
/// batch.
pub async fn settle(objects: &impl Objects, database: &impl Database, batch: Vec<Delivery>) -> Vec<DeliveryOutcome> {
    let mut outcomes = store(objects, &batch).await;
    let (mut charges, mut indexes) = (Vec::new(), Vec::new());
    for (index, (delivery, outcome)) in batch.iter().zip(&outcomes).enumerate() {
        if matches!(outcome, DeliveryOutcome::Stored | DeliveryOutcome::Duplicate)
            && let Ok(event) = Event::read(&delivery.body)
            && let Some(charge) = Charge::of_event(&event.id, &event.line)
        {
            charges.push(charge);
            indexes.push(index);
        }
    }
    if let Err(error) = books::insert(database, &charges).await {
        for index in indexes {
            outcomes[index] = DeliveryOutcome::Failed(ConsumeError::Books(error.clone()));
        }
    }
    outcomes
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
