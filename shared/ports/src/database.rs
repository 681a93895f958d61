//! The `Database` port: tables in the SQLite dialect, written in transactions.

pub mod contract;
#[cfg(all(feature = "sqlite", not(target_arch = "wasm32")))]
pub mod memory;

use std::future::Future;

/// The database could not answer, or not in time; says nothing about whether a write happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database failed: {0}")]
pub struct DatabaseError(pub String);

/// What a column holds, or a parameter stands for. No binary floats: they can't hold money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// A whole number from −(2^53 − 1) to 2^53 − 1; hosts in between may know no larger ones.
    Integer(i64),
    /// Text.
    Text(String),
}

impl Value {
    /// The text, if it is one.
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
    /// The text; never made from anything that came from outside.
    pub sql: String,
    /// In order.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new(sql: impl Into<String>, parameters: impl Into<Vec<Value>>) -> Self {
        Self { sql: sql.into(), parameters: parameters.into() }
    }
}

/// Tables in the SQLite dialect.
///
/// *Contract*
/// - `write` runs its statements in order as one transaction: all of them happen, or none. When it fails or its caller
///   dies, that still holds, but which of the two is open.
/// - Of any number of writers at once, wherever they run, one goes after the other: a conflict on a primary key is met by
///   all but the first.
/// - A read that begins after a write has completed sees it (strong consistency).
/// - A parameter is a value, whatever is written in it.
/// - Text comes back character for character; NULL, the empty text and the whole numbers of [`Value::Integer`] exactly.
///   What is larger is asked for as text (`CAST(SUM(x) AS TEXT)`): sums inside the database are exact to 64 bits, and one
///   that is larger fails.
/// - The JSON functions of SQLite are there (`json_each`, `json_extract`).
/// - At most 100 parameters a statement, 1 MiB a parameter.
pub trait Database {
    /// Runs `statements` as one transaction.
    fn write(&self, statements: Vec<Statement>) -> impl Future<Output = Result<(), DatabaseError>>;

    /// The rows that `statement` selects, each with its columns in order.
    fn read(&self, statement: Statement) -> impl Future<Output = Result<Vec<Vec<Value>>, DatabaseError>>;
}
