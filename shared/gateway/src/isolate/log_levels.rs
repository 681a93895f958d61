//! The levels of log messages that legacy clients have asked for: a modern origin learns them with each request.

use std::time::Duration;

use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// As long as a client's session.
const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);
/// Clients.
const CAPACITY: usize = 1024;

/// SHA-256 over what tells one client from another.
pub(crate) type ClientDigest = [u8; 32];

/// The level that each client has asked for.
pub(crate) struct LogLevels(pub(super) BoundedMap<ClientDigest, &'static str>);

impl Default for LogLevels {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl LogLevels {
    /// True if no client has asked for any: the usual case, in which nothing needs to be looked up.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The level of the client.
    pub(crate) fn find(&self, client: &ClientDigest, now: Timestamp) -> Option<&'static str> {
        self.0.find(client, now).copied()
    }

    /// Holds the level that the client asks for at `now`.
    pub(crate) fn insert(&mut self, client: ClientDigest, level: &'static str, now: Timestamp) {
        self.0.insert(client, level, 1, Some(Life::of(now, LIFETIME)));
    }
}
