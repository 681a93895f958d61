//! `Database` on Spin: the SQLite database `default`, embedded or where Spin's runtime configuration puts it.
//!
//! Every connection that a component opens is one of SQLite's own, so a transaction is a connection that nobody else has:
//! what other requests of the instance run meanwhile is outside of it. Its first statement takes the write lock
//! (`BEGIN IMMEDIATE`); who finds it taken waits for it, outside of the component, up to five seconds. A connection that is
//! let go of in the middle, because something failed or the instance died, is rolled back.

use std::rc::Rc;
use std::time::Duration;

use ports::database::{Database, DatabaseError, Statement, Value};
use spin_sdk::sqlite::{self, Connection, RowResult};

use crate::fault::Fault;
use crate::timer::within;

/// The label that Spin knows without any runtime configuration.
const LABEL: &str = "default";

/// Readers and a writer go on side by side, and a commit waits for the disk once; the file remembers it.
const JOURNAL: &str = "PRAGMA journal_mode = WAL";

/// How long a read or a transaction may take: more than SQLite waits for a lock.
const CALL: Duration = Duration::from_secs(15);

/// A connection of its own.
pub(crate) async fn open() -> Result<Connection, Fault> {
    let connection = connect().await.map_err(|error| Fault::store(LABEL, "database", error))?;
    // Refused while others write, and by databases that keep no file here: then they stay as they are.
    let _ = run(&connection, JOURNAL, vec![]).await;
    Ok(connection)
}

async fn connect() -> Result<Connection, DatabaseError> {
    Connection::open(LABEL).await.map_err(failed)
}

/// Runs one statement to its end, and only then gives its rows: a commit that fails is told behind them.
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

/// What `call` gives within its time.
pub(crate) async fn in_time<T>(call: impl Future<Output = Result<T, DatabaseError>>) -> Result<T, DatabaseError> {
    let late = || Err(DatabaseError(format!("no answer within {} s", CALL.as_secs())));
    within(CALL, call).await.unwrap_or_else(late)
}

/// The tables of the books.
#[derive(Clone)]
pub struct SpinDatabase(Rc<Connection>);

impl SpinDatabase {
    /// The database that the manifest grants to the component.
    ///
    /// # Errors
    /// It grants none, or Spin has none.
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
        // One statement is a transaction already.
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

async fn transact(statements: Vec<Statement>) -> Result<(), DatabaseError> {
    let connection = connect().await?;
    run(&connection, "BEGIN IMMEDIATE", vec![]).await?;
    let done = async {
        for statement in statements {
            run(&connection, &statement.sql, parameters(statement.parameters)).await?;
        }
        run(&connection, "COMMIT", vec![]).await.map(drop)
    };
    let done = done.await;
    if done.is_err() {
        // SQLite may have done so itself, and letting go of the connection would: this only does it now.
        let _ = run(&connection, "ROLLBACK", vec![]).await;
    }
    done
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
            Err(DatabaseError("a row holds neither a whole number nor text".to_owned()))
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
