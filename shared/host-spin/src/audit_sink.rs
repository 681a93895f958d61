//! `AuditSink` on Spin: an outbox in the embedded database, or a Redis stream with that outbox as its fallback.
//!
//! A panic ends an instance with up to sixteen requests, and the next instance doesn't learn of it. The store of the
//! events therefore holds a note of each request that takes longer than 25 ms; the event removes its note.

mod expected_events;
mod redis;
mod sqlite;

use ports::{AcceptedBy, AuditSink, AuditSinkError, Timestamp};

pub use expected_events::ExpectedEvents;
pub use redis::{RedisStream, STREAM};
pub use sqlite::SqliteOutbox;

/// The stores in which events wait for the ledger.
pub struct SpinAuditSink {
    stream: Option<RedisStream>,
    outbox: SqliteOutbox,
    expected: ExpectedEvents,
}

impl SpinAuditSink {
    /// Appends to `stream`, or to `outbox` if the stream fails; without a stream, always to `outbox`. Events are noted
    /// in the stream's server, or in `expected` if there is none.
    pub fn new(stream: Option<RedisStream>, outbox: SqliteOutbox, expected: ExpectedEvents) -> Self {
        Self { stream, outbox, expected }
    }
}

impl AuditSink for SpinAuditSink {
    const KEEPS_NOTES: bool = true;

    async fn append(&self, id: &str, event: String) -> Result<AcceptedBy, AuditSinkError> {
        let Some(stream) = &self.stream else {
            self.outbox.append(id, event).await?;
            return Ok(AcceptedBy::Queue);
        };
        if stream.append(id, &event).await.is_ok() {
            return Ok(AcceptedBy::Queue);
        }
        // The stream may have accepted it all the same; the ledger removes the duplicate by its id.
        self.outbox.append(id, event).await?;
        Ok(AcceptedBy::Outbox)
    }

    async fn note_expected(&self, id: &str, until: Timestamp) -> Result<(), AuditSinkError> {
        match &self.stream {
            Some(stream) => stream.note_expected(id, until).await.map_err(|error| AuditSinkError(error.to_string())),
            None => self.expected.note_expected(id, until).await,
        }
    }

    async fn remove_lost(&self) -> Result<u64, AuditSinkError> {
        match &self.stream {
            Some(stream) => stream.remove_lost().await.map_err(|error| AuditSinkError(error.to_string())),
            None => self.expected.remove_lost().await,
        }
    }
}
