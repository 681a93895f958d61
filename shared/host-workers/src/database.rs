//! `Database` on Workers: a D1 database.
//!
//! A transaction and the rows of a read each cross as one JSON text, which holds all that the port's values can be.

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
    /// Reads and writes the database that the Worker's environment calls `name`.
    pub fn bind(environment: &JsValue, name: &'static str) -> Result<Self, BindingError> {
        find(environment, name, "a D1 database", "batch").map(Self)
    }
}

impl Database for WorkersDatabase {
    async fn write(&self, statements: Vec<Statement>) -> Result<(), DatabaseError> {
        let statements: Json = statements.into_iter().map(written).collect();
        JsFuture::from(glue::transact(&self.0, &statements.to_string())).await.map(drop).map_err(failed)
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Vec<Value>>, DatabaseError> {
        let rows = JsFuture::from(glue::rows(&self.0, &written(statement).to_string())).await.map_err(failed)?;
        let odd = |what: &str| DatabaseError(format!("a row holds {what}"));
        let rows: Vec<Vec<Json>> =
            serde_json::from_str(&rows.as_string().unwrap_or_default()).map_err(|_| odd("what is no list of rows"))?;
        let value = |value| match value {
            Json::Null => Ok(Value::Null),
            Json::String(text) => Ok(Value::Text(text)),
            Json::Number(number) => number.as_i64().map(Value::Integer).ok_or_else(|| odd("no whole number")),
            Json::Bool(_) | Json::Array(_) | Json::Object(_) => Err(odd("neither a number nor text")),
        };
        rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect()
    }
}

/// `[SQL, [PARAMETER, …]]`.
fn written(statement: Statement) -> Json {
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
