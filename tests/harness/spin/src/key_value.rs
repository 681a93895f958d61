//! The storage of key-value stores: a file in the state folder, or the server that a runtime configuration names.

pub mod file;
pub mod redis;

use std::sync::Arc;

use file::KeyValueFile;
use redis::KeyValueRedis;

/// The storage of all stores.
#[derive(Clone)]
pub enum KeyValue {
    /// A SQLite file.
    File(Arc<KeyValueFile>),
    /// A Redis server.
    Redis(Arc<KeyValueRedis>),
}

impl KeyValue {
    /// Opens the storage; fails if it can't be reached.
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

    /// Removes a key; a missing one is no error.
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
