//! `Quota` on Spin: a row in SQLite, or a counter in Redis.

mod redis;
mod sqlite;

use std::time::Duration;

use ports::{Quota, QuotaError, Taken};

pub use redis::RedisQuota;
pub use sqlite::SqliteQuota;

/// Where it is counted. The embedded database counts for all instances on its machine, a server for all machines.
pub enum SpinQuota {
    /// The embedded database.
    Sqlite(SqliteQuota),
    /// A server.
    Redis(RedisQuota),
}

impl Quota for SpinQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<Taken, QuotaError> {
        match self {
            Self::Sqlite(quota) => quota.take(key, amount, limit, window).await,
            Self::Redis(quota) => quota.take(key, amount, limit, window).await,
        }
    }
}

/// The shortest time until a window ends: the port promises more than none.
const SOON: Duration = Duration::from_millis(1);

/// Below 2⁵³ by contract; what isn't can only be too much.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Whole milliseconds of a window, which is never nothing.
fn millis(window: Duration) -> i64 {
    i64::try_from(window.as_millis()).unwrap_or(i64::MAX).max(1)
}
