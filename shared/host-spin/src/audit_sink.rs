//! `AuditSink` on Spin: an outbox in the embedded database, or a Redis stream with that outbox as its fallback.

mod redis;
mod sqlite;

use ports::{Accepted, AuditSink, AuditSinkError};

pub use redis::{RedisStream, STREAM};
pub use sqlite::SqliteOutbox;

/// The stores in which events wait for the ledger.
pub struct SpinAuditSink {
    stream: Option<RedisStream>,
    outbox: SqliteOutbox,
}

impl SpinAuditSink {
    /// Appends to `stream`, or to `outbox` if the stream fails; without a stream, always to `outbox`.
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
        // The stream may have accepted it all the same; the ledger removes the duplicate by its id.
        self.outbox.append(id, event).await?;
        Ok(Accepted::Outbox)
    }
}
