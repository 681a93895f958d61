//! The targets: what Weir runs on while it is tested, chosen by the variable `TARGET` (`memory` unless it is set).
//!
//! To add one:
//! 1. write a file beside `memory.rs` whose type implements [`Running`] and [`Exchange`];
//! 2. give [`Target`] a variant and [`Target::start`] its line;
//! 3. give `cargo xtask test --target` the name.

use std::{io::Write, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{memory, on_spin, weir::Wanted, workers};

/// What Weir runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The memory ports, in this process, with time that moves only when all wait.
    Memory,
    /// The artefact in local workerd, over loopback TCP.
    Workers,
    /// The component in the Spin test host, over loopback TCP.
    Spin,
}

impl Target {
    /// The one that `TARGET` names.
    pub fn chosen() -> Self {
        match std::env::var("TARGET").as_deref() {
            Err(_) | Ok("memory") => Self::Memory,
            Ok("workers") => Self::Workers,
            Ok("spin") => Self::Spin,
            Ok(other) => panic!("`TARGET` should be `memory`, `workers` or `spin`, not `{other}`"),
        }
    }

    /// Whether a client that resets before it has an answer is noticed. Spin tells of one only when something is
    /// written to it: tests/spin/resets.rs has what happens there.
    pub fn notices_resets_before_headers(self) -> bool {
        self != Self::Spin
    }

    /// A Weir with nothing remembered.
    pub fn start(self, wanted: Wanted) -> Box<dyn Running> {
        match self {
            Self::Memory if wanted.background_outlives => Box::new(memory::Running::<true>::start(wanted)),
            Self::Memory => Box::new(memory::Running::<false>::start(wanted)),
            Self::Workers => Box::new(workers::Running::start(wanted)),
            Self::Spin => Box::new(on_spin::Running::start(wanted)),
        }
    }
}

/// Returns `condition`. If it holds, reports the calling test as skipped: the test has to return without an assertion.
///
/// libtest can't skip at run time and would count the test as passed; `cargo xtask test` counts this line instead. The
/// line goes around libtest's capture of output, which drops what a passing test prints.
#[must_use]
pub fn skipped_if(condition: bool, why: &str) -> bool {
    if condition {
        let thread = std::thread::current();
        let line = format!("skipped: {}: {why}\n", thread.name().unwrap_or("a test"));
        std::io::stdout().write_all(line.as_bytes()).expect("standard output should take a line");
    }
    condition
}

/// How the embedded database of a Spin deployment behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sqlite {
    /// As it should.
    Works,
    /// It refuses.
    Fails,
    /// It doesn't answer.
    Slow,
    /// Others hold its lock for longer than it waits.
    Locked,
    /// The next statement takes its instance along, as a panic does.
    Traps,
}

/// A Weir that runs.
pub trait Running {
    /// Sends the request and returns at once.
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn Exchange>;
    /// The same to the ledger, where one drains the queue.
    fn begin_ledger(&self, _request: http::Request<Bytes>) -> Box<dyn Exchange> {
        panic!("no ledger runs here");
    }
    /// `HOST:PORT` as a client would connect to it.
    fn authority(&self) -> String;
    /// Now, seconds since 1970.
    fn now(&self) -> u64;
    /// Lets this long go by.
    fn pass(&self, duration: Duration);
    /// The audit events that the queue or the outbox has accepted so far.
    fn events(&self) -> Vec<Value>;
    /// From now on no sink accepts an event, or one does again; not on workerd, whose outbox takes what the queue
    /// refuses.
    fn break_sink(&self, _broken: bool) {
        panic!("on this target no test can take the sink away");
    }
    /// The events in the outbox alone.
    fn outbox(&self) -> Vec<Value>;
    /// Writes a record.
    fn put(&self, key: &str, value: &[u8]);
    /// Removes a record.
    fn delete(&self, key: &str);
    /// From now on the key-value store fails, or works again; only where [`Wanted::store_may_fail`].
    fn break_store(&self, broken: bool);
    /// The rows that a statement finds in the embedded database; on Spin only.
    fn sql(&self, _statement: &str) -> Vec<Value> {
        panic!("only on Spin has the gateway a database");
    }
    /// From now on statements of the embedded database that contain `part` fail like this, or work again; on Spin only.
    fn order_sqlite(&self, _part: &str, _fault: Sqlite) {
        panic!("only on Spin has the gateway a database");
    }
    /// The lines that the gateway has printed.
    fn log(&self) -> String;
    /// Another process of the same deployment, on the same stores; on Spin only.
    fn replica(&self) -> Box<dyn Running> {
        panic!("only on Spin can a test start a second process");
    }
    /// Ends the process as an operator does (SIGTERM), whatever it is doing; on Spin only.
    fn terminate(&self) {
        panic!("only on Spin can a test end the process");
    }
}

/// The head of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
}

/// One request on its way, and its answer.
pub trait Exchange {
    /// Waits for the head of the answer; the error says how the connection ended instead.
    fn head(&mut self) -> Result<Head, String>;
    /// Waits for the next piece of the body; `None` at its end. The error says how the connection broke.
    fn chunk(&mut self) -> Result<Option<Bytes>, String>;
    /// Resets the connection, wherever the exchange is.
    fn reset(self: Box<Self>);
}
