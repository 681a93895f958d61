//! Key-value in Redis, if a runtime configuration says so: its keys are those of the database for every store.

use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::sync::OnceCell;
use url::Url;

use crate::loopback;

/// A server on loopback, connected by the first call that needs it, and again after the connection breaks.
pub struct KeyValueRedis {
    address: Url,
    connection: OnceCell<ConnectionManager>,
}

impl KeyValueRedis {
    /// A server that is not connected yet.
    pub fn new(address: Url) -> Self {
        Self { address, connection: OnceCell::new() }
    }

    /// The connection, opened if there is none.
    pub async fn open(&self) -> Result<ConnectionManager, String> {
        let connect = || async {
            let host = self.address.host_str().unwrap_or_default();
            let port = self.address.port().unwrap_or(6379);
            loopback::resolve(host, port).await.map_err(|error| error.to_string())?;
            // Spin's client waits for a reply without a limit.
            let config = ConnectionManagerConfig::new().set_response_timeout(None);
            let client = Client::open(self.address.clone()).map_err(failed)?;
            client.get_connection_manager_with_config(config).await.map_err(failed)
        };
        self.connection.get_or_try_init(connect).await.cloned()
    }

    /// The value of a key.
    pub async fn get(&self, key: String) -> Result<Option<Vec<u8>>, String> {
        self.open().await?.get(key).await.map_err(failed)
    }

    /// Writes a key.
    pub async fn set(&self, key: String, value: Vec<u8>) -> Result<(), String> {
        self.open().await?.set(key, value).await.map_err(failed)
    }

    /// Removes a key; a missing one is no error.
    pub async fn delete(&self, key: String) -> Result<(), String> {
        self.open().await?.del(key).await.map_err(failed)
    }

    /// All keys of the database.
    pub async fn keys(&self) -> Result<Vec<String>, String> {
        let mut connection = self.open().await?;
        let mut scan = connection.scan::<String>().await.map_err(failed)?;
        let mut keys = Vec::new();
        while let Some(key) = scan.next_item().await {
            keys.push(key.map_err(failed)?);
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

fn failed(error: redis::RedisError) -> String {
    error.to_string()
}
