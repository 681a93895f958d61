//! `AuditSink` on Spin: an outbox in the embedded database, or a Redis stream with that outbox as its fallback.
//!
//! A panic ends an instance with up to sixteen requests, and the next instance doesn't learn of it. The store of the
//! events therefore holds a note of each request that takes longer than 25 ms; the event removes its note.

mod owed;
mod redis;
mod sqlite;

use ports::{Accepted, AuditSink, AuditSinkError, Timestamp};

pub use owed::OwedRows;
pub use redis::{RedisStream, STREAM};
pub use sqlite::SqliteOutbox;

/// The stores in which events wait for the ledger.
pub struct SpinAuditSink {
    stream: Option<RedisStream>,
    outbox: SqliteOutbox,
    owed: OwedRows,
}

impl SpinAuditSink {
    /// Appends to `stream`, or to `outbox` if the stream fails; without a stream, always to `outbox`. Events are noted
    /// in the stream's server, or in `owed` if there is none.
    pub fn new(stream: Option<RedisStream>, outbox: SqliteOutbox, owed: OwedRows) -> Self {
        Self { stream, outbox, owed }
    }
}

impl AuditSink for SpinAuditSink {
    const NOTES_OWED: bool = true;

    async fn append(&self, id: &str, event: String) -> Result<Accepted, AuditSinkError> {
        let Some(stream) = &self.stream else {
            self.outbox.append(id, event).await?;
            return Ok(Accepted::Queue);
        };
        if stream.append(id, &event).await.is_ok() {
            return Ok(Accepted::Queue);
        }
        // The stream may have accepted it all the same; the ledger removes the duplicate by its id.
        self.outbox.append(id, event).await?;
        Ok(Accepted::Outbox)
    }

    async fn owe(&self, id: &str, until: Timestamp) -> Result<(), AuditSinkError> {
        match &self.stream {
            Some(stream) => stream.owe(id, until).await.map_err(|error| AuditSinkError(error.to_string())),
            None => self.owed.owe(id, until).await,
        }
    }

    async fn take_lost(&self) -> Result<u64, AuditSinkError> {
        match &self.stream {
            Some(stream) => stream.take_lost().await.map_err(|error| AuditSinkError(error.to_string())),
            None => self.owed.take_lost().await,
        }
    }
}
