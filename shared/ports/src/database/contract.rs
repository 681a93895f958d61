//! The contract suite of `Database`; every implementation passes it, inside workerd too.

use futures::future::join_all;

use super::{Database, DatabaseError, Statement, Value};
use crate::objects::contract::Finding;

/// The largest exact integer, 2^53 − 1.
const LARGEST: i64 = 9_007_199_254_740_991;

/// Checks every promise on `database`, in a table that it creates and drops; `run_id` has digits and letters only.
pub async fn database_contract(database: &impl Database, run_id: &str) -> Vec<Finding> {
    let store = Store { database, table: format!("contract_{run_id}") };
    vec![
        finding("a table can be made, and read while it is empty", store.begin().await),
        finding("values come back exactly", store.round_trip().await),
        finding("a parameter is a value, whatever is written in it", store.hostile().await),
        finding("a transaction happens as a whole or not at all", store.all_or_nothing().await),
        finding("of many writers of one key one writes", store.race().await),
        finding("sums are exact beyond what a double holds", store.sums().await),
        finding("a sum that is too large fails", store.overflow().await),
        finding("JSON becomes rows", store.json().await),
        finding("an invalid statement is an error", store.malformed().await),
        finding("a table can be dropped", store.end().await),
    ]
}

fn finding(promise: &'static str, result: Result<(), Fault>) -> Finding {
    let fault = result.err().map(|Fault(fault)| fault);
    Finding { port: "Database", promise, kept: fault.is_none(), fault }
}

struct Fault(String);

impl From<DatabaseError> for Fault {
    fn from(error: DatabaseError) -> Self {
        Self(error.to_string())
    }
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(Fault(otherwise.to_owned())) }
}

struct Store<'a, D> {
    database: &'a D,
    table: String,
}

impl<D: Database> Store<'_, D> {
    /// A statement whose text has the table's name in place of `TABLE_NAME`.
    fn statement(&self, sql: &str, parameters: &[Value]) -> Statement {
        Statement::new(sql.replace("TABLE_NAME", &self.table), parameters)
    }

    async fn write(&self, sql: &str, parameters: &[Value]) -> Result<(), DatabaseError> {
        self.database.write(vec![self.statement(sql, parameters)]).await
    }

    async fn read(&self, sql: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, DatabaseError> {
        self.database.read(self.statement(sql, parameters)).await
    }

    async fn begin(&self) -> Result<(), Fault> {
        self.write("CREATE TABLE TABLE_NAME (id TEXT NOT NULL PRIMARY KEY, number INTEGER, note TEXT)", &[]).await?;
        expect(self.read("SELECT id FROM TABLE_NAME", &[]).await?.is_empty(), "a new table should have no rows")
    }

    async fn round_trip(&self) -> Result<(), Fault> {
        let insert = "INSERT INTO TABLE_NAME (id, number, note) VALUES (?1, ?2, ?3)";
        let rows = [
            ["a".into(), Value::Integer(LARGEST), Value::Null],
            ["b".into(), Value::Integer(-LARGEST), "".into()],
            ["c".into(), Value::Null, "tab\tquote\"'line\nwide 水 𝔘".into()],
        ];
        let statements = rows.iter().map(|row| self.statement(insert, row)).collect();
        self.database.write(statements).await?;
        let found = self.read("SELECT id, number, note FROM TABLE_NAME ORDER BY id", &[]).await?;
        expect(found == rows.map(Vec::from), "rows should be read unchanged")
    }

    async fn hostile(&self) -> Result<(), Fault> {
        let name = "'); DROP TABLE charges; --";
        self.write("INSERT INTO TABLE_NAME (id, note) VALUES ('hostile', ?1)", &[name.into()]).await?;
        let found = self.read("SELECT id FROM TABLE_NAME WHERE note = ?1", &[name.into()]).await?;
        expect(found == [vec![Value::from("hostile")]], "the text should be found as it is")
    }

    async fn all_or_nothing(&self) -> Result<(), Fault> {
        let insert = "INSERT INTO TABLE_NAME (id) VALUES (?1)";
        let ids = ["whole-1", "whole-2", "whole-1", "whole-3"];
        let statements = ids.map(|id| self.statement(insert, &[id.into()])).to_vec();
        expect(self.database.write(statements).await.is_err(), "the same key twice should fail")?;
        let found = self.read("SELECT id FROM TABLE_NAME WHERE id LIKE 'whole-%'", &[]).await?;
        expect(found.is_empty(), "nothing of a failed transaction should be there")
    }

    async fn race(&self) -> Result<(), Fault> {
        let insert = "INSERT INTO TABLE_NAME (id, number) VALUES ('race', ?1) ON CONFLICT (id) DO NOTHING";
        let writers: Vec<[Value; 1]> = (0..20).map(|number| [Value::Integer(number)]).collect();
        let written = join_all(writers.iter().map(|number| self.write(insert, number))).await;
        expect(written.iter().all(Result::is_ok), "a conflict that is stated should be no error")?;
        let found = self.read("SELECT COUNT(*) FROM TABLE_NAME WHERE id = 'race'", &[]).await?;
        expect(found == [vec![Value::Integer(1)]], "one should have written")
    }

    async fn sums(&self) -> Result<(), Fault> {
        let insert = "INSERT INTO TABLE_NAME (id, number, note) VALUES (?1, ?2, 'sum')";
        let rows = ["sum-1", "sum-2", "sum-3"].map(|id| self.statement(insert, &[id.into(), Value::Integer(LARGEST)]));
        self.database.write(rows.to_vec()).await?;
        let found = self.read("SELECT CAST(SUM(number) AS TEXT) FROM TABLE_NAME WHERE note = 'sum'", &[]).await?;
        expect(found == [vec![Value::from("27021597764222973")]], "the sum should be exact")
    }

    async fn overflow(&self) -> Result<(), Fault> {
        let sum = "SELECT CAST(SUM(number * 1000) AS TEXT) FROM TABLE_NAME WHERE note = 'sum'";
        expect(self.read(sum, &[]).await.is_err(), "a sum beyond 64 bits should not be made up")
    }

    async fn json(&self) -> Result<(), Fault> {
        let insert = "INSERT INTO TABLE_NAME (id, number, note) \
                      SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') \
                      FROM json_each(?1) WHERE true ON CONFLICT (id) DO NOTHING";
        let json = r#"[["json-1",7,null],["json-2",null,"a \"b\""],["json-1",8,"late"]]"#;
        self.write(insert, &[json.into()]).await?;
        let select = "SELECT id, number, note FROM TABLE_NAME WHERE id LIKE 'json-%' ORDER BY id";
        let expected = [
            vec!["json-1".into(), Value::Integer(7), Value::Null],
            vec!["json-2".into(), Value::Null, "a \"b\"".into()],
        ];
        expect(self.read(select, &[]).await? == expected, "each element should be one row, the first of a key")
    }

    async fn malformed(&self) -> Result<(), Fault> {
        expect(self.read("SELEKT 1", &[]).await.is_err(), "a read should fail")?;
        expect(self.write("INSERT INTO no_such_table VALUES (1)", &[]).await.is_err(), "a write should fail")
    }

    async fn end(&self) -> Result<(), Fault> {
        Ok(self.write("DROP TABLE TABLE_NAME", &[]).await?)
    }
}
