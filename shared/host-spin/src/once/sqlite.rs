//! Claims in the embedded database: one row per claim, under a unique key.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ports::database::DatabaseError;
use ports::{Claim, Clock, Once, OnceError, Timestamp};
use spin_sdk::sqlite::{Connection, Value};

use crate::clock::SpinClock;
use crate::database::run;
use crate::fault::Fault;
use crate::timer::within;

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS once_claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";

const INDEX: &str = "CREATE INDEX IF NOT EXISTS once_claims_until ON once_claims (until)";

/// An expired row counts as none. One statement, so it is atomic.
const CLAIM: &str = "INSERT INTO once_claims (key, until) VALUES (?1, ?2) \
                     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE once_claims.until <= ?3 RETURNING 1";

/// Removes at most 200 expired rows, so that a claim doesn't wait long for it.
const SWEEP: &str =
    "DELETE FROM once_claims WHERE key IN (SELECT key FROM once_claims WHERE until <= ?1 ORDER BY until LIMIT 200)";

/// The deadline of a claim.
const CALL: Duration = Duration::from_secs(5);

/// The interval between two sweeps of an instance; a claim starts the next one.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Claims in the embedded database.
pub struct SqliteOnce {
    connection: Rc<Connection>,
    last_sweep: Cell<Timestamp>,
}

impl SqliteOnce {
    /// The claims in the database of `connection`; creates the table if it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        for statement in [TABLE, INDEX] {
            run(&connection, statement, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        }
        Ok(Self { connection, last_sweep: Cell::new(Timestamp::from_millis(0)) })
    }

    /// Removes expired rows once per interval. A row that stays longer only needs space.
    async fn sweep(&self, now: Timestamp) {
        if now.since(self.last_sweep.get()) >= SWEEP_EVERY {
            self.last_sweep.set(now);
            let _ = run(&self.connection, SWEEP, vec![number(now)]).await;
        }
    }
}

impl Once for SqliteOnce {
    async fn claim(&self, key: &str, until: Timestamp) -> Result<Claim, OnceError> {
        let now = SpinClock.now();
        let claimed = within(CALL, async {
            let rows = run(&self.connection, CLAIM, vec![Value::from(key), number(until), number(now)]).await?;
            self.sweep(now).await;
            Ok(rows)
        });
        match claimed.await {
            Some(Ok(rows)) if rows.is_empty() => Ok(Claim::Replayed),
            Some(Ok(_)) => Ok(Claim::First),
            Some(Err::<_, DatabaseError>(error)) => Err(OnceError(error.to_string())),
            None => Err(OnceError(format!("no response within {} s", CALL.as_secs()))),
        }
    }
}

fn number(time: Timestamp) -> Value {
    Value::Integer(i64::try_from(time.millis()).unwrap_or(i64::MAX))
}
