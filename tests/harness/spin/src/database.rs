//! The SQLite database `default`: one connection for each that a guest opens, as in Spin.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{
    hooks::{AuthAction, AuthContext, Authorization},
    types::{Value as Bound, ValueRef},
};
use tokio::sync::{mpsc, oneshot};

use crate::bindings::sqlite::sqlite::{Error, RowResult, Value};

/// Rows on their way to the guest. More of them wait inside SQLite, which keeps its read lock meanwhile, as in Spin.
const ROWS_AHEAD: usize = 4;

/// The label of the only database.
pub const LABEL: &str = "default";

/// Its path in the state folder.
pub fn path(state: &Path) -> PathBuf {
    state.join("sqlite_db.db")
}

/// A guest's connection; clones share it.
#[derive(Clone)]
pub struct Connection(Arc<Mutex<rusqlite::Connection>>);

/// The result of a statement: column names at once, rows as they come, and the outcome at the end.
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: mpsc::Receiver<RowResult>,
    pub end: oneshot::Receiver<Result<(), Error>>,
}

impl Connection {
    /// Opens the file and waits for a busy one: 5 s, rusqlite's default.
    pub async fn open(path: PathBuf) -> Result<Self, Error> {
        blocking(move || {
            let mut connection = rusqlite::Connection::open(path)?;
            // Other files can't be attached, as in Spin.
            connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
                AuthAction::Attach { filename } if !["", ":memory:"].contains(&filename) => Authorization::Deny,
                _ => Authorization::Allow,
            }))?;
            Ok(Self(Arc::new(Mutex::new(connection))))
        })
        .await
    }

    /// Runs a statement. Its errors, even of syntax, come with the outcome at the end, as in Spin.
    pub async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Answer, Error> {
        let (columns_sender, columns) = oneshot::channel();
        let (rows_sender, rows) = mpsc::channel(ROWS_AHEAD);
        let (end_sender, end) = oneshot::channel();
        let connection = self.0.clone();
        tokio::task::spawn_blocking(move || {
            let result = run(&connection, &statement, parameters, columns_sender, &rows_sender);
            // The guest may have ended.
            let _ = end_sender.send(result);
        });
        // Without names the statement was wrong: `end` has the error.
        Ok(Answer { columns: columns.await.unwrap_or_default(), rows, end })
    }

    /// The row id of the latest insert.
    pub async fn last_insert_rowid(&self) -> Result<i64, Error> {
        self.ask(rusqlite::Connection::last_insert_rowid).await
    }

    /// The number of rows that the latest statement changed.
    pub async fn changes(&self) -> Result<u64, Error> {
        self.ask(rusqlite::Connection::changes).await
    }

    async fn ask<T: Send + 'static>(&self, question: fn(&rusqlite::Connection) -> T) -> Result<T, Error> {
        let connection = self.0.clone();
        blocking(move || Ok(question(&connection.lock().unwrap_or_else(PoisonError::into_inner)))).await
    }
}

fn run(
    connection: &Mutex<rusqlite::Connection>,
    statement: &str,
    parameters: Vec<Value>,
    columns: oneshot::Sender<Vec<String>>,
    rows: &mpsc::Sender<RowResult>,
) -> Result<(), Error> {
    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let mut statement = connection.prepare_cached(statement).map_err(failed)?;
    // The guest may have ended: a statement that changes rows runs nevertheless.
    let _ = columns.send(statement.column_names().map(str::to_owned).collect());
    let width = statement.column_count();
    let parameters = rusqlite::params_from_iter(parameters.into_iter().map(bound));
    let mut found = statement.query(parameters).map_err(failed)?;
    while let Some(row) = found.next().map_err(failed)? {
        let values = (0..width).map(|column| value(row.get_ref(column)?)).collect::<Result<_, _>>().map_err(failed)?;
        if rows.blocking_send(RowResult { values }).is_err() {
            return Err(Error::Io("row send error".to_owned()));
        }
    }
    Ok(())
}

fn bound(value: Value) -> Bound {
    match value {
        Value::Null => Bound::Null,
        Value::Integer(number) => Bound::Integer(number),
        Value::Real(number) => Bound::Real(number),
        Value::Text(text) => Bound::Text(text),
        Value::Blob(bytes) => Bound::Blob(bytes),
    }
}

fn value(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text)?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

fn failed(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Io(error.to_string()))?.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(connection: &Connection, statement: &str) -> (usize, Result<(), String>) {
        let answer = connection.execute(statement.to_owned(), Vec::new()).await;
        let mut answer = answer.expect("what is wrong shows at the end");
        let mut rows = 0;
        while answer.rows.recv().await.is_some() {
            rows += 1;
        }
        let end = answer.end.await.expect("there should be an end");
        (rows, end.map_err(|error| error.to_string()))
    }

    #[tokio::test]
    async fn faulty_statement_fails_at_its_end() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let connection = Connection::open(path(folder.path())).await.expect("the file should open");
        assert_eq!(run(&connection, "CREATE TABLE claims (key TEXT PRIMARY KEY)").await, (0, Ok(())));
        assert_eq!(run(&connection, "INSERT INTO claims VALUES ('a'), ('b')").await, (0, Ok(())));
        assert_eq!(connection.changes().await.expect("the connection should answer"), 2);
        assert_eq!(run(&connection, "SELECT * FROM claims").await, (2, Ok(())));
        let (_, twice) = run(&connection, "INSERT INTO claims VALUES ('a')").await;
        assert!(twice.is_err_and(|error| error.contains("UNIQUE")), "a key should be taken once");
        assert!(run(&connection, "SELEC").await.1.is_err(), "a syntax error should be reported");
    }

    #[tokio::test]
    async fn other_file_can_not_be_attached() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let connection = Connection::open(path(folder.path())).await.expect("the file should open");
        assert!(run(&connection, "ATTACH '/etc/passwd' AS other").await.1.is_err(), "a file should not be attached");
        assert_eq!(run(&connection, "ATTACH ':memory:' AS other").await.1, Ok(()), "memory is no file");
    }

    #[tokio::test]
    async fn unread_rows_delay_writer() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let reader = Connection::open(path(folder.path())).await.expect("the file should open");
        let writer = Connection::open(path(folder.path())).await.expect("the file should open twice");
        assert_eq!(run(&reader, "CREATE TABLE numbers (n INTEGER)").await.1, Ok(()));
        let many = "WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 50)
            INSERT INTO numbers SELECT n FROM up";
        assert_eq!(run(&reader, many).await.1, Ok(()));
        let reading = reader.execute("SELECT n FROM numbers".to_owned(), Vec::new()).await;
        let reading = reading.expect("the statement should start");
        let locked = {
            let patience = "PRAGMA busy_timeout = 10";
            assert_eq!(run(&writer, patience).await.1, Ok(()));
            run(&writer, "DELETE FROM numbers").await.1
        };
        assert_eq!(locked, Err("Error::Io(\"database is locked\")".to_owned()), "as in Spin");
        drop(reading);
    }
}
