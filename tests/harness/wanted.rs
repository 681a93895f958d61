//! The order by which a target starts Weir.

use std::time::Duration;

use crate::network::Site;

/// The behaviour of the audit queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// It accepts every event.
    Collect,
    /// It refuses every event.
    Refuse,
    /// It accepts every event after this delay; only in memory.
    Slow(Duration),
    /// The real ledger drains it; only on targets that have a ledger.
    Ledger,
}

/// The ledger's token for reading.
pub const LEDGER_READ_TOKEN: &str = "finance-and-auditors-read-this";

/// The ledger's token for draining the outbox.
pub const LEDGER_DRAIN_TOKEN: &str = "whoever-drains-shows-this";

/// The behaviour of the store for one-time claims, quotas or values with revisions, which all isolates share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// It works.
    Real,
    /// It responds too late.
    Slow,
    /// It fails.
    Broken,
}

/// The configuration that a target starts Weir with.
pub struct Wanted {
    /// The reachable servers, by `HOST:PORT`.
    pub sites: Vec<(String, Site)>,
    /// The records in the key-value store.
    pub key_value: Vec<(String, Vec<u8>)>,
    /// Secrets by name.
    pub secrets: Vec<(String, String)>,
    /// Plain variables by name.
    pub variables: Vec<(String, String)>,
    /// The behaviour of the audit queue.
    pub queue: Queue,
    /// The behaviour of the store for one-time claims.
    pub once: Store,
    /// The behaviour of the store for quotas.
    pub quota: Store,
    /// The behaviour of the store for values with revisions.
    pub versioned_store: Store,
    /// True if the test will call [`crate::target::Running::break_store`].
    pub store_may_fail: bool,
    /// See [`crate::Setup::background_outlives`].
    pub background_outlives: bool,
    /// See [`crate::Setup::withheld`].
    pub withheld: Option<&'static str>,
    /// The port to listen on; `None` for any free one.
    pub port: Option<u16>,
    /// See [`crate::Setup::may_trap`].
    pub may_trap: bool,
}
