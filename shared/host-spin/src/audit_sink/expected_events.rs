//! Notes of expected events in the embedded database: a row until the event is in the outbox.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ports::database::DatabaseError;
use ports::{AuditSinkError, Clock, Timestamp};
use spin_sdk::sqlite::{Connection, RowResult, Value};

use crate::clock::SpinClock;
use crate::database::{self, run};
use crate::fault::Fault;
use crate::timer::within;

/// The table keeps its first name, `owed_events`, so that deployments keep their rows.
const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS owed_events (id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID";

/// Removes the row in the transaction that accepts the event, so it costs no commit.
const TRIGGER: &str = "CREATE TRIGGER IF NOT EXISTS outbox_settles AFTER INSERT ON outbox \
                       BEGIN DELETE FROM owed_events WHERE id = NEW.id; END";

/// With this setting only a power cut loses a write, not the end of the process; a power cut ends all requests anyway.
/// So a note doesn't wait for the disk.
const UNSYNCED: &str = "PRAGMA synchronous = NORMAL";

const NOTE: &str = "INSERT INTO owed_events (id, until) VALUES (?1, ?2) \
                   ON CONFLICT (id) DO UPDATE SET until = excluded.until";

/// Takes at most 1,000 at once, so that an event doesn't wait long for it.
const TAKE: &str = "DELETE FROM owed_events WHERE id IN \
                    (SELECT id FROM owed_events WHERE until <= ?1 LIMIT 1000) RETURNING 1";

/// The deadline of a call.
const CALL: Duration = Duration::from_secs(5);

/// The notes in the embedded database.
pub struct ExpectedEvents {
    /// Opened by the first note, because its settings differ from those of the outbox's connection.
    connection: RefCell<Option<Rc<Connection>>>,
}

impl ExpectedEvents {
    /// Creates the table and the trigger if they are missing; the outbox must be there.
    pub async fn open(connection: &Connection) -> Result<Self, Fault> {
        for statement in [TABLE, TRIGGER] {
            run(connection, statement, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        }
        Ok(Self { connection: RefCell::default() })
    }

    /// Notes that the event `id` is expected before `until`.
    pub async fn note_expected(&self, id: &str, until: Timestamp) -> Result<(), AuditSinkError> {
        self.call(NOTE, vec![Value::from(id), time(until)]).await.map(drop)
    }

    /// Removes the notes that are past their `until`, and returns their number.
    pub async fn remove_lost(&self) -> Result<u64, AuditSinkError> {
        self.call(TAKE, vec![time(SpinClock.now())]).await.map(|rows| rows.len() as u64)
    }

    async fn call(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<RowResult>, AuditSinkError> {
        let called = within(CALL, async {
            let connection = self.connection().await?;
            run(&connection, sql, parameters).await
        });
        match called.await {
            Some(rows) => rows.map_err(|error| AuditSinkError(error.to_string())),
            None => Err(AuditSinkError(format!("no answer within {} s", CALL.as_secs()))),
        }
    }

    async fn connection(&self) -> Result<Rc<Connection>, DatabaseError> {
        if let Some(connection) = self.connection.borrow().clone() {
            return Ok(connection);
        }
        let connection = Rc::new(database::connect().await?);
        run(&connection, UNSYNCED, vec![]).await?;
        // Another request may have been faster; its connection is kept.
        Ok(self.connection.borrow_mut().get_or_insert(connection).clone())
    }
}

fn time(time: Timestamp) -> Value {
    Value::Integer(i64::try_from(time.millis()).unwrap_or(i64::MAX))
}
