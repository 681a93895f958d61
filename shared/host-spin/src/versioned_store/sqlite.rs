//! Values in the embedded database: one row per key.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ports::database::DatabaseError;
use ports::versioned_store::within_bounds;
use ports::{Clock, ReplaceResult, Timestamp, VersionedStore, VersionedStoreError, VersionedValue};
use spin_sdk::sqlite::{Connection, RowResult, Value};

use crate::clock::SpinClock;
use crate::database::run;
use crate::fault::Fault;
use crate::timer::within;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS versioned_values \
                     (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL, until INTEGER NOT NULL)";

const INDEX: &str = "CREATE INDEX IF NOT EXISTS versioned_values_until ON versioned_values (until)";

/// Selects the current value. ?1 key  ?2 now
const GET: &str = "SELECT revision, value FROM versioned_values WHERE key = ?1 AND until > ?2";

/// An ended row counts as none. One statement, so it is atomic. ?1 key  ?2 value  ?3 until  ?4 now
const CREATE: &str = "\
    INSERT INTO versioned_values (key, revision, value, until) VALUES (?1, 1, ?2, ?3) ON CONFLICT (key) DO UPDATE \
    SET revision = 1, value = excluded.value, until = excluded.until WHERE versioned_values.until <= ?4 \
    RETURNING revision";

/// One statement, so it is atomic. ?1 key  ?2 value  ?3 until  ?4 now  ?5 expected
const UPDATE: &str = "UPDATE versioned_values SET revision = revision + 1, value = ?2, until = ?3 \
                      WHERE key = ?1 AND until > ?4 AND revision = ?5 RETURNING revision";

const DELETE: &str = "DELETE FROM versioned_values WHERE key = ?1";

/// Removes at most 200 ended rows, so that a call doesn't wait long for it.
const SWEEP: &str = "DELETE FROM versioned_values WHERE key IN \
                     (SELECT key FROM versioned_values WHERE until <= ?1 ORDER BY until LIMIT 200)";

/// The deadline of a call.
const CALL: Duration = Duration::from_secs(5);

/// The interval between two sweeps of an instance; a replacement starts the next one.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Values in the embedded database.
pub struct SqliteVersionedStore {
    connection: Rc<Connection>,
    last_sweep: Cell<Timestamp>,
}

impl SqliteVersionedStore {
    /// The values in the database of `connection`; creates the table if it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        for statement in [TABLE, INDEX] {
            run(&connection, statement, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        }
        Ok(Self { connection, last_sweep: Cell::new(Timestamp::from_millis(0)) })
    }

    async fn current(&self, key: &str, now: Timestamp) -> Result<Option<VersionedValue>, DatabaseError> {
        let rows = run(&self.connection, GET, vec![Value::from(key), time(now)]).await?;
        rows.first().map(held).transpose()
    }

    async fn replace_at(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<ReplaceResult, DatabaseError> {
        let mut parameters = vec![Value::from(key), Value::Blob(value.to_vec()), time(until), time(now)];
        parameters.extend(expected.map(integer));
        let statement = if expected.is_none() { CREATE } else { UPDATE };
        let rows = run(&self.connection, statement, parameters).await?;
        match rows.first() {
            Some(row) => row.get::<u64>(0).map(ReplaceResult::Written).ok_or_else(unreadable),
            None => self.current(key, now).await.map(ReplaceResult::Conflict),
        }
    }

    /// Removes ended rows once per interval. A row that stays longer only needs space.
    async fn sweep(&self, now: Timestamp) {
        if now.since(self.last_sweep.get()) >= SWEEP_EVERY {
            self.last_sweep.set(now);
            let _ = run(&self.connection, SWEEP, vec![time(now)]).await;
        }
    }
}

impl VersionedStore for SqliteVersionedStore {
    async fn get(&self, key: &str) -> Result<Option<VersionedValue>, VersionedStoreError> {
        within_bounds(key, &[])?;
        in_time(self.current(key, SpinClock.now())).await
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<u64>,
        value: &[u8],
        until: Timestamp,
    ) -> Result<ReplaceResult, VersionedStoreError> {
        within_bounds(key, value)?;
        let now = SpinClock.now();
        let replaced = async {
            let replaced = self.replace_at(key, expected, value, until, now).await;
            self.sweep(now).await;
            replaced
        };
        in_time(replaced).await
    }

    async fn delete(&self, key: &str) -> Result<(), VersionedStoreError> {
        within_bounds(key, &[])?;
        in_time(run(&self.connection, DELETE, vec![Value::from(key)])).await.map(drop)
    }
}

async fn in_time<T>(call: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, VersionedStoreError> {
    match within(CALL, call).await {
        Some(result) => result.map_err(|error| VersionedStoreError(error.to_string())),
        None => Err(VersionedStoreError(format!("no response within {} s", CALL.as_secs()))),
    }
}

fn held(row: &RowResult) -> Result<VersionedValue, DatabaseError> {
    match row.values.as_slice() {
        [Value::Integer(revision), Value::Blob(value)] => {
            Ok(VersionedValue { revision: u64::try_from(*revision).map_err(|_| unreadable())?, value: value.clone() })
        }
        _ => Err(unreadable()),
    }
}

fn unreadable() -> DatabaseError {
    DatabaseError("SQLite returned a row of another shape".to_owned())
}

fn time(time: Timestamp) -> Value {
    integer(time.millis())
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
