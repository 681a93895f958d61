//! The targets: the hosts on which Weir is tested, chosen by the variable `TARGET` (default `memory`).
//!
//! To add one:
//! 1. write a file beside `memory.rs` whose type implements [`Running`] and [`Exchange`];
//! 2. give [`Target`] a variant and [`Target::start`] its line;
//! 3. give `cargo xtask test --target` the name.

use std::{io::Write, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::{memory, on_spin, wanted::Wanted, workers};

/// A host on which Weir is tested.
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
    /// The target that `TARGET` names.
    pub fn chosen() -> Self {
        match std::env::var("TARGET").as_deref() {
            Err(_) | Ok("memory") => Self::Memory,
            Ok("workers") => Self::Workers,
            Ok("spin") => Self::Spin,
            Ok(other) => panic!("`TARGET` should be `memory`, `workers` or `spin`, not `{other}`"),
        }
    }

    /// True if a client's reset before the response is noticed. Spin reports it only on a write to the client:
    /// tests/spin/resets.rs tests the consequences.
    pub fn notices_resets_before_headers(self) -> bool {
        self != Self::Spin
    }

    /// Starts a new Weir with empty stores and an empty isolate.
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

/// The behaviour of the embedded database of a Spin deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sqlite {
    /// It works.
    Works,
    /// Every call fails.
    Fails,
    /// No call returns within a minute.
    Slow,
    /// Another writer holds its lock for longer than a call waits.
    Locked,
    /// The next statement ends its instance, as a panic does.
    Traps,
}

/// The work that requests have caused so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Reads of the key-value store.
    pub reads: u64,
    /// Questions to the store of quotas.
    pub takes: u64,
    /// Decisions of policy.
    pub decisions: u64,
    /// Searches for the registry's entry of a URI.
    pub searches: u64,
}

/// A running Weir.
pub trait Running {
    /// Sends the request and returns at once.
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn Exchange>;
    /// Sends the request to the ledger and returns at once; only on targets where a ledger drains the queue.
    fn begin_ledger(&self, _request: http::Request<Bytes>) -> Box<dyn Exchange> {
        panic!("no ledger runs here");
    }
    /// `HOST:PORT` as a client would connect to it.
    fn authority(&self) -> String;
    /// Now, seconds since 1970.
    fn now(&self) -> u64;
    /// Lets this much time pass.
    fn pass(&self, duration: Duration);
    /// The audit events that the queue or the outbox has accepted so far.
    fn events(&self) -> Vec<Value>;
    /// Makes every sink refuse events, or accept them again. Has no effect on workerd, where the outbox takes the
    /// events that the queue refuses.
    fn break_sink(&self, _broken: bool) {
        panic!("on this target no test can take the sink away");
    }
    /// The events in the outbox only.
    fn outbox(&self) -> Vec<Value>;
    /// Writes a record.
    fn put(&self, key: &str, value: &[u8]);
    /// Removes a record.
    fn delete(&self, key: &str);
    /// Makes the key-value store fail, or work again; only with [`Wanted::store_may_fail`].
    fn break_store(&self, broken: bool);
    /// Makes the store of values with revisions fail, or work again; only in memory.
    fn break_versioned_store(&self, _broken: bool) {
        panic!("only in memory can a test take this store away");
    }
    /// The rows of a statement in the embedded database; only on Spin.
    fn sql(&self, _statement: &str) -> Vec<Value> {
        panic!("only on Spin has the gateway a database");
    }
    /// Makes statements of the embedded database that contain `part` fail this way, or work again; only on Spin.
    fn order_sqlite(&self, _part: &str, _fault: Sqlite) {
        panic!("only on Spin has the gateway a database");
    }
    /// The work so far; only in memory.
    fn work(&self) -> Work {
        panic!("only in memory can a test count the work");
    }
    /// Makes the gateway's wasm trap, as exhausted memory does; only on workerd, with [`Wanted::may_trap`].
    fn trap(&self) {
        panic!("only on workerd can a test make the wasm trap");
    }
    /// Sets a secret or variable for isolates that start from now on; in memory and on workerd.
    fn set_variable(&self, _name: &str, _value: &str) {
        panic!("on Spin a test can't change a variable of a running process");
    }
    /// Ends every isolate: the next request is served by a new one, on the same stores.
    fn forget(&self);
    /// The lines that the gateway has printed.
    fn log(&self) -> String;
    /// Another process of the same deployment, on the same stores; only on Spin.
    fn replica(&self) -> Box<dyn Running> {
        panic!("only on Spin can a test start a second process");
    }
    /// Ends the process with SIGTERM while calls are under way, as an operator does; only on Spin.
    fn terminate(&self) {
        panic!("only on Spin can a test end the process");
    }
}

/// Status and headers of a response.
#[derive(Debug, Clone)]
pub struct Head {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
}

/// One request under way, and its response.
pub trait Exchange {
    /// Waits for status and headers; an error says how the connection ended instead.
    fn head(&mut self) -> Result<Head, String>;
    /// Waits for the next chunk of the body; `None` at its end. An error says how the connection broke.
    fn chunk(&mut self) -> Result<Option<Bytes>, String>;
    /// Resets the connection, in any state of the exchange.
    fn reset(self: Box<Self>);
}
