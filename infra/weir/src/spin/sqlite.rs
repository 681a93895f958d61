//! Spin's key-value store in an SQLite file, one row per store and key.
//!
//! Spin opens the file with the same locks, so a publication to a running deployment is one transaction: gateways see
//! all of it or nothing. The journal mode stays unchanged.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::failure::SpinFailure;
use super::place::STORE;

/// The longest wait for another process's lock; the same as Spin's.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Spin's own statement, run when it first opens a store.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (store, key)
)";

const PUT: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET value = ?3";

const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";

/// The SQLite file of a deployment.
#[derive(Debug)]
pub struct File(PathBuf);

impl File {
    /// The file at `path`, which may be missing.
    pub const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file's name for people.
    pub fn label(&self) -> String {
        format!("`{}`", self.0.display())
    }

    /// True if there is no such file.
    pub fn is_absent(&self) -> bool {
        matches!(self.0.try_exists(), Ok(false))
    }

    /// Writes `records` in this order, all of them or none.
    pub fn put<'a>(&self, records: impl Iterator<Item = &'a (String, Vec<u8>)>) -> Result<(), SpinFailure> {
        let failed = |cause: String| SpinFailure::Write { store: self.label(), cause, left: "nothing was changed" };
        if let Some(folder) = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(|cause| failed(cause.to_string()))?;
        }
        self.put_at_once(records).map_err(|error| self.locked(&error).unwrap_or_else(|| failed(error.to_string())))
    }

    fn put_at_once<'a>(&self, records: impl Iterator<Item = &'a (String, Vec<u8>)>) -> rusqlite::Result<()> {
        let mut connection = Connection::open(&self.0)?;
        connection.busy_timeout(LOCK_WAIT)?;
        // An `IMMEDIATE` transaction waits for the lock; a later upgrade would fail at once if another writer came
        // first.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(TABLE, ())?;
        let mut put = transaction.prepare(PUT)?;
        for (key, bytes) in records {
            put.execute((STORE, key, bytes))?;
        }
        drop(put);
        transaction.commit()
    }

    /// The value of `key`; `None` if it is missing.
    pub fn value(&self, key: &str) -> Result<Option<Vec<u8>>, SpinFailure> {
        self.read(key).map_err(|error| {
            let failed = || SpinFailure::Read { store: self.label(), cause: error.to_string() };
            self.locked(&error).unwrap_or_else(failed)
        })
    }

    fn read(&self, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        let connection = Connection::open_with_flags(&self.0, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(LOCK_WAIT)?;
        // Spin makes its table when it first opens a store.
        if !connection.table_exists(None, "spin_key_value")? {
            return Ok(None);
        }
        connection.query_row(GET, (STORE, key), |row| row.get(0)).optional()
    }

    /// The error for a lock that did not become free in time; `None` for any other error.
    fn locked(&self, error: &rusqlite::Error) -> Option<SpinFailure> {
        let locked = matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked));
        locked.then(|| SpinFailure::Locked { path: self.0.clone(), seconds: LOCK_WAIT.as_secs() })
    }
}
