//! The tables of the books: the files in `migrations/`, applied by wrangler on D1 and by [`migrate`] on other hosts.
//!
//! A file is applied completely or not at all, and once: the transaction that creates its tables also inserts its name
//! under a primary key. Of two concurrent migrations the second fails, reads that the file is applied, and continues.
//!
//! A released file never changes; a later change is a new file.

use ports::database::{Database, DatabaseError, Statement, Value};

/// One file of `migrations/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// The file's name; names sort in the order of application.
    pub name: &'static str,
    /// The file's SQL: each statement ends with `;` at the end of a line; comments have lines of their own.
    pub sql: &'static str,
}

/// Every file of `migrations/`, in the order of application.
pub const MIGRATIONS: &[Migration] =
    &[Migration { name: "0001_books.sql", sql: include_str!("../migrations/0001_books.sql") }];

/// Creates the table with the names of applied files.
const APPLIED_TABLE: &str = "CREATE TABLE IF NOT EXISTS books_migrations (name TEXT NOT NULL PRIMARY KEY)";

impl Migration {
    /// The file's statements: hosts accept one at a time.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        let lines = self.sql.lines().filter(|line| !line.trim_start().starts_with("--"));
        let (mut statements, mut statement) = (Vec::new(), String::new());
        for line in lines {
            match line.trim_end().strip_suffix(';') {
                Some(last) => statements.push(std::mem::take(&mut statement) + last),
                None => statement = statement + line + "\n",
            }
        }
        statements.push(statement);
        statements.retain(|statement| !statement.trim().is_empty());
        statements
    }
}

/// Applies the files that `database` lacks.
///
/// # Errors
/// The database's; each file is still applied completely or not at all.
pub async fn migrate(database: &impl Database) -> Result<(), DatabaseError> {
    database.write(vec![Statement::new(APPLIED_TABLE, [])]).await?;
    let applied = applied(database).await?;
    for migration in MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.name.into())) {
        let name = Statement::new("INSERT INTO books_migrations (name) VALUES (?1)", [migration.name.into()]);
        let tables = migration.statements().into_iter().map(|sql| Statement::new(sql, []));
        if let Err(error) = database.write(std::iter::once(name).chain(tables).collect()).await
            && !self::applied(database).await?.contains(&migration.name.into())
        {
            return Err(error);
        }
    }
    Ok(())
}

/// The names of the applied files.
async fn applied(database: &impl Database) -> Result<Vec<Value>, DatabaseError> {
    Ok(database.read(Statement::new("SELECT name FROM books_migrations", [])).await?.concat())
}

/// Books with all tables and no rows.
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(crate) fn empty_books() -> ports::database::memory::MemoryDatabase {
    let books = ports::database::memory::MemoryDatabase::empty();
    for migration in MIGRATIONS {
        books.execute(migration.sql);
    }
    books
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use futures::FutureExt;
    use futures::future::join_all;

    use super::*;
    use ports::database::memory::{Fault, MemoryDatabase};

    /// Every table and index with its text.
    fn schema(database: &MemoryDatabase) -> Vec<Vec<Value>> {
        let sql =
            "SELECT name, sql FROM sqlite_schema WHERE name <> 'books_migrations' AND sql IS NOT NULL ORDER BY name";
        database.read(Statement::new(sql, [])).now_or_never().expect("memory should never wait").expect("a schema")
    }

    #[test]
    fn every_file_is_listed_in_order() {
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
        let folder = std::fs::read_dir(here + "/migrations").expect("the folder is there");
        let mut files: Vec<String> =
            folder.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
        files.sort();
        let listed: Vec<&str> = MIGRATIONS.iter().map(|migration| migration.name).collect();
        assert_eq!(listed, files, "a file that is not listed would be applied on D1 alone");
    }

    #[test]
    fn statements_make_what_the_files_make() {
        let (whole, single) = (MemoryDatabase::empty(), MemoryDatabase::empty());
        for migration in MIGRATIONS {
            whole.execute(migration.sql);
        }
        migrate(&single).now_or_never().expect("memory should never wait").expect("it should migrate");
        // SQLite keeps the text of a statement; D1 receives it with its line breaks.
        assert_eq!(schema(&single), schema(&whole), "no statement should be lost on the way");
        assert!(schema(&whole).len() >= 2, "there should be a table and an index");
    }

    #[test]
    fn migrating_again_changes_nothing() {
        let database = MemoryDatabase::empty();
        for _ in 0..2 {
            migrate(&database).now_or_never().expect("memory should never wait").expect("it should migrate");
        }
        let before = schema(&database);
        let many = join_all((0..4).map(|_| migrate(&database))).now_or_never().expect("memory should never wait");
        assert!(many.iter().all(Result::is_ok), "{many:?}");
        assert_eq!(schema(&database), before);
    }

    #[test]
    fn concurrent_migrations_apply_once() {
        let database = MemoryDatabase::empty();
        database.yield_between_steps();
        let mut all = pin!(join_all((0..4).map(|_| migrate(&database))));
        let done = loop {
            if let Poll::Ready(done) = all.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                break done;
            }
        };
        assert!(done.iter().all(Result::is_ok), "the second should see that the first is done: {done:?}");
    }

    #[test]
    fn migration_continues_after_failure() {
        for fault in [Fault::FailsBefore, Fault::FailsAfter] {
            for failing in 0..2 {
                let database = MemoryDatabase::empty();
                (0..failing).for_each(|_| database.at_write(Fault::None));
                database.at_write(fault);
                let first = migrate(&database).now_or_never().expect("memory should never wait");
                // A lost response is recognized, except that of the table of names.
                assert_eq!(first.is_ok(), fault == Fault::FailsAfter && failing == 1, "{fault:?} at {failing}");
                let again = migrate(&database).now_or_never().expect("memory should never wait");
                assert_eq!(again, Ok(()), "{fault:?} at {failing}");
            }
        }
    }
}
