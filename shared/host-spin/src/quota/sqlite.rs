//! Windows in the embedded database: one row per window.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ports::database::DatabaseError;
use ports::{Clock, Quota, QuotaError, TakeResult, Timestamp};
use spin_sdk::sqlite::{Connection, Value};

use super::{MIN_ENDS_IN, millis, signed};
use crate::clock::SpinClock;
use crate::database::run;
use crate::fault::Fault;
use crate::timer::within;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS quota_windows \
                     (key TEXT PRIMARY KEY, taken INTEGER NOT NULL, ends INTEGER NOT NULL) WITHOUT ROWID";

const INDEX: &str = "CREATE INDEX IF NOT EXISTS quota_windows_ends ON quota_windows (ends)";

/// One statement, so it is atomic. A window that has ended counts as none, and so does one that ends later than any
/// window can: the clock was set back.
///
/// ?1 key  ?2 amount  ?3 limit  ?4 now  ?5 window
const TAKE: &str = "\
    INSERT INTO quota_windows (key, taken, ends) SELECT ?1, ?2, ?4 + ?5 WHERE ?2 <= ?3 \
    ON CONFLICT (key) DO UPDATE SET \
        taken = iif(quota_windows.ends > ?4 AND quota_windows.ends <= ?4 + 2 * ?5, quota_windows.taken, 0) + ?2, \
        ends = iif(quota_windows.ends > ?4 AND quota_windows.ends <= ?4 + 2 * ?5, quota_windows.ends, ?4 + ?5) \
    WHERE quota_windows.ends <= ?4 OR quota_windows.ends > ?4 + 2 * ?5 OR quota_windows.taken + ?2 <= ?3 \
    RETURNING taken";

/// Selects the end of a running window.
const ENDS: &str = "SELECT ends FROM quota_windows WHERE key = ?1 AND ends > ?2";

/// Removes at most 200 windows that have ended, so that a call doesn't wait long for it.
const SWEEP: &str =
    "DELETE FROM quota_windows WHERE key IN (SELECT key FROM quota_windows WHERE ends <= ?1 ORDER BY ends LIMIT 200)";

/// The deadline of a take.
const CALL: Duration = Duration::from_secs(5);

/// The interval between two sweeps of an instance; a take starts the next one.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Windows in the embedded database.
pub struct SqliteQuota {
    connection: Rc<Connection>,
    last_sweep: Cell<Timestamp>,
}

impl SqliteQuota {
    /// The windows in the database of `connection`; creates the table if it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        for statement in [TABLE, INDEX] {
            run(&connection, statement, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        }
        Ok(Self { connection, last_sweep: Cell::new(Timestamp::from_millis(0)) })
    }

    /// Takes `amount` at the instant `now`.
    async fn take_at(
        &self,
        key: &str,
        amount: u64,
        limit: u64,
        window: Duration,
        now: Timestamp,
    ) -> Result<TakeResult, DatabaseError> {
        let mut parameters = vec![Value::from(key)];
        parameters.extend([signed(amount), signed(limit), signed(now.millis()), millis(window)].map(Value::Integer));
        let rows = run(&self.connection, TAKE, parameters).await?;
        if let Some(taken) = rows.first().and_then(|row| row.get::<u64>(0)) {
            return Ok(TakeResult::Left(limit.saturating_sub(taken)));
        }
        let rows = run(&self.connection, ENDS, vec![Value::from(key), Value::Integer(signed(now.millis()))]).await?;
        let ends = rows.first().and_then(|row| row.get::<u64>(0)).map(Timestamp::from_millis);
        // No row: the amount exceeds the limit of any window.
        Ok(TakeResult::Exhausted { ends_in: ends.map_or(window, |ends| ends.since(now)).max(MIN_ENDS_IN) })
    }

    /// Removes windows that have ended, once per interval. A row that stays longer only needs space.
    async fn sweep(&self, now: Timestamp) {
        if now.since(self.last_sweep.get()) >= SWEEP_EVERY {
            self.last_sweep.set(now);
            let _ = run(&self.connection, SWEEP, vec![Value::Integer(signed(now.millis()))]).await;
        }
    }
}

impl Quota for SqliteQuota {
    async fn take(&self, key: &str, amount: u64, limit: u64, window: Duration) -> Result<TakeResult, QuotaError> {
        let now = SpinClock.now();
        let taken = within(CALL, async {
            let taken = self.take_at(key, amount, limit, window, now).await;
            self.sweep(now).await;
            taken
        });
        match taken.await {
            Some(taken) => taken.map_err(|error| QuotaError(error.to_string())),
            None => Err(QuotaError(format!("no response within {} s", CALL.as_secs()))),
        }
    }
}
