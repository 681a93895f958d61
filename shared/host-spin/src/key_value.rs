//! `KeyValue` on Spin: a key-value store.

use bytes::Bytes;
use ports::{KeyValue, KeyValueError};
use spin_sdk::key_value::{Error, Store};

use crate::fault::Fault;

/// A key-value store of the deployment; Spin's runtime configuration maps its label.
pub struct SpinKeyValue(Store);

impl SpinKeyValue {
    /// Opens the store called `label`.
    pub async fn open(label: &'static str) -> Result<Self, Fault> {
        Store::open(label).await.map(Self).map_err(|error| Fault::store(label, "key-value store", error))
    }
}

impl KeyValue for SpinKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyValueError> {
        Ok(self.0.get(key).await.map_err(failed)?.map(Bytes::from))
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<(), KeyValueError> {
        self.0.set(key, value).await.map_err(failed)
    }

    async fn delete(&self, key: &str) -> Result<(), KeyValueError> {
        self.0.delete(key).await.map_err(failed)
    }
}

fn failed(error: Error) -> KeyValueError {
    KeyValueError(error.to_string())
}
