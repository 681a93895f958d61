//! `Outbox` on Spin: what the gateway's audit sink has accepted, in a Redis stream or in the embedded database.

mod redis;
mod sqlite;

use ports::outbox::{Handle, Outbox, OutboxError, Waiting};

pub use redis::{IDLE, StreamGroup};
pub use sqlite::{SqliteRows, TABLE};

/// What handles begin with: the two kinds of events have numbers of their own.
const STREAM: &str = "stream:";
const ROW: &str = "row:";

/// The stream, where there is one, and behind it the rows: there lies what the stream refused, and what waited before a
/// deployment had one.
pub struct SpinOutbox {
    stream: Option<StreamGroup>,
    rows: SqliteRows,
}

impl SpinOutbox {
    /// Drains both.
    #[must_use]
    pub const fn new(stream: Option<StreamGroup>, rows: SqliteRows) -> Self {
        Self { stream, rows }
    }
}

impl Outbox for SpinOutbox {
    async fn take(&self, after: Option<&Handle>, limit: usize) -> Result<Vec<Waiting>, OutboxError> {
        let row = after.and_then(|after| after.0.strip_prefix(ROW));
        let entry = after.and_then(|after| after.0.strip_prefix(STREAM));
        let mut failed = None;
        let mut batch = match &self.stream {
            Some(stream) if row.is_none() => stream.take(entry, limit).await.unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            }),
            _ => Vec::new(),
        };
        if batch.len() < limit {
            batch.extend(self.rows.take(row, limit - batch.len()).await?);
        }
        // A stream that can't be read holds no row up, and is not taken for an empty one either.
        match failed {
            Some(error) if batch.is_empty() => Err(error),
            _ => Ok(batch),
        }
    }

    async fn remove(&self, settled: &[Handle]) -> Result<(), OutboxError> {
        let named = |kind| settled.iter().filter_map(|handle| handle.0.strip_prefix(kind)).collect::<Vec<&str>>();
        let (rows, entries) = (named(ROW), named(STREAM));
        if !rows.is_empty() {
            self.rows.remove(&rows).await?;
        }
        match &self.stream {
            Some(stream) if !entries.is_empty() => stream.remove(&entries).await,
            _ => Ok(()),
        }
    }

    async fn left(&self) -> Result<u64, OutboxError> {
        let rows = self.rows.left().await?;
        match &self.stream {
            Some(stream) => Ok(rows + stream.left().await?),
            None => Ok(rows),
        }
    }
}
