//! The `Database` port: tables in the SQLite dialect, with transactional writes.

pub mod contract;
#[cfg(all(feature = "sqlite", not(target_arch = "wasm32")))]
pub mod memory;

use std::future::Future;

/// The database failed or exceeded its deadline; a write may have happened all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct DatabaseError(pub String);

/// The value of a column or a parameter. Binary floats are left out: they can't represent money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// A whole number from −(2^53 − 1) to 2^53 − 1, the exact range of JavaScript hosts.
    Integer(i64),
    /// `TEXT`.
    Text(String),
}

impl Value {
    /// The text; `None` for any other value.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One statement in the SQLite dialect and the values of its parameters `?1`, `?2`, ….
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL text; never contains external input.
    pub sql: String,
    /// The values of `?1`, `?2`, … in order, at most 100.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement and its parameters.
    pub fn new(sql: impl Into<String>, parameters: impl Into<Vec<Value>>) -> Self {
        Self { sql: sql.into(), parameters: parameters.into() }
    }
}

/// Tables in the SQLite dialect.
///
/// *Contract*
/// - `write` runs its statements in order as one transaction: all of them take effect, or none. That also holds if it
///   fails or its caller dies, but then the transaction may or may not be committed.
/// - Concurrent writers, in any process, are serialized: all but the first meet a conflict on a primary key.
/// - A read that begins after a write has completed sees it (strong consistency).
/// - A parameter is always a value, never SQL.
/// - Text comes back character for character; NULL, the empty text and the whole numbers of [`Value::Integer`] exactly.
///   A larger number is selected as text (`CAST(SUM(x) AS TEXT)`): sums in the database are exact to 64 bits, and a
///   larger sum fails.
/// - The JSON functions of SQLite are available (`json_each`, `json_extract`).
/// - At most 100 parameters per statement and 1 MiB per parameter.
pub trait Database {
    /// Runs `statements` as one transaction.
    fn write(&self, statements: Vec<Statement>) -> impl Future<Output = Result<(), DatabaseError>>;

    /// The rows that `statement` selects, each with its columns in order.
    fn read(&self, statement: Statement) -> impl Future<Output = Result<Vec<Vec<Value>>, DatabaseError>>;
}
