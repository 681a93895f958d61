//! Draining the queue: every event into its minute once, whatever the queue repeats and whoever else is writing.
//!
//! A delivery may be acknowledged only once [`DeliveryOutcome::is_settled`]; until then the queue must deliver it again. The writes
//! come first and each is atomic, so a crash at any point costs a redelivery and no more:
//!
//! ```text
//! read the minute's parts ─▶ leave out ids that are there ─▶ put the open part, if it is still as read ─▶ acknowledge
//!            ▲                                                     │ conflict
//!            └─────────────────────────────────────────────────────┘ at most ATTEMPTS times
//! ```
//!
//! Why that removes duplicates exactly: events are only ever added to the one part that is open, and a part once closed
//! never changes. A consumer that adds an id has read every closed part without finding it, and replaces the open one in
//! the version in which it did not find it either; two that add the same id therefore meet in the open part, or one finds
//! that part closed with the id in it. Exactly one of them writes.

use std::collections::BTreeMap;

use audit::EventId;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::database::DatabaseError;
use crate::delivery::{Delivery, Event, Rejection, id_of_line};
use crate::minute::{Minute, PART_BYTES, PARTS};
use crate::objects::{Expected, Objects, ObjectsError, Put};

/// How often one batch tries to write one minute. Each conflict means that another consumer got something done, so this
/// many in a row are rare; the queue's own delay is the better place to wait than a loop without a timer.
pub const ATTEMPTS: u32 = 8;

/// What became of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// It is in the trail, by this batch.
    Stored,
    /// It was in the trail already, or more than once in this batch.
    Duplicate,
    /// It is no event, and is kept under `rejected/`.
    Rejected(Rejection),
    /// It may not have been kept: it must come again.
    Failed(ConsumeError),
}

impl DeliveryOutcome {
    /// Whether the delivery may be acknowledged.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    /// What an operator should see in the log, by reason: a body never reaches it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Stored | Self::Duplicate => None,
            Self::Rejected(rejection) => Some(format!("a message was rejected: {}", rejection.reason())),
            Self::Failed(error) => Some(format!("an event will come again: {error}")),
        }
    }
}

/// Why a delivery could not be kept yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeError {
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The books failed. The trail has the event.
    #[error("the books: {0}")]
    Books(DatabaseError),
    /// Others kept writing the same minute.
    #[error("{ATTEMPTS} attempts to write `{0}` met other writers")]
    Contended(String),
    /// The minute has [`PARTS`] full parts.
    #[error("the minute of `{0}` is full")]
    Full(String),
}

/// Keeps every delivery of `batch`; the fates stand in the order of the batch.
///
/// The deliveries of one minute share their fate when the store fails; other minutes and rejected bodies go on.
pub async fn consume(objects: &impl Objects, batch: Vec<Delivery>) -> Vec<DeliveryOutcome> {
    keep(objects, &batch).await
}

/// The same with a batch that somebody goes on with.
pub(crate) async fn keep(objects: &impl Objects, batch: &[Delivery]) -> Vec<DeliveryOutcome> {
    let mut fates = vec![DeliveryOutcome::Duplicate; batch.len()];
    let mut minutes: BTreeMap<Minute, Vec<(usize, Event)>> = BTreeMap::new();
    for (index, delivery) in batch.iter().enumerate() {
        match Event::read(&delivery.body) {
            Ok(event) => minutes.entry(Minute::of(event.id.millis())).or_default().push((index, event)),
            Err(rejection) => fates[index] = reject(objects, &delivery.body, rejection).await,
        }
    }
    for (minute, events) in minutes {
        match file(objects, minute, &events).await {
            Ok(filed) => {
                for ((index, event), filed) in events.iter().zip(filed) {
                    fates[*index] = match filed {
                        Filed::Added => DeliveryOutcome::Stored,
                        Filed::Known => DeliveryOutcome::Duplicate,
                        Filed::Taken => reject(objects, &event.line, Rejection::IdTaken).await,
                    };
                }
            }
            Err(error) => {
                for (index, _) in events {
                    fates[index] = DeliveryOutcome::Failed(error.clone());
                }
            }
        }
    }
    fates
}

/// What became of one event of a minute.
#[derive(Clone, Copy)]
enum Filed {
    /// The batch added it.
    Added,
    /// The same event was there, or earlier in the batch.
    Known,
    /// Another event with its id was there, or earlier in the batch.
    Taken,
}

async fn file(objects: &impl Objects, minute: Minute, events: &[(usize, Event)]) -> Result<Vec<Filed>, ConsumeError> {
    // A batch may repeat an id: the first delivery of each stands for all of them. By id is by time, too.
    let mut first: BTreeMap<&EventId, &str> = BTreeMap::new();
    for (_, event) in events {
        first.entry(&event.id).or_insert(&event.line);
    }
    for _ in 0..ATTEMPTS {
        let (open, there) = survey(objects, minute, &first).await?;
        let mut content = open.content;
        for (id, line) in &first {
            if !there.contains_key(*id) {
                content.extend_from_slice(line.as_bytes());
                content.push(b'\n');
            }
        }
        let unchanged = first.keys().all(|id| there.contains_key(*id));
        if unchanged || objects.put_if(&open.key, Bytes::from(content), open.expected).await? == Put::Written {
            return Ok(judge(events, &there));
        }
    }
    Err(ConsumeError::Contended(minute.key(1)))
}

/// The part that takes new events, as it was read.
struct Open {
    key: String,
    content: Vec<u8>,
    expected: Expected,
}

/// Reads all parts of `minute`: its open one, and the lines there whose ids are in `wanted`.
async fn survey(
    objects: &impl Objects,
    minute: Minute,
    wanted: &BTreeMap<&EventId, &str>,
) -> Result<(Open, BTreeMap<EventId, Vec<u8>>), ConsumeError> {
    let mut there = BTreeMap::new();
    for part in 1..=PARTS {
        let key = minute.key(part);
        let Some(object) = objects.get(&key).await? else {
            return Ok((Open { key, content: Vec::new(), expected: Expected::Absent }, there));
        };
        for line in object.bytes.split(|byte| *byte == b'\n') {
            if let Some(id) = id_of_line(line).filter(|id| wanted.contains_key(id)) {
                there.entry(id).or_insert_with(|| line.to_vec());
            }
        }
        if object.bytes.len() < PART_BYTES {
            let expected = Expected::Version(object.version);
            return Ok((Open { key, content: object.bytes.into(), expected }, there));
        }
    }
    Err(ConsumeError::Full(minute.key(1)))
}

/// Compares each event of the batch with the line that the trail now has for its id.
fn judge(events: &[(usize, Event)], there: &BTreeMap<EventId, Vec<u8>>) -> Vec<Filed> {
    let mut added: BTreeMap<&EventId, &str> = BTreeMap::new();
    let judged = events.iter().map(|(_, event)| {
        let line = there.get(&event.id).map(Vec::as_slice).or_else(|| added.get(&event.id).map(|line| line.as_bytes()));
        match line {
            Some(line) if line == event.line.as_bytes() => Filed::Known,
            Some(_) => Filed::Taken,
            None => {
                added.insert(&event.id, &event.line);
                Filed::Added
            }
        }
    });
    judged.collect()
}

/// What lies under `rejected/`.
#[derive(Serialize)]
struct Rejected<'a> {
    reason: &'static str,
    body: &'a str,
}

/// Keeps a body that is no event under the digest of its text: repeated deliveries meet there.
async fn reject(objects: &impl Objects, body: &str, rejection: Rejection) -> DeliveryOutcome {
    let digest = Sha256::digest(body.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("rejected/{digest}.json");
    // Two strings always serialize.
    let kept = serde_json::to_vec(&Rejected { reason: rejection.reason(), body }).unwrap_or_default();
    match objects.put_if(&key, Bytes::from(kept), Expected::Absent).await {
        // A conflict: it is there, by an earlier delivery.
        Ok(Put::Written | Put::Conflict) => DeliveryOutcome::Rejected(rejection),
        Err(error) => DeliveryOutcome::Failed(error.into()),
    }
}

#[cfg(test)]
mod tests;
