//! Reading the trail: oldest minute first, inside a minute in the order in which the batches arrived, page by page.
//!
//! A page ends with the id after which the next one begins. Parts only ever grow at their end, so pages neither repeat an
//! event nor leave one out that was there when they passed; an event that arrives late, into a minute already passed, is
//! found by reading that minute again.

use audit::EventId;
use bytes::Bytes;

use crate::delivery::id_of_line;
use crate::minute::{Minute, PREFIX};
use ports::objects::{Objects, ObjectsError};

/// How many events a page may have.
pub const LIMIT: usize = 1000;
/// The length from which on a page takes no more events, bytes.
pub const PAGE_BYTES: usize = 4 << 20;
/// How many objects are read for a page before it ends with what it has: hosts bound the calls of one request.
const READS: usize = 200;
/// How many keys are listed at once.
const KEYS: usize = 100;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Events from this instant on, Unix milliseconds.
    pub from: u64,
    /// Events before this instant, Unix milliseconds.
    pub until: u64,
    /// Events after this one, in the order of reading.
    pub after: Option<EventId>,
    /// How many events at most, 1 to [`LIMIT`].
    pub limit: usize,
}

/// A page of the trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// One event per line, each with its line break.
    pub ndjson: Vec<u8>,
    /// How many.
    pub events: usize,
    /// The page's last event, when there is more after it.
    pub next: Option<EventId>,
}

/// Why no page can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailError {
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The event to go on from isn't in the trail.
    #[error("there is no event `{0}` to go on from")]
    UnknownEvent(EventId),
}

/// Reads one page. The instant of an event is that of its id.
///
/// # Errors
/// The store's, and [`TrailError::UnknownEvent`].
pub async fn read(objects: &impl Objects, query: &Query) -> Result<Page, TrailError> {
    let from = Minute::of(query.from);
    // An event to go on from that lies before `from` needs no looking for.
    let mut seek = query.after.as_ref().filter(|after| Minute::of(after.millis()) >= from);
    let sought = seek.map(|after| Minute::of(after.millis()));
    // The stem sorts before its own keys and after all earlier ones.
    let mut mark = sought.unwrap_or(from).stem();
    let mut page = Page::default();
    let mut last = None;
    let mut reads = 0;
    loop {
        let keys = objects.list(PREFIX, Some(&mark), KEYS).await?;
        for key in &keys {
            let Some(minute) = Minute::of_key(key) else {
                continue;
            };
            if let Some(after) = seek
                && sought != Some(minute)
            {
                return Err(TrailError::UnknownEvent(after.clone()));
            }
            if minute.millis() >= query.until {
                return Ok(page);
            }
            if reads >= READS && page.events > 0 {
                page.next = last;
                return Ok(page);
            }
            reads += 1;
            let content = objects.get(key).await?.map_or_else(Bytes::new, |object| object.bytes);
            for line in content.split(|byte| *byte == b'\n') {
                let Some(id) = id_of_line(line) else { continue };
                if let Some(after) = seek {
                    if *after == id {
                        seek = None;
                    }
                    continue;
                }
                if !(query.from..query.until).contains(&id.millis()) {
                    continue;
                }
                if page.events >= query.limit || (page.events > 0 && page.ndjson.len() + line.len() > PAGE_BYTES) {
                    page.next = last;
                    return Ok(page);
                }
                page.ndjson.extend_from_slice(line);
                page.ndjson.push(b'\n');
                page.events += 1;
                last = Some(id);
            }
        }
        match keys.last() {
            Some(key) if keys.len() == KEYS => mark.clone_from(key),
            _ => {
                return seek.map_or(Ok(page), |after| Err(TrailError::UnknownEvent(after.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests;
