//! Consuming the queue: stores each event in the object of its minute exactly once, with any number of concurrent
//! consumers.
//!
//! A delivery may be acknowledged only if [`DeliveryOutcome::is_settled`]; otherwise the queue must deliver it again.
//! Each write is atomic and precedes the acknowledgement, so a crash at any point costs one redelivery:
//!
//! ```text
//! read the minute's parts ─▶ drop ids that are present ─▶ put the open part if its version is the same ─▶ acknowledge
//!            ▲                                                   │ conflict
//!            └───────────────────────────────────────────────────┘ at most ATTEMPTS times
//! ```
//!
//! Duplicates are removed exactly: events are added to the open part only, and a closed part never changes. A consumer
//! adds an id only after it read every closed part without that id, and it replaces exactly the version of the open
//! part that lacks the id. Of two consumers with the same id, one gets a conflict in the open part or reads the id in
//! a closed one.

use std::collections::BTreeMap;

use audit::EventId;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::delivery::{Delivery, Event, Rejection, id_of_line};
use crate::minute::{Minute, PART_BYTES, PARTS};
use ports::database::DatabaseError;
use ports::objects::{Expected, Objects, ObjectsError, Put};

/// Attempts of one batch to write one minute. A conflict means that another consumer made progress, so 8 in a row are
/// rare; then the queue's own delay spaces the retries.
pub const ATTEMPTS: u32 = 8;

/// The outcome of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// This batch added the event to the trail.
    Stored,
    /// The trail had the event, or the batch repeats it.
    Duplicate,
    /// The body is no event; it is stored under `rejected/`.
    Rejected(Rejection),
    /// The event may not be stored: the queue must deliver it again.
    Failed(ConsumeError),
}

impl DeliveryOutcome {
    /// True if the delivery may be acknowledged.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    /// The line for the operator's log; it names a reason and never holds a body.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Stored | Self::Duplicate => None,
            Self::Rejected(rejection) => Some(format!("a delivery was rejected: {}", rejection.reason())),
            Self::Failed(error) => Some(format!("an event could not be stored and will be delivered again: {error}")),
        }
    }
}

/// The reason why a delivery could not be stored yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsumeError {
    /// The object store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The books failed; the trail has the event.
    #[error("its charge could not be written: {0}")]
    Books(DatabaseError),
    /// Every attempt to write this key ended in a conflict.
    #[error("{ATTEMPTS} attempts to write `{0}` conflicted with other writers")]
    Contended(String),
    /// The minute that begins with this key has [`PARTS`] full parts.
    #[error("the minute of `{0}` is full: it has {PARTS} parts")]
    Full(String),
}

/// Stores every delivery of `batch` in the trail; returns the outcomes in the order of the batch.
///
/// If the store fails for one minute, all deliveries of that minute fail; other minutes and rejected bodies do not.
pub async fn consume(objects: &impl Objects, batch: Vec<Delivery>) -> Vec<DeliveryOutcome> {
    store(objects, &batch).await
}

/// [`consume`] with a borrowed batch.
pub(crate) async fn store(objects: &impl Objects, batch: &[Delivery]) -> Vec<DeliveryOutcome> {
    let mut outcomes = vec![DeliveryOutcome::Duplicate; batch.len()];
    let mut minutes: BTreeMap<Minute, Vec<(usize, Event)>> = BTreeMap::new();
    for (index, delivery) in batch.iter().enumerate() {
        match Event::read(&delivery.body) {
            Ok(event) => minutes.entry(Minute::of(event.id.millis())).or_default().push((index, event)),
            Err(rejection) => outcomes[index] = reject(objects, &delivery.body, rejection).await,
        }
    }
    for (minute, events) in minutes {
        match append(objects, minute, &events).await {
            Ok(results) => {
                for ((index, event), result) in events.iter().zip(results) {
                    outcomes[*index] = match result {
                        AppendResult::Added => DeliveryOutcome::Stored,
                        AppendResult::Known => DeliveryOutcome::Duplicate,
                        AppendResult::Taken => reject(objects, &event.line, Rejection::IdTaken).await,
                    };
                }
            }
            Err(error) => {
                for (index, _) in events {
                    outcomes[index] = DeliveryOutcome::Failed(error.clone());
                }
            }
        }
    }
    outcomes
}

/// The result of appending one event to its minute.
#[derive(Clone, Copy)]
enum AppendResult {
    /// The batch added it.
    Added,
    /// The trail, or an earlier delivery of the batch, has the same event.
    Known,
    /// The trail, or an earlier delivery of the batch, has another event with this id.
    Taken,
}

/// Adds to `minute` the events that it lacks; returns one result per event.
async fn append(
    objects: &impl Objects,
    minute: Minute,
    events: &[(usize, Event)],
) -> Result<Vec<AppendResult>, ConsumeError> {
    // A batch may repeat an id: the first delivery counts. Sorted by id means sorted by time (UUIDv7).
    let mut first: BTreeMap<&EventId, &str> = BTreeMap::new();
    for (_, event) in events {
        first.entry(&event.id).or_insert(&event.line);
    }
    for _ in 0..ATTEMPTS {
        let (open, present) = read_parts(objects, minute, &first).await?;
        let mut content = open.content;
        for (id, line) in &first {
            if !present.contains_key(*id) {
                content.extend_from_slice(line.as_bytes());
                content.push(b'\n');
            }
        }
        let unchanged = first.keys().all(|id| present.contains_key(*id));
        if unchanged || objects.put_if(&open.key, Bytes::from(content), open.expected).await? == Put::Written {
            return Ok(compare(events, &present));
        }
    }
    Err(ConsumeError::Contended(minute.key(1)))
}

/// The part that accepts new events, as it was read.
struct OpenPart {
    key: String,
    content: Vec<u8>,
    expected: Expected,
}

/// Reads all parts of `minute`; returns its open part and the stored lines whose ids are in `wanted`.
async fn read_parts(
    objects: &impl Objects,
    minute: Minute,
    wanted: &BTreeMap<&EventId, &str>,
) -> Result<(OpenPart, BTreeMap<EventId, Vec<u8>>), ConsumeError> {
    let mut present = BTreeMap::new();
    for part in 1..=PARTS {
        let key = minute.key(part);
        let Some(object) = objects.get(&key).await? else {
            return Ok((OpenPart { key, content: Vec::new(), expected: Expected::Absent }, present));
        };
        for line in object.bytes.split(|byte| *byte == b'\n') {
            if let Some(id) = id_of_line(line).filter(|id| wanted.contains_key(id)) {
                present.entry(id).or_insert_with(|| line.to_vec());
            }
        }
        if object.bytes.len() < PART_BYTES {
            let expected = Expected::Version(object.version);
            return Ok((OpenPart { key, content: object.bytes.into(), expected }, present));
        }
    }
    Err(ConsumeError::Full(minute.key(1)))
}

/// Compares each event of the batch with the line that the trail now has for its id.
fn compare(events: &[(usize, Event)], present: &BTreeMap<EventId, Vec<u8>>) -> Vec<AppendResult> {
    let mut added: BTreeMap<&EventId, &str> = BTreeMap::new();
    let results = events.iter().map(|(_, event)| {
        let line =
            present.get(&event.id).map(Vec::as_slice).or_else(|| added.get(&event.id).map(|line| line.as_bytes()));
        match line {
            Some(line) if line == event.line.as_bytes() => AppendResult::Known,
            Some(_) => AppendResult::Taken,
            None => {
                added.insert(&event.id, &event.line);
                AppendResult::Added
            }
        }
    });
    results.collect()
}

/// The JSON of an object under `rejected/`.
#[derive(Serialize)]
struct RejectedBody<'a> {
    reason: &'static str,
    body: &'a str,
}

/// Stores a body that is no event under its SHA-256, so that repeated deliveries share one object.
async fn reject(objects: &impl Objects, body: &str, rejection: Rejection) -> DeliveryOutcome {
    let digest = Sha256::digest(body.as_bytes());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("rejected/{digest}.json");
    // Two strings always serialize.
    let object = serde_json::to_vec(&RejectedBody { reason: rejection.reason(), body }).unwrap_or_default();
    match objects.put_if(&key, Bytes::from(object), Expected::Absent).await {
        // A conflict: an earlier delivery stored it.
        Ok(Put::Written | Put::Conflict) => DeliveryOutcome::Rejected(rejection),
        Err(error) => DeliveryOutcome::Failed(error.into()),
    }
}

#[cfg(test)]
mod tests;
