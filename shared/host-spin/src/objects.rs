//! `Objects` on Spin: rows of the embedded database, each with a version number.
//!
//! Spin's key-value stores have no conditional write, and its mounted files don't outlive an instance.

use bytes::Bytes;
use ports::database::DatabaseError;
use ports::objects::{Expected, Object, Objects, ObjectsError, Put, Version};
use spin_sdk::sqlite::{RowResult, Value};

use crate::database::SpinDatabase;
use crate::fault::Fault;

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS objects (key TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL)";

const GET: &str = "SELECT version, bytes FROM objects WHERE key = ?1";

/// Creates an object; like [`REPLACE`], compares and writes in one statement and returns a row if it has written.
const CREATE: &str =
    "INSERT INTO objects (key, version, bytes) VALUES (?1, 1, ?2) ON CONFLICT (key) DO NOTHING RETURNING 1";
/// Replaces an object in one version.
const REPLACE: &str =
    "UPDATE objects SET version = version + 1, bytes = ?2 WHERE key = ?1 AND version = ?3 RETURNING 1";

/// SQLite compares text by its bytes.
const LIST: &str = "SELECT key FROM objects WHERE key > ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4";

/// A character that sorts after every character of a key.
const AFTER_KEYS: char = '\u{7f}';

/// The objects of the trail, in the table `objects`.
#[derive(Clone)]
pub struct SpinObjects(SpinDatabase);

impl SpinObjects {
    /// The objects in `database`; creates the table if it is missing.
    ///
    /// # Errors
    /// The table can't be created.
    pub async fn open(database: SpinDatabase) -> Result<Self, Fault> {
        database.run(TABLE, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        Ok(Self(database))
    }

    async fn run(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<RowResult>, ObjectsError> {
        self.0.run(sql, parameters).await.map_err(|DatabaseError(error)| ObjectsError(error))
    }
}

impl Objects for SpinObjects {
    async fn get(&self, key: &str) -> Result<Option<Object>, ObjectsError> {
        let rows = self.run(GET, vec![key.into()]).await?;
        match rows.into_iter().next().map(|row| <[Value; 2]>::try_from(row.values)) {
            None => Ok(None),
            Some(Ok([Value::Integer(version), Value::Blob(bytes)])) => {
                Ok(Some(Object { bytes: Bytes::from(bytes), version: Version(version.to_string()) }))
            }
            Some(_) => Err(ObjectsError("SQLite returned a row that is no object".to_owned())),
        }
    }

    async fn put_if(&self, key: &str, bytes: Bytes, expected: Expected) -> Result<Put, ObjectsError> {
        let bytes = Value::Blob(bytes.into());
        let written = match expected {
            Expected::Absent => self.run(CREATE, vec![key.into(), bytes]).await?,
            // A version that is no number belongs to another store.
            Expected::Version(Version(version)) => match version.parse::<i64>() {
                Ok(version) => self.run(REPLACE, vec![key.into(), bytes, version.into()]).await?,
                Err(_) => return Ok(Put::Conflict),
            },
        };
        Ok(if written.is_empty() { Put::Conflict } else { Put::Written })
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, ObjectsError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let end = format!("{prefix}{AFTER_KEYS}");
        let rows =
            self.run(LIST, vec![after.unwrap_or_default().into(), prefix.into(), end.into(), limit.into()]).await?;
        let key = |row: RowResult| match row.values.into_iter().next() {
            Some(Value::Text(key)) => Ok(key),
            _ => Err(ObjectsError("SQLite returned a row that is no key".to_owned())),
        };
        rows.into_iter().map(key).collect()
    }
}
