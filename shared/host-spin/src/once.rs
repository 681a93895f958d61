//! `Once` on Spin: a unique key in SQLite, or `SET NX PX` in Redis.

mod redis;
mod sqlite;

use ports::{Claim, Once, OnceError, Timestamp};

pub use redis::RedisOnce;
pub use sqlite::SqliteOnce;

/// The store of claims: the embedded database serves all instances on one machine, a Redis server all machines.
pub enum SpinOnce {
    /// The embedded database.
    Sqlite(SqliteOnce),
    /// A Redis server.
    Redis(RedisOnce),
}

impl Once for SpinOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        match self {
            Self::Sqlite(once) => once.claim(key, until).await,
            Self::Redis(once) => once.claim(key, until).await,
        }
    }
}
