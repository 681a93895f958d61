//! Events as rows of the embedded database, bounded in number.

use std::rc::Rc;
use std::time::Duration;

use ports::AuditSinkError;
use ports::database::DatabaseError;
use spin_sdk::sqlite::{Connection, Value};

use crate::database::run;
use crate::fault::Fault;
use crate::outbox;
use crate::timer::within;

/// How many events may wait for the ledger. At 2 kB an event it is 200 MB: more than an hour of a ledger that is down, and
/// less than a disk.
pub const MOST_WAITING: i64 = 100_000;

/// As long as both ends of the primary key are close enough nothing is counted: an append costs the same however many wait.
/// An event that waits long at the head of what has been taken out widens the span; only then the rows are counted.
const APPEND: &str = "INSERT INTO outbox (id, event) SELECT ?1, ?2 \
                      WHERE (SELECT coalesce(max(sequence), 0) FROM outbox) \
                          - (SELECT coalesce(min(sequence), 1) FROM outbox) + 1 < ?3 \
                         OR (SELECT count(*) FROM outbox) < ?3 \
                      ON CONFLICT (id) DO NOTHING RETURNING 1";

const WAITS: &str = "SELECT 1 FROM outbox WHERE id = ?1";

/// How long an append may take; then it is an error.
const CALL: Duration = Duration::from_secs(5);

/// Events in the embedded database.
pub struct SqliteOutbox(Rc<Connection>);

impl SqliteOutbox {
    /// Appends in the database behind `connection`; makes the table where it is missing.
    pub async fn open(connection: Rc<Connection>) -> Result<Self, Fault> {
        let made = run(&connection, outbox::TABLE, vec![]).await;
        made.map_err(|error| Fault::store("default", "database", error))?;
        Ok(Self(connection))
    }

    /// Returns once the event is committed.
    pub async fn append(&self, id: &str, event: String) -> Result<(), AuditSinkError> {
        match within(CALL, self.insert(id, event)).await {
            Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(AuditSinkError(format!("{MOST_WAITING} events wait for the ledger already"))),
            Some(Err(error)) => Err(AuditSinkError(error.to_string())),
            None => Err(AuditSinkError(format!("no answer within {} s", CALL.as_secs()))),
        }
    }

    /// Whether the event waits now.
    async fn insert(&self, id: &str, event: String) -> Result<bool, DatabaseError> {
        let parameters = vec![Value::from(id), Value::Text(event), Value::Integer(MOST_WAITING)];
        if !run(&self.0, APPEND, parameters).await?.is_empty() {
            return Ok(true);
        }
        // No room, or an event that is here already.
        Ok(!run(&self.0, WAITS, vec![Value::from(id)]).await?.is_empty())
    }
}
