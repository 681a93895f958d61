//! Claims as rows of the embedded database: its unique key lets only one of them in.

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

/// A row whose time has passed counts as none. One statement, so nothing can come in between.
const CLAIM: &str = "INSERT INTO once_claims (key, until) VALUES (?1, ?2) \
                     ON CONFLICT (key) DO UPDATE SET until = excluded.until WHERE once_claims.until <= ?3 RETURNING 1";

/// A few at a time: nobody's claim should wait long behind it.
const SWEEP: &str =
    "DELETE FROM once_claims WHERE key IN (SELECT key FROM once_claims WHERE until <= ?1 ORDER BY until LIMIT 200)";

/// How long a claim may take; then it is an error.
const CALL: Duration = Duration::from_secs(5);

/// How often an instance sweeps, at the next claim.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Claims in the embedded database.
pub struct SqliteOnce {
    connection: Rc<Connection>,
    swept: Cell<Timestamp>,
}

impl SqliteOnce {
    /// Claims in the database behind `connection`; makes the table where it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        for statement in [TABLE, INDEX] {
            run(&connection, statement, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        }
        Ok(Self { connection, swept: Cell::new(Timestamp::from_millis(0)) })
    }

    /// What has expired goes, now and then. Rows that stay longer cost nothing but room.
    async fn sweep(&self, now: Timestamp) {
        if now.since(self.swept.get()) >= SWEEP_EVERY {
            self.swept.set(now);
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
            None => Err(OnceError(format!("no answer within {} s", CALL.as_secs()))),
        }
    }
}

fn number(time: Timestamp) -> Value {
    Value::Integer(i64::try_from(time.millis()).unwrap_or(i64::MAX))
}
