//! The `Database` port in memory: SQLite itself, with faults that a test injects.
#![allow(clippy::expect_used, clippy::panic, reason = "for tests: a broken script is the test's own fault")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{Database, DatabaseError, Statement, Value};
use crate::objects::memory::Step;

/// A fault of one later `write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No fault: the write succeeds.
    None,
    /// An error before the write.
    FailsBefore,
    /// An error after the write, like a lost response.
    FailsAfter,
}

/// A SQLite database in memory, for one thread and any number of tasks.
pub struct MemoryDatabase {
    connection: RefCell<Connection>,
    faults: RefCell<VecDeque<Fault>>,
    yields: Cell<bool>,
}

impl MemoryDatabase {
    /// A database without tables.
    pub fn empty() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite should open");
        Self { connection: RefCell::new(connection), faults: RefCell::default(), yields: Cell::new(false) }
    }

    /// Runs a script of SQL statements.
    pub fn execute(&self, script: &str) {
        self.connection.borrow().execute_batch(script).expect("a script should run");
    }

    /// Queues a fault; each `write` takes the next one from the queue.
    pub fn at_write(&self, fault: Fault) {
        self.faults.borrow_mut().push_back(fault);
    }

    /// Makes every later write fail that needs another page.
    pub fn fill_up(&self) {
        let pages: i64 =
            self.connection.borrow().query_row("PRAGMA page_count", [], |row| row.get(0)).expect("a count");
        self.limit(pages);
    }

    /// Limits the database to this many pages of 4 KiB.
    pub fn limit(&self, pages: i64) {
        let set = format!("PRAGMA max_page_count = {pages}");
        self.connection.borrow().query_row(&set, [], |_| Ok(())).expect("a limit should be set");
    }

    /// Makes every later operation return `Pending` once before it runs and once after it.
    pub fn yield_between_steps(&self) {
        self.yields.set(true);
    }

    fn step(&self) -> Step {
        Step::new(self.yields.get())
    }

    fn transact(&self, statements: &[Statement]) -> Result<(), rusqlite::Error> {
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction()?;
        for statement in statements {
            transaction.execute(&statement.sql, params_from_iter(&statement.parameters))?;
        }
        transaction.commit()
    }

    fn select(&self, statement: &Statement) -> Result<Vec<Vec<Value>>, rusqlite::Error> {
        let connection = self.connection.borrow();
        let mut prepared = connection.prepare(&statement.sql)?;
        let columns = prepared.column_count();
        let rows = prepared.query_map(params_from_iter(&statement.parameters), |row| {
            (0..columns)
                .map(|column| match row.get_ref(column)? {
                    ValueRef::Null => Ok(Value::Null),
                    ValueRef::Integer(number) => Ok(Value::Integer(number)),
                    ValueRef::Text(text) => Ok(Value::Text(String::from_utf8_lossy(text).into_owned())),
                    other => panic!("the ledger should ask for no {}", other.data_type()),
                })
                .collect()
        })?;
        rows.collect()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(rusqlite::types::Null.into()),
            Self::Integer(number) => number.to_sql(),
            Self::Text(text) => text.to_sql(),
        }
    }
}

impl Database for MemoryDatabase {
    async fn write(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        self.step().await;
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        if fault == Fault::FailsBefore {
            return Err(DatabaseError("told to fail before the write".to_owned()));
        }
        self.transact(&statements).map_err(|error| DatabaseError(error.to_string()))?;
        self.step().await;
        if fault == Fault::FailsAfter {
            return Err(DatabaseError("told to fail after the write".to_owned()));
        }
        Ok(())
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DatabaseError> {
        self.step().await;
        self.select(&statement).map_err(|error| DatabaseError(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::database::contract::database_contract;

    #[test]
    fn memory_keeps_the_contract() {
        let findings =
            database_contract(&MemoryDatabase::empty(), "memory").now_or_never().expect("memory never waits");
        assert!(findings.iter().all(|finding| finding.kept), "{findings:#?}");
    }
}
