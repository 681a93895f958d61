//! `Once` on Spin: a unique key in SQLite, or `SET NX PX` in Redis.

mod redis;
mod sqlite;

use ports::{Claim, Once, OnceError, Timestamp};

pub use redis::RedisOnce;
pub use sqlite::SqliteOnce;

/// Where claims are made. The embedded database decides for all instances on its machine, a server for all machines.
pub enum SpinOnce {
    /// The embedded database.
    Sqlite(SqliteOnce),
    /// A server.
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
