//! The memory host: every port in plain memory, with a clock that moves only when all tasks wait.
//!
//! [`Memory::run`] is its executor: it polls the given future and all background work; when everything waits, it moves
//! the clock to the next timer. So a test of a 30 s deadline takes no time and is deterministic.

mod network;
mod stores;
mod time;
mod versioned;

use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;

pub use network::{Answer, Chunk, MemoryBody, MemoryFetch, Script};
pub use stores::{MemoryAuditSink, MemoryKeyValue, MemoryOnce, MemoryQuota, MemorySecrets};
pub use time::{MemoryClock, MemoryTimer};
pub use versioned::MemoryVersionedStore;

use crate::{Background, Caller, ClientGone, Entropy, EntropyError, Host, Log, Timestamp};

/// Bytes from a counter: predictable, and the same in each run.
#[derive(Clone, Default)]
pub struct MemoryEntropy(Rc<Cell<u64>>);

impl Entropy for MemoryEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in buffer.chunks_mut(8) {
            let next = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.set(next);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The facts of a connection, set by the test.
#[derive(Clone, Default)]
pub struct MemoryCaller {
    /// See [`Caller::address`].
    pub address: Option<IpAddr>,
    /// See [`Caller::country`].
    pub country: Option<String>,
}

impl Caller for MemoryCaller {
    fn address(&self) -> Option<IpAddr> {
        self.address
    }
    fn country(&self) -> Option<String> {
        self.country.clone()
    }
    fn region(&self) -> Option<String> {
        None
    }
}

/// A client that disconnects when the test says so.
#[derive(Clone, Default)]
pub struct MemoryClientGone(Rc<RefCell<time::Signal>>);

impl MemoryClientGone {
    /// Closes the client's connection.
    pub fn leave(&self) {
        self.0.borrow_mut().fire();
    }
}

impl ClientGone for MemoryClientGone {
    fn gone(&self) -> impl Future<Output = ()> + 'static {
        time::Signal::wait(self.0.clone())
    }
}

/// Lines that a test reads.
#[derive(Clone, Default)]
pub struct MemoryLog(Rc<RefCell<Vec<String>>>);

impl MemoryLog {
    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

impl Log for MemoryLog {
    fn write(&self, line: &str) {
        self.0.borrow_mut().push(line.to_owned());
    }
}

/// Background work on the memory host's own executor. It always continues; `OUTLIVES` only sets
/// [`Background::OUTLIVES_RESPONSE`].
#[derive(Clone)]
pub struct MemoryBackground<const OUTLIVES: bool>(LocalSpawner);

impl<const OUTLIVES: bool> Background for MemoryBackground<OUTLIVES> {
    const OUTLIVES_RESPONSE: bool = OUTLIVES;

    fn spawn(&self, work: impl Future<Output = ()> + 'static) {
        // Fails only if the host, which owns the pool, is gone; then nothing can run the work.
        let _ = self.0.spawn_local(work);
    }
}

/// Every port in memory. Clones share everything but the client of one request (see [`Memory::new_client`]).
///
/// `Memory<false>` is a host whose background work does not outlive the response.
#[derive(Clone)]
pub struct Memory<const OUTLIVES: bool = true> {
    /// The clock, set and advanced by the test, or by [`Memory::run`] when all tasks wait.
    pub clock: MemoryClock,
    /// The timers of this clock.
    pub timer: MemoryTimer,
    /// Random bytes from a counter.
    pub entropy: MemoryEntropy,
    /// A map of bytes.
    pub key_value: MemoryKeyValue,
    /// A map of secrets.
    pub secrets: MemorySecrets,
    /// The scripted network.
    pub fetch: MemoryFetch,
    /// The facts of the connection, set by the test.
    pub caller: MemoryCaller,
    /// The disconnect signal, fired by the test.
    pub client_gone: MemoryClientGone,
    /// A set of claims.
    pub once: MemoryOnce,
    /// A map of windows.
    pub quota: MemoryQuota,
    /// A map of values with revisions.
    pub versioned_store: MemoryVersionedStore,
    /// A vector of audit events.
    pub audit_sink: MemoryAuditSink,
    /// A vector.
    pub log: MemoryLog,
    background: MemoryBackground<OUTLIVES>,
    pool: Rc<RefCell<LocalPool>>,
}

impl<const OUTLIVES: bool> Memory<OUTLIVES> {
    /// A host at the instant `now` whose network answers as `script` says.
    pub fn new(now: Timestamp, script: Script) -> Self {
        let pool = LocalPool::new();
        let clock = MemoryClock::new(now);
        let timer = MemoryTimer::new(clock.clone());
        Self {
            background: MemoryBackground(pool.spawner()),
            pool: Rc::new(RefCell::new(pool)),
            entropy: MemoryEntropy::default(),
            key_value: MemoryKeyValue::default(),
            secrets: MemorySecrets::default(),
            fetch: MemoryFetch::new(script, timer.clone()),
            caller: MemoryCaller::default(),
            client_gone: MemoryClientGone::default(),
            once: MemoryOnce::new(clock.clone()),
            quota: MemoryQuota::new(clock.clone()),
            versioned_store: MemoryVersionedStore::new(clock.clone()),
            audit_sink: MemoryAuditSink::new(timer.clone()),
            log: MemoryLog::default(),
            clock,
            timer,
        }
    }

    /// The same host for another client's connection.
    pub fn new_client(&self) -> Self {
        Self { client_gone: MemoryClientGone::default(), ..self.clone() }
    }

    /// Polls `main` and all background work until `main` is done; `None` if all tasks wait and no timer is left.
    pub fn run<T: 'static>(&self, main: impl Future<Output = T> + 'static) -> Option<T> {
        let done = Rc::new(Cell::new(None));
        let slot = done.clone();
        self.background.spawn(async move { slot.set(Some(main.await)) });
        loop {
            self.settle();
            if let Some(output) = done.take() {
                return Some(output);
            }
            if !self.timer.advance_to_next() {
                return None;
            }
        }
    }

    /// Polls all background work until everything waits; the clock doesn't move.
    pub fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Moves the clock by `duration`, firing the timers on the way, and lets everything settle.
    pub fn pass(&self, duration: Duration) {
        let until = self.clock.at().after(duration);
        self.settle();
        while self.timer.advance_to_next_before(until) {
            self.settle();
        }
        self.clock.set(until);
        self.settle();
    }
}

impl<const OUTLIVES: bool> Host for Memory<OUTLIVES> {
    type Clock = MemoryClock;
    type Timer = MemoryTimer;
    type Entropy = MemoryEntropy;
    type KeyValue = MemoryKeyValue;
    type Secrets = MemorySecrets;
    type Fetch = MemoryFetch;
    type Caller = MemoryCaller;
    type ClientGone = MemoryClientGone;
    type Once = MemoryOnce;
    type Quota = MemoryQuota;
    type VersionedStore = MemoryVersionedStore;
    type AuditSink = MemoryAuditSink;
    type Background = MemoryBackground<OUTLIVES>;
    type Log = MemoryLog;

    fn clock(&self) -> &MemoryClock {
        &self.clock
    }
    fn timer(&self) -> &MemoryTimer {
        &self.timer
    }
    fn entropy(&self) -> &MemoryEntropy {
        &self.entropy
    }
    fn key_value(&self) -> &MemoryKeyValue {
        &self.key_value
    }
    fn secrets(&self) -> &MemorySecrets {
        &self.secrets
    }
    fn fetch(&self) -> &MemoryFetch {
        &self.fetch
    }
    fn caller(&self) -> &MemoryCaller {
        &self.caller
    }
    fn client_gone(&self) -> &MemoryClientGone {
        &self.client_gone
    }
    fn once(&self) -> &MemoryOnce {
        &self.once
    }
    fn quota(&self) -> &MemoryQuota {
        &self.quota
    }
    fn versioned_store(&self) -> &MemoryVersionedStore {
        &self.versioned_store
    }
    fn audit_sink(&self) -> &MemoryAuditSink {
        &self.audit_sink
    }
    fn background(&self) -> &MemoryBackground<OUTLIVES> {
        &self.background
    }
    fn log(&self) -> &MemoryLog {
        &self.log
    }
}
