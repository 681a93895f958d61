//! Key-value in a file with Spin's own table, so that `weir registry publish --to spin` can fill it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension, params};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))";

/// The file's name in the state folder.
pub const NAME: &str = "sqlite_key_value.db";

/// The file, opened by the first call that needs it.
pub struct KeyValueFile {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

impl KeyValueFile {
    /// A file that is not open yet.
    pub fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, connection: Mutex::default() })
    }

    /// The value of a key.
    pub async fn get(self: &Arc<Self>, store: String, key: String) -> Result<Option<Vec<u8>>, String> {
        self.work(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2")?;
            statement.query_row([store, key], |row| row.get(0)).optional()
        })
        .await
    }

    /// Writes a key.
    pub async fn set(self: &Arc<Self>, store: String, key: String, value: Vec<u8>) -> Result<(), String> {
        self.work(move |connection| {
            let text = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
                ON CONFLICT (store, key) DO UPDATE SET value = ?3";
            connection.prepare_cached(text)?.execute(params![store, key, value]).map(drop)
        })
        .await
    }

    /// Removes a key; a missing one is no error.
    pub async fn delete(self: &Arc<Self>, store: String, key: String) -> Result<(), String> {
        self.work(move |connection| {
            let text = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
            connection.prepare_cached(text)?.execute([store, key]).map(drop)
        })
        .await
    }

    /// Opens the file if it is not open.
    pub async fn open(self: &Arc<Self>) -> Result<(), String> {
        self.work(|_| Ok(())).await
    }

    /// All keys of a store.
    pub async fn keys(self: &Arc<Self>, store: String) -> Result<Vec<String>, String> {
        self.work(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT key FROM spin_key_value WHERE store = ?1 ORDER BY key")?;
            statement.query_map([store], |row| row.get(0))?.collect()
        })
        .await
    }

    /// Runs `work` on a thread that may block; waits for a busy file: 5 s, rusqlite's default.
    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut kept = this.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = match kept.take() {
                Some(connection) => connection,
                None => {
                    let opened = Connection::open(&this.path)?;
                    opened.execute(TABLE, [])?;
                    opened
                }
            };
            work(kept.insert(connection))
        });
        done.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[tokio::test]
    async fn file_has_table_of_spin() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = KeyValueFile::new(folder.path().join(NAME));
        file.set(text("default"), text("head"), b"7".to_vec()).await.expect("the file should take a key");
        assert_eq!(file.get(text("default"), text("head")).await, Ok(Some(b"7".to_vec())));
        assert_eq!(file.get(text("other"), text("head")).await, Ok(None), "stores should be apart");

        let raw = Connection::open(folder.path().join(NAME)).expect("the file should be there");
        let row: (String, String, Vec<u8>) = raw
            .query_row("SELECT store, key, value FROM spin_key_value", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .expect("the table should be Spin's");
        assert_eq!(row, (text("default"), text("head"), b"7".to_vec()));
        raw.execute("UPDATE spin_key_value SET value = x'38'", []).expect("a publisher may write");
        assert_eq!(file.get(text("default"), text("head")).await, Ok(Some(b"8".to_vec())), "nothing is kept back");
    }
}
