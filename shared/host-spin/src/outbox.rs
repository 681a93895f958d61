//! `Outbox` on Spin: the events of the gateway's audit sink, in a Redis stream and in the embedded database.

mod redis;
mod sqlite;

use ports::outbox::{Handle, Outbox, OutboxError, OutboxEvent};

pub use redis::{IDLE, StreamGroup};
pub use sqlite::{SqliteRows, TABLE};

/// The prefixes of handles: stream entries and rows are numbered independently.
const STREAM: &str = "stream:";
const ROW: &str = "row:";

/// The stream, if there is one, and then the rows: events that the stream refused, or that were accepted before the
/// deployment had a stream.
pub struct SpinOutbox {
    stream: Option<StreamGroup>,
    rows: SqliteRows,
}

impl SpinOutbox {
    /// The outbox of both.
    #[must_use]
    pub const fn new(stream: Option<StreamGroup>, rows: SqliteRows) -> Self {
        Self { stream, rows }
    }
}

impl Outbox for SpinOutbox {
    async fn take(&self, after: Option<&Handle>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
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
        // A stream that can't be read neither blocks the rows nor counts as empty.
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
