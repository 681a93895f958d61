//! The audit sink in the embedded database: events as rows, bounded in number.

use std::rc::Rc;
use std::time::Duration;

use ports::AuditSinkError;
use ports::database::DatabaseError;
use spin_sdk::sqlite::{Connection, Value};

use crate::database::run;
use crate::fault::Fault;
use crate::outbox;
use crate::timer::within;

/// Events that may wait for the ledger: at 2 kB per event 200 MB, enough for more than an hour without a ledger and
/// less than a disk.
pub const MOST_WAITING: i64 = 100_000;

/// Inserts an event if there is room. While the span of the primary key is below the bound, no row is counted, so an
/// append costs the same at any length. Rows are counted only after an old event that remains has widened the span.
const APPEND: &str = "INSERT INTO outbox (id, event) SELECT ?1, ?2 \
                      WHERE (SELECT coalesce(max(sequence), 0) FROM outbox) \
                          - (SELECT coalesce(min(sequence), 1) FROM outbox) + 1 < ?3 \
                         OR (SELECT count(*) FROM outbox) < ?3 \
                      ON CONFLICT (id) DO NOTHING RETURNING 1";

/// Selects one row if the outbox has the event.
const WAITS: &str = "SELECT 1 FROM outbox WHERE id = ?1";

/// The deadline of an append.
const CALL: Duration = Duration::from_secs(5);

/// The outbox in the embedded database.
pub struct SqliteOutbox(Rc<Connection>);

impl SqliteOutbox {
    /// The outbox in the database of `connection`; creates the table if it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        let made = run(&connection, outbox::TABLE, vec![]).await;
        made.map_err(|error| Fault::store("default", "database", error))?;
        Ok(Self(connection))
    }

    /// Returns when the event is committed.
    pub async fn append(&self, id: &str, event: String) -> Result<(), AuditSinkError> {
        match within(CALL, self.insert(id, event)).await {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => {
                Err(AuditSinkError(format!("the outbox is full: {MOST_WAITING} events wait for the ledger")))
            }
            Some(Err(error)) => Err(AuditSinkError(error.to_string())),
            None => Err(AuditSinkError(format!("no answer within {} s", CALL.as_secs()))),
        }
    }

    /// True if the event is in the outbox now; false if there is no room.
    async fn insert(&self, id: &str, event: String) -> Result<bool, DatabaseError> {
        let parameters = vec![Value::from(id), Value::Text(event), Value::Integer(MOST_WAITING)];
        if !run(&self.0, APPEND, parameters).await?.is_empty() {
            return Ok(true);
        }
        // No room, or the event was inserted before.
        Ok(!run(&self.0, WAITS, vec![Value::from(id)]).await?.is_empty())
    }
}
