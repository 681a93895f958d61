//! Black-box tests of the records in Spin's key-value file, also with concurrent readers and writers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use registry::record::{RecordKey, open};
use registry::snapshot::{Gateway, Head, VirtualServer};
use rusqlite::{Connection, OptionalExtension as _};

use super::*;

/// Spin's own statement when it opens a store.
const SPINS_TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,

    PRIMARY KEY (store, key)
)";

fn connect(path: &Path) -> Connection {
    Connection::open(path).expect("the file is a database")
}

/// The value of `key`, as Spin reads it.
fn value(connection: &Connection, key: &str) -> Option<Vec<u8>> {
    let select = "SELECT value FROM spin_key_value WHERE store = 'default' AND key = ?1";
    connection.query_row(select, [key], |row| row.get(0)).optional().expect("the table is Spin's")
}

fn epoch(connection: &Connection, keys: &KeySet) -> Option<u64> {
    let head = value(connection, "head")?;
    let opened = open(&head, keys, &RecordKey::Head).expect("the head opens");
    Some(opened.decode::<Head>().expect("a head is a head").epoch)
}

#[test]
fn records_open_where_spin_reads_them() {
    let scratch = Scratch::new();
    scratch.published(example(), &["--valid-for", "1h"]);
    let connection = connect(&scratch.path(".spin/sqlite_key_value.db"));
    // Spin runs this statement before it reads.
    connection.execute(SPINS_TABLE, ()).expect("the table is there, as Spin would make it");
    let keys = scratch.keys();
    let epoch = epoch(&connection, &keys).expect("the head is there");
    let head = value(&connection, "head").expect("the head is there");
    let head = open(&head, &keys, &RecordKey::Head).expect("the head opens");
    assert_eq!(head.statement.valid_until, Some(epoch / 1000 + 3600), "an hour after it was sealed");
    let bytes = value(&connection, &format!("{epoch}/gateway")).expect("the gateway's record is there");
    let gateway = open(&bytes, &keys, &RecordKey::Gateway { epoch }).and_then(|opened| opened.decode::<Gateway>());
    assert_eq!(gateway.map(|gateway| gateway.url), Ok("https://mcp.example.com".to_owned()));
    let key = RecordKey::VirtualServer { epoch, name: "support" };
    let bytes = value(&connection, &key.to_string()).expect("the virtual server is there");
    let server = open(&bytes, &keys, &key).and_then(|opened| opened.decode::<VirtualServer>());
    assert_eq!(server.map(|server| server.title), Ok("Support".to_owned()));

    let mut written =
        connection.prepare("SELECT store, key FROM spin_key_value ORDER BY rowid").expect("rows have ids");
    let written = written.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows are read");
    let written: Vec<(String, String)> = written.flatten().collect();
    let named = |name: &str| ("default".to_owned(), name.replace("EPOCH", &epoch.to_string()));
    let order = [
        "EPOCH/gateway",
        "EPOCH/needs",
        "EPOCH/assignments/0",
        "EPOCH/virtual-server/operations",
        "EPOCH/virtual-server/support",
    ];
    assert_eq!(written, [&order[..], &["quarantine", "head"]].concat().into_iter().map(named).collect::<Vec<_>>());
}

#[test]
fn older_epoch_remains_readable() {
    let scratch = Scratch::new();
    scratch.published(example(), &[]);
    let (connection, keys) = (connect(&scratch.path(".spin/sqlite_key_value.db")), scratch.keys());
    let first = epoch(&connection, &keys).expect("the head is there");
    scratch.published(example(), &[]);
    let second = epoch(&connection, &keys).expect("the head is there");
    assert!(second > first, "the epoch should rise");
    for epoch in [first, second] {
        assert!(value(&connection, &format!("{epoch}/gateway")).is_some(), "epoch {epoch} should be whole");
    }
}

#[test]
fn publication_is_atomic_for_running_deployment() {
    for mode in ["delete", "wal"] {
        let scratch = Scratch::new();
        let path = scratch.path("records.db");
        let deployment = connect(&path);
        deployment.pragma_update(None, "journal_mode", mode).expect("the mode is one");
        deployment.execute(SPINS_TABLE, ()).expect("Spin makes the table");
        scratch.write("runtime-config.toml", "[key_value_store.default]\ntype = \"spin\"\npath = \"records.db\"\n");
        let (keys, done) = (scratch.keys(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                let config = scratch.path("runtime-config.toml");
                for _ in 0..5 {
                    scratch.published(example(), &["--runtime-config", text(&config)]);
                }
                done.store(true, Ordering::Relaxed);
            });
            while !done.load(Ordering::Relaxed) {
                if let Some(epoch) = epoch(&deployment, &keys) {
                    let records = ["gateway", "assignments/0", "virtual-server/support"];
                    let found = records.map(|name| value(&deployment, &format!("{epoch}/{name}")).is_some());
                    assert_eq!(found, [true; 3], "{mode}: a head should never be there before its records");
                }
            }
        });
        let kept: String = deployment.query_row("PRAGMA journal_mode", (), |row| row.get(0)).expect("a mode is told");
        assert_eq!(kept, mode, "the journal mode is the deployment's own");
    }
}

/// Holds the file's write lock until the sender is dropped, or for `longest`.
fn hold(path: &Path, longest: Duration) -> (mpsc::Sender<()>, thread::JoinHandle<()>) {
    let connection = connect(path);
    let (release, released) = mpsc::channel();
    let (held, holds) = mpsc::channel();
    let holder = thread::spawn(move || {
        connection.execute_batch("BEGIN EXCLUSIVE").expect("the lock is free");
        held.send(()).expect("somebody waits for the lock to be held");
        let _ = released.recv_timeout(longest);
    });
    holds.recv().expect("the lock is held");
    (release, holder)
}

#[test]
fn publication_waits_for_lock() {
    let scratch = Scratch::new();
    scratch.published(example(), &[]);
    let (release, holder) = hold(&scratch.path(".spin/sqlite_key_value.db"), Duration::from_millis(700));
    scratch.published(example(), &[]);
    drop(release);
    holder.join().expect("the holder ends");
}

#[test]
fn permanent_lock_is_an_error_and_changes_nothing() {
    let scratch = Scratch::new();
    scratch.published(example(), &[]);
    let (manifest, path) = (scratch.read("spin.toml"), scratch.path(".spin/sqlite_key_value.db"));
    let before = fs::read(&path).expect("the store is there");
    let folder = scratch.edited(example(), "origins/tickets.toml", "https://tickets", "https://desk");
    let (release, holder) = hold(&path, Duration::from_secs(60));
    let output = scratch.publish(&folder, &[]);
    drop(release);
    holder.join().expect("the holder ends");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(
        err(&output).contains("stayed locked for 5 s") && err(&output).contains("nothing was changed"),
        "{output:?}"
    );
    assert_eq!(fs::read(&path).expect("the store is there"), before);
    assert_eq!(scratch.read("spin.toml"), manifest);
}

#[test]
fn unknown_kind_of_store_is_refused_with_advice() {
    let scratch = Scratch::new();
    let config = scratch.path("runtime-config.toml");
    for kind in ["azure_cosmos", "aws_dynamo", "vault"] {
        scratch.write("runtime-config.toml", &format!("[key_value_store.default]\ntype = \"{kind}\"\nkey = \"k\"\n"));
        let output = scratch.publish(example(), &["--runtime-config", text(&config)]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let advice = [&format!("in `{kind}`, where weir can't write"), "`spin` or `redis`", "`weir registry compile`"];
        assert!(advice.iter().all(|advice| err(&output).contains(*advice)), "{output:?}");
    }
    assert!(!scratch.path(".spin").exists(), "nothing should be written");
    assert_eq!(scratch.read("spin.toml"), MANIFEST);
}

#[test]
fn file_that_is_no_database_is_unchanged() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.path("state")).expect("a folder can be made");
    let other = "no database, and long enough that SQLite reads a header from it ".repeat(4);
    scratch.write("state/sqlite_key_value.db", &other);
    let output = scratch.publish(example(), &["--state", text(&scratch.path("state"))]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(err(&output).contains("not a database; nothing was changed"), "{output:?}");
    assert_eq!(scratch.read("state/sqlite_key_value.db"), other);
    assert_eq!(scratch.read("spin.toml"), MANIFEST);
}

#[test]
fn quarantine_alone_needs_neither_valid_policies_nor_manifest() {
    let scratch = Scratch::new();
    fs::remove_file(scratch.path("spin.toml")).expect("the manifest goes away");
    let folder = scratch.edited(example(), "policies/limits.cedar", "> 50", "> \"50\"");
    scratch.published(&folder, &["--quarantine-only"]);
    let connection = connect(&scratch.path(".spin/sqlite_key_value.db"));
    let quarantine = value(&connection, "quarantine").expect("the quarantine is there");
    open(&quarantine, &scratch.keys(), &RecordKey::Quarantine).expect("the quarantine opens");
    assert_eq!(value(&connection, "head"), None, "the head should stay as it was");
    let output = scratch.publish(&folder, &[]);
    assert_eq!(output.status.code(), Some(1), "the folder has a fault: {output:?}");
    assert_eq!(value(&connection, "head"), None);
}

#[test]
fn flags_of_another_platform_are_refused() {
    let scratch = Scratch::new();
    let key = scratch.path("publisher.json");
    let workers = ["registry", "publish", example(), "--key", text(&key), "--to", "workers", "--local"];
    for more in [["--state", "s"], ["--manifest", "m"], ["--runtime-config", "r"], ["--redis-url", "redis://a"]] {
        let output = weir(&[&workers[..], &more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}: {output:?}");
        assert!(err(&output).contains("are for --to spin"), "{output:?}");
    }
    for more in [&["--local"][..], &["--remote"], &["--config", "c"], &["--binding", "B"]] {
        let output = scratch.publish(example(), more);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {output:?}");
        assert!(err(&output).contains("are for --to workers"), "{output:?}");
    }
}
