//! `AuditSink` on Spin: an outbox in the embedded database, or a stream in Redis with that outbox behind it.

mod redis;
mod sqlite;

use ports::{Accepted, AuditSink, AuditSinkError};

pub use redis::{RedisStream, STREAM};
pub use sqlite::SqliteOutbox;

/// Where events wait for the ledger.
pub struct SpinAuditSink {
    stream: Option<RedisStream>,
    outbox: SqliteOutbox,
}

impl SpinAuditSink {
    /// Appends to `stream`, and what it refuses to `outbox`; without a stream, all to `outbox`.
    pub fn new(stream: Option<RedisStream>, outbox: SqliteOutbox) -> Self {
        Self { stream, outbox }
    }
}

impl AuditSink for SpinAuditSink {
    async fn append(&self, id: &str, event: String) -> Result<Accepted, AuditSinkError> {
        let Some(stream) = &self.stream else {
            self.outbox.append(id, event).await?;
            return Ok(Accepted::Queue);
        };
        if stream.append(id, &event).await.is_ok() {
            return Ok(Accepted::Queue);
        }
        // The stream may have taken it after all: then it arrives twice, and the ledger removes duplicates by event id.
        self.outbox.append(id, event).await?;
        Ok(Accepted::Outbox)
    }
}
