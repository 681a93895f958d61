//! Sessions at legacy origins that the isolate has opened.

use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
use mcp::headers::MCP_PROTOCOL_VERSION;
use mcp::legacy::SESSION_ID;
use ports::Timestamp;

use super::held::{BoundedMap, Life};

/// The time for which a session is used; origins commonly end idle ones sooner, which costs one request answered with
/// 404.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Sessions: at some 400 bytes each, less than half a megabyte.
const CAPACITY: usize = 1024;

/// The result of one `initialize` at an origin.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The protocol version agreed on.
    pub(crate) version: &'static str,
    /// `None` for an origin that assigns no session id.
    pub(crate) id: Option<HeaderValue>,
    /// The time of the origin's response to `initialize`.
    pub(crate) opened: Timestamp,
    /// True if the client keeps the id, sealed: then only the client can replace it.
    pub(crate) is_clients: bool,
}

impl Session {
    /// True if the origin knows the caller by a session id.
    pub(crate) const fn is_assigned(&self) -> bool {
        self.id.is_some()
    }

    /// True if the client keeps it.
    pub(crate) const fn is_clients(&self) -> bool {
        self.is_clients
    }

    /// Writes the headers that every request of the session must have.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(MCP_PROTOCOL_VERSION, HeaderValue::from_static(self.version));
        if let Some(id) = &self.id {
            headers.insert(SESSION_ID, id.clone());
        }
    }
}

/// The caller and origin of a session. It is never shared between users, agents, or origins.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Holder {
    /// Name and URL.
    pub(crate) origin: String,
    /// User and agent; `None` for an origin that assigns no session.
    pub(crate) principal: Option<(String, String)>,
}

/// The sessions that the isolate has opened.
pub(crate) struct Sessions(pub(super) BoundedMap<Holder, Session>);

impl Default for Sessions {
    fn default() -> Self {
        Self(BoundedMap::new(CAPACITY))
    }
}

impl Sessions {
    /// The live session of `holder`.
    pub(crate) fn find(&self, holder: &Holder, now: Timestamp) -> Option<Session> {
        self.0.find(holder, now).cloned()
    }

    /// Holds a session from when it was opened.
    pub(crate) fn insert(&mut self, holder: Holder, session: Session) {
        let life = Life::of(session.opened, LIFETIME);
        self.0.insert(holder, session, 1, Some(life));
    }

    /// Removes `session`, unless another one has taken its place.
    pub(crate) fn remove(&mut self, holder: &Holder, session: &Session) {
        if self.0.find(holder, session.opened) == Some(session) {
            self.0.remove(holder);
        }
    }
}
