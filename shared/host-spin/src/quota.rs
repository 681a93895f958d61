//! `Quota` on Spin: a row in SQLite, or a counter in Redis.

mod redis;
mod sqlite;

use std::time::Duration;

use ports::{Quota, QuotaError, TakeResult};

pub use redis::RedisQuota;
pub use sqlite::SqliteQuota;

/// The store of windows: the embedded database serves all instances on one machine, a Redis server all machines.
pub enum SpinQuota {
    /// The embedded database.
    Sqlite(SqliteQuota),
    /// A Redis server.
    Redis(RedisQuota),
}

impl Quota for SpinQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<TakeResult, QuotaError> {
        match self {
            Self::Sqlite(quota) => quota.take(key, amount, limit, window).await,
            Self::Redis(quota) => quota.take(key, amount, limit, window).await,
        }
    }
}

/// The shortest time until a window ends; the port promises more than 0.
const MIN_ENDS_IN: Duration = Duration::from_millis(1);

/// The number as `i64`; by contract it is below 2^53, and a larger one exceeds every limit.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The length of a window, whole milliseconds, at least 1.
fn millis(window: Duration) -> i64 {
    i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(1)
}
