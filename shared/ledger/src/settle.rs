//! One batch of the queue, into the trail and then into the books.
//!
//! ```text
//! trail holds it ─▶ books hold it ─▶ acknowledge
//! ```
//!
//! The trail comes first because it decides what an event is: what lies under `rejected/` charges nobody, and of two events
//! with one id the first counts. A delivery is acknowledged when both hold; until then the queue repeats it, and gives it to
//! the dead-letter queue in the end. Killed between any two steps, a batch comes again: the trail knows the id and says
//! *duplicate*, the books are asked all the same, and what they already have stays as it is.
//!
//! When the books fail (full, slow, gone), the trail has the events anyway. Deliveries without a charge are acknowledged,
//! the others come again.

use crate::books::{Charge, enter};
use crate::consume::{ConsumeError, DeliveryOutcome, keep};
use crate::database::Database;
use crate::delivery::{Delivery, Event};
use crate::objects::Objects;

/// Keeps every delivery of `batch` in the trail and its charge in the books; the fates stand in the order of the batch.
pub async fn settle(objects: &impl Objects, database: &impl Database, batch: Vec<Delivery>) -> Vec<DeliveryOutcome> {
    let mut fates = keep(objects, &batch).await;
    let (mut charges, mut charged) = (Vec::new(), Vec::new());
    for (index, (delivery, fate)) in batch.iter().zip(&fates).enumerate() {
        if matches!(fate, DeliveryOutcome::Stored | DeliveryOutcome::Duplicate)
            && let Ok(event) = Event::read(&delivery.body)
            && let Some(charge) = Charge::of_event(&event.id, &event.line)
        {
            charges.push(charge);
            charged.push(index);
        }
    }
    if let Err(error) = enter(database, &charges).await {
        for index in charged {
            fates[index] = DeliveryOutcome::Failed(ConsumeError::Books(error.clone()));
        }
    }
    fates
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
