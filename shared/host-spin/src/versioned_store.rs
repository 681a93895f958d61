//! `VersionedStore` on Spin: a row in SQLite, or a hash in Redis.

mod redis;
mod sqlite;

use ports::{ReplaceResult, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};

pub use redis::RedisVersionedStore;
pub use sqlite::SqliteVersionedStore;

/// The store of values: the embedded database serves all instances on one machine, a Redis server all machines.
pub enum SpinVersionedStore {
    /// The embedded database.
    Sqlite(SqliteVersionedStore),
    /// A Redis server.
    Redis(RedisVersionedStore),
}

impl VersionedStore for SpinVersionedStore {
    async fn get(&self, key: &str) -> Result<Option<VersionedValue>, VersionedStoreError> {
        match self {
            Self::Sqlite(store) => store.get(key).await,
            Self::Redis(store) => store.get(key).await,
        }
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> Result<ReplaceResult, VersionedStoreError> {
        match self {
            Self::Sqlite(store) => store.replace(key, expected, value, until).await,
            Self::Redis(store) => store.replace(key, expected, value, until).await,
        }
    }

    async fn delete(&self, key: &str) -> Result<(), VersionedStoreError> {
        match self {
            Self::Sqlite(store) => store.delete(key).await,
            Self::Redis(store) => store.delete(key).await,
        }
    }
}
