//! Reading the trail page by page: oldest minute first, within a minute in the order of arrival of the batches.
//!
//! A page names the id after which the next one begins. Parts grow at their end only, so pages neither repeat nor omit
//! an event that was stored when they were read. An event that arrives later, in a minute already read, needs a second
//! read.

use audit::EventId;
use bytes::Bytes;

use crate::delivery::id_of_line;
use crate::minute::{Minute, PREFIX};
use ports::objects::{Objects, ObjectsError};

/// Events per page at most.
pub const LIMIT: usize = 1000;
/// The length of a page at most, bytes; a page has one event at least.
pub const PAGE_BYTES: usize = 4 << 20;
/// Objects read per page; then the page ends if it has an event. Hosts bound the subrequests of one request.
const READS: usize = 200;
/// Keys per list operation.
const KEYS: usize = 100;

/// The range and size of one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The first instant, inclusive, Unix milliseconds.
    pub from: u64,
    /// The last instant, exclusive, Unix milliseconds.
    pub until: u64,
    /// The event after which the page begins, in the order of reading.
    pub after: Option<EventId>,
    /// Events at most, 1 to [`LIMIT`].
    pub limit: usize,
}

/// A page of the trail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// One event per line, each with a line break.
    pub ndjson: Vec<u8>,
    /// The number of events.
    pub events: usize,
    /// The page's last event, if another page follows.
    pub next: Option<EventId>,
}

/// The reason why a page can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrailError {
    /// The object store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The trail has no event with the id of `after`.
    #[error("the trail has no event `{0}` to continue after")]
    UnknownEvent(EventId),
}

/// Reads one page. The instant of an event is the time in its id (UUIDv7).
///
/// # Errors
/// The store's, and [`TrailError::UnknownEvent`].
pub async fn read(objects: &impl Objects, query: &Query) -> Result<Page, TrailError> {
    let from = Minute::of(query.from);
    // An `after` before `from` needs no search.
    let mut seek = query.after.as_ref().filter(|after| Minute::of(after.millis()) >= from);
    let sought = seek.map(|after| Minute::of(after.millis()));
    // The stem sorts before the minute's own keys and after all earlier ones.
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
