//! The outbox in the embedded database: events as rows, in the order of acceptance.

use ports::database::DatabaseError;
use ports::outbox::{Handle, OutboxError, OutboxEvent};
use spin_sdk::sqlite::{RowResult, Value};

use super::ROW;
use crate::database::SpinDatabase;
use crate::fault::Fault;

/// `AUTOINCREMENT` never reuses a number, so a number identifies one event for ever.
pub const TABLE: &str = "CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL)";

const TAKE: &str = "SELECT sequence, event FROM outbox WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
const REMOVE: &str = "DELETE FROM outbox WHERE sequence IN (SELECT value FROM json_each(?1))";
const LEFT: &str = "SELECT COUNT(*) FROM outbox";

/// The table `outbox`.
pub struct SqliteRows(SpinDatabase);

impl SqliteRows {
    /// The rows in `database`; creates the table if it is missing.
    ///
    /// # Errors
    /// The table can't be created.
    pub async fn open(database: SpinDatabase) -> Result<Self, Fault> {
        database.run(TABLE, vec![]).await.map_err(|error| Fault::store("default", "database", error))?;
        Ok(Self(database))
    }

    async fn run(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<RowResult>, OutboxError> {
        self.0.run(sql, parameters).await.map_err(|DatabaseError(error)| OutboxError(error))
    }

    /// The rows after number `after`.
    pub(super) async fn take(&self, after: Option<&str>, limit: usize) -> Result<Vec<OutboxEvent>, OutboxError> {
        let after = after.map_or(Ok(0), str::parse::<i64>).map_err(|_| malformed())?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let waiting = |row: RowResult| match <[Value; 2]>::try_from(row.values) {
            Ok([Value::Integer(number), Value::Text(body)]) => {
                Ok(OutboxEvent { handle: Handle(format!("{ROW}{number}")), body })
            }
            _ => Err(malformed()),
        };
        self.run(TAKE, vec![after.into(), limit.into()]).await?.into_iter().map(waiting).collect()
    }

    /// Removes the rows with these numbers.
    pub(super) async fn remove(&self, numbers: &[&str]) -> Result<(), OutboxError> {
        let numbers: Result<Vec<i64>, _> = numbers.iter().map(|number| number.parse::<i64>()).collect();
        let numbers: Vec<String> = numbers.map_err(|_| malformed())?.iter().map(i64::to_string).collect();
        self.run(REMOVE, vec![format!("[{}]", numbers.join(",")).into()]).await.map(drop)
    }

    /// The number of rows.
    pub(super) async fn left(&self) -> Result<u64, OutboxError> {
        let count = self.run(LEFT, vec![]).await?.first().and_then(|row| row.get::<u64>(0));
        count.ok_or_else(malformed)
    }
}

fn malformed() -> OutboxError {
    OutboxError("a row or a handle is not one of this outbox".to_owned())
}
