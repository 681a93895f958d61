//! The addresses of a test's servers, and the server at each.

use crate::{
    network::{Place, Site},
    target::Target,
};

/// The addresses of the servers: loopback ports over TCP, names in memory.
pub struct Places {
    taken: Vec<(String, Site)>,
    place: Option<Place>,
    authority: String,
}

impl Places {
    /// None yet.
    pub const fn new() -> Self {
        Self { taken: Vec::new(), place: None, authority: String::new() }
    }

    /// The address of the next server, `HOST:PORT`.
    pub fn next(&mut self) -> String {
        self.authority = match Target::chosen() {
            Target::Memory => format!("127.0.0.1:{}", 9001 + self.taken.len()),
            Target::Workers | Target::Spin => self.place.insert(Place::free()).authority(),
        };
        self.authority.clone()
    }

    /// Serves `site` there.
    pub fn put(&mut self, site: Site) {
        if let Some(place) = self.place.take() {
            place.serve(site.clone());
        }
        self.taken.push((self.authority.clone(), site));
    }

    /// All servers, each with its address.
    pub fn taken(self) -> Vec<(String, Site)> {
        self.taken
    }
}
