//! `Database` on Spin: the SQLite database `default`, embedded or at the place that Spin's runtime configuration names.
//!
//! Each connection of a component is a connection of SQLite, so a transaction uses a connection of its own, separate
//! from the statements of other requests. Its first statement takes the write lock (`BEGIN IMMEDIATE`); the host waits
//! for the lock up to 5 s. SQLite rolls a transaction back if its connection closes early, after a failure or the
//! instance's end.

use std::rc::Rc;
use std::time::Duration;

use ports::database::{Database, DatabaseError, Statement, Value};
use spin_sdk::sqlite::{self, Connection, RowResult};

use crate::fault::Fault;
use crate::timer::within;

/// The label that Spin defines without a runtime configuration.
const LABEL: &str = "default";

/// Write-ahead log: readers don't block the writer, and a commit syncs once. The file keeps the setting.
const JOURNAL: &str = "PRAGMA journal_mode = WAL";

/// The deadline of a read or a transaction: longer than SQLite's wait for a lock (5 s).
const CALL: Duration = Duration::from_secs(15);

/// Opens a new connection.
pub(crate) async fn open() -> Result<Connection, Fault> {
    let connection = connect().await.map_err(|error| Fault::store(LABEL, "database", error))?;
    // Fails while another connection writes and for remote databases; the journal mode then stays as it is.
    let _ = run(&connection, JOURNAL, vec![]).await;
    Ok(connection)
}

/// Opens a new connection, without any setting.
pub(crate) async fn connect() -> Result<Connection, DatabaseError> {
    Connection::open(LABEL).await.map_err(failed)
}

/// Runs one statement to its end and returns its rows; Spin reports a failed commit after the rows.
pub(crate) async fn run(
    connection: &Connection,
    sql: &str,
    parameters: Vec<sqlite::Value>,
) -> Result<Vec<RowResult>, DatabaseError> {
    connection.execute(sql, parameters).await.map_err(failed)?.collect().await.map_err(failed)
}

fn failed(error: sqlite::Error) -> DatabaseError {
    DatabaseError(error.to_string())
}

/// The result of `call`, or an error after [`CALL`].
pub(crate) async fn in_time<T>(call: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    let late = || Err(DatabaseError(format!("no response within {} s", CALL.as_secs())));
    within(CALL, call).await.unwrap_or_else(late)
}

/// The database `default`.
#[derive(Clone)]
pub struct SpinDatabase(Rc<Connection>);

impl SpinDatabase {
    /// Opens the database.
    ///
    /// # Errors
    /// The manifest doesn't grant it, or Spin has none.
    pub async fn open() -> Result<Self, Fault> {
        open().await.map(Rc::new).map(Self)
    }

    /// Runs one statement on the connection that all requests share.
    pub(crate) async fn run(&self, sql: &str, parameters: Vec<sqlite::Value>) -> Result<Vec<RowResult>, DatabaseError> {
        in_time(run(&self.0, sql, parameters)).await
    }
}

impl Database for SpinDatabase {
    async fn write(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        // A single statement is a transaction.
        match <[Statement; 1]>::try_from(statements) {
            Ok([only]) => self.run(&only.sql, parameters(only.parameters)).await.map(drop),
            Err(statements) => in_time(transact(statements)).await,
        }
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DatabaseError> {
        let rows = self.run(&statement.sql, parameters(statement.parameters)).await?;
        rows.into_iter().map(|row| row.values.into_iter().map(value).collect()).collect()
    }
}

/// Runs `statements` in one transaction on a connection of its own.
async fn transact(statements: Vec<Statement>) -> Result<(), DatabaseError> {
    let connection = connect().await?;
    run(&connection, "BEGIN IMMEDIATE", vec![]).await?;
    let result = async {
        for statement in statements {
            run(&connection, &statement.sql, parameters(statement.parameters)).await?;
        }
        run(&connection, "COMMIT", vec![]).await.map(drop)
    };
    let result = result.await;
    if result.is_err() {
        // Closing the connection would also roll back, but later; an error means that SQLite already has.
        let _ = run(&connection, "ROLLBACK", vec![]).await;
    }
    result
}

fn parameters(values: Vec<Value>) -> Vec<sqlite::Value> {
    let parameter = |value| match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(number) => sqlite::Value::Integer(number),
        Value::Text(text) => sqlite::Value::Text(text),
    };
    values.into_iter().map(parameter).collect()
}

fn value(value: sqlite::Value) -> Result<Value, DatabaseError> {
    match value {
        sqlite::Value::Null => Ok(Value::Null),
        sqlite::Value::Integer(number) => Ok(Value::Integer(number)),
        sqlite::Value::Text(text) => Ok(Value::Text(text)),
        sqlite::Value::Real(_) | sqlite::Value::Blob(_) => {
            Err(DatabaseError("SQLite returned a value that is neither a whole number nor text".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cross_exactly() {
        let values = vec![Value::Null, Value::Integer(-9_007_199_254_740_991), Value::from("a\0水")];
        let back: Result<Vec<Value>, DatabaseError> = parameters(values.clone()).into_iter().map(value).collect();
        assert_eq!(back, Ok(values));
        assert!(value(sqlite::Value::Real(0.1)).is_err(), "a binary float should never pass for money");
    }
}
