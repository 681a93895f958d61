//! `Database` on Workers: a D1 database.
//!
//! A transaction crosses into JavaScript as one JSON text and so do the rows of a read; JSON represents every `Value`
//! exactly.

use js_sys::futures::JsFuture;
use ports::database::{Database, DatabaseError, Statement, Value};
use serde_json::Value as Json;
use wasm_bindgen::JsValue;

use crate::bindings::{BindingError, Tables, find};
use crate::glue;

/// A D1 database.
#[derive(Clone)]
pub struct WorkersDatabase(Tables);

impl WorkersDatabase {
    /// The database with the binding `name`.
    pub fn bind(environment: &JsValue, name: &'static str) -> Result<Self, BindingError> {
        find(environment, name, "a D1 database", "batch").map(Self)
    }
}

impl Database for WorkersDatabase {
    async fn write(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        let statements: Json = statements.into_iter().map(statement_json).collect();
        JsFuture::from(glue::transact(&self.0, &statements.to_string())).await.map(drop).map_err(failed)
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DatabaseError> {
        let rows = JsFuture::from(glue::rows(&self.0, &statement_json(statement).to_string())).await.map_err(failed)?;
        let malformed = |fault: &str| DatabaseError(format!("D1 returned {fault}"));
        let rows: Vec<Vec<Json>> =
            serde_json::from_str(&rows.as_string().unwrap_or_default()).map_err(|_| malformed("no list of rows"))?;
        let value = |value| match value {
            Json::Null => Ok(Value::Null),
            Json::String(text) => Ok(Value::Text(text)),
            Json::Number(number) => {
                number.as_i64().map(Value::Integer).ok_or_else(|| malformed("a number that is not whole"))
            }
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                Err(malformed("a value that is neither a number nor text"))
            }
        };
        rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect()
    }
}

/// The statement as `[SQL, [PARAMETER, …]]`.
fn statement_json(statement: Statement) -> Json {
    let parameters = statement.parameters.into_iter().map(|value| match value {
        Value::Null => Json::Null,
        Value::Integer(number) => number.into(),
        Value::Text(text) => text.into(),
    });
    Json::Array(vec![statement.sql.into(), parameters.collect()])
}

fn failed(thrown: JsValue) -> DatabaseError {
    DatabaseError(glue::message(&thrown))
}
