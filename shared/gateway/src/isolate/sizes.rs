//! The sizes of an isolate's memories, by name: for benches and tests.

use std::fmt;
use std::hash::Hash;

use super::Isolate;
use super::held::BoundedMap;

/// The size of one memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The field of [`Isolate`], and the part of it.
    pub name: &'static str,
    /// The number of entries.
    pub entries: usize,
    /// An estimate, in bytes: the entries' weight times what a unit of it takes on average.
    pub bytes: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, entries, bytes } = self;
        write!(formatter, "{name}: {entries} entries, about {bytes} bytes")
    }
}

/// The size of `held`, whose unit of weight takes `unit_bytes` on average.
fn size<K: Eq + Hash, V>(name: &'static str, held: &BoundedMap<K, V>, unit_bytes: usize) -> Size {
    Size { name, entries: held.len(), bytes: held.weight() * unit_bytes }
}

impl Isolate {
    /// The decisions of policy, and the searches for the entry of a URI, by the virtual servers that the isolate holds.
    pub fn work(&self) -> (u64, u64) {
        let records = self.records.borrow();
        let work = records.virtual_servers.present.values().map(|(_, server)| server.work());
        work.fold((0, 0), |sum, work| (sum.0 + work.0, sum.1 + work.1))
    }

    /// The sizes of all memories whose number of entries varies. Kept list decisions are part of their virtual server.
    pub fn sizes(&self) -> [Size; 25] {
        let records = self.records.borrow();
        let (virtual_servers, assignments) = (&records.virtual_servers, &records.assignments);
        [
            size("records.virtual_servers", &virtual_servers.present, 300_000),
            size("records.virtual_servers.missing", &virtual_servers.missing, 150),
            size("records.assignments", &assignments.present, 10_000),
            size("records.assignments.missing", &assignments.missing, 150),
            size("keys.issuers", &self.keys.borrow().issuers, 6_000),
            size("keys.readings", &self.keys.borrow().readings, 150),
            size("tokens", &self.tokens.borrow().0, 1),
            size("outbound_tokens", &self.outbound_tokens.borrow().0, 1),
            size("eras", &self.eras.borrow().0, 150),
            size("circuits", &self.circuits.borrow().0, 150),
            size("caller_circuits", &self.caller_circuits.borrow().0, 250),
            size("sessions", &self.sessions.borrow().0, 400),
            size("capabilities", &self.capabilities.borrow().0, 500),
            size("catalogue", &self.catalogue.borrow().lists, 1),
            size("catalogue.readings", &self.catalogue.borrow().readings, 250),
            size("log_levels", &self.log_levels.borrow().0, 100),
            size("requests.users", &self.requests.borrow().users, 120),
            size("requests.strangers", &self.requests.borrow().strangers, 120),
            size("exhausted", &self.exhausted.borrow().0, 200),
            size("unseen", &self.unseen.borrow().0, 120),
            size("sign_in.documents", &self.sign_in.borrow().documents, 500),
            size("sign_in.providers", &self.sign_in.borrow().providers, 300),
            size("sign_in.grant_servers", &self.sign_in.borrow().grant_servers, 500),
            size("refusals", &self.refusals.borrow().0, 64),
            size("logged", &self.logged.borrow().0, 150),
        ]
    }
}
