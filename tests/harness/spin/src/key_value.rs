//! Where key-value stores are kept: a file of the state folder, or what a runtime configuration names.

pub mod file;
pub mod redis;

use std::sync::Arc;

use file::KeyValueFile;
use redis::KeyValueRedis;

/// The place of all stores.
#[derive(Clone)]
pub enum KeyValue {
    /// A file of SQLite.
    File(Arc<KeyValueFile>),
    /// A server.
    Redis(Arc<KeyValueRedis>),
}

impl KeyValue {
    /// Sees whether the place is there.
    pub async fn open(&self) -> Result<(), String> {
        match self {
            Self::File(file) => file.open().await,
            Self::Redis(redis) => redis.open().await.map(drop),
        }
    }

    /// The value of a key.
    pub async fn get(&self, store: String, key: String) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::File(file) => file.get(store, key).await,
            Self::Redis(redis) => redis.get(key).await,
        }
    }

    /// Writes a key.
    pub async fn set(&self, store: String, key: String, value: Vec<u8>) -> Result<(), String> {
        match self {
            Self::File(file) => file.set(store, key, value).await,
            Self::Redis(redis) => redis.set(key, value).await,
        }
    }

    /// Removes a key; one that isn't there is no fault.
    pub async fn delete(&self, store: String, key: String) -> Result<(), String> {
        match self {
            Self::File(file) => file.delete(store, key).await,
            Self::Redis(redis) => redis.delete(key).await,
        }
    }

    /// All keys of a store.
    pub async fn keys(&self, store: String) -> Result<Vec<String>, String> {
        match self {
            Self::File(file) => file.keys(store).await,
            Self::Redis(redis) => redis.keys().await,
        }
    }
}
