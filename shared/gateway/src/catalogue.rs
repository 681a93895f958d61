//! The catalogue: what origins offer, kept in the isolate for as long as each origin allows.
//!
//! An origin says how long its list may be kept (`ttlMs`, SEP-2549). It is kept as the origin sent it, before any
//! filtering, and only where Weir asks as itself: an origin that is told who asks (`signed_identity`) may answer each
//! user differently. Under one epoch a name is one origin, so the key is the epoch and the name.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use mcp::tool::Tool;

use crate::ports::Timestamp;

/// The longest that any list is kept, whatever its origin says.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Of all kept lists together; a tool is about a kilobyte. A list of more than a quarter of it is never kept.
const CAPACITY_BYTES: usize = 16 * 1024 * 1024;

/// What one origin offers, found by name.
pub(crate) struct Definitions {
    tools: Vec<Tool>,
    by_name: HashMap<String, usize>,
}

impl Definitions {
    pub(crate) fn new(tools: Vec<Tool>) -> Self {
        let mut by_name = HashMap::with_capacity(tools.len());
        for (at, tool) in tools.iter().enumerate() {
            // Of two definitions under one name the first counts; which one a call would reach is the origin's secret.
            by_name.entry(tool.name().to_owned()).or_insert(at);
        }
        Self { tools, by_name }
    }

    /// The tool that the origin calls `name`.
    pub(crate) fn find(&self, name: &str) -> Option<&Tool> {
        self.by_name.get(name).and_then(|&at| self.tools.get(at))
    }
}

/// The lists that this isolate keeps.
#[derive(Default)]
pub(crate) struct Catalogue(HashMap<String, Kept>);

struct Kept {
    epoch: u64,
    until: Timestamp,
    bytes: usize,
    definitions: Rc<Definitions>,
}

impl Catalogue {
    /// What `origin` offers, if it is known and still counts.
    pub(crate) fn find(&self, epoch: u64, origin: &str, now: Timestamp) -> Option<Rc<Definitions>> {
        let kept = self.0.get(origin)?;
        (kept.epoch == epoch && now < kept.until).then(|| kept.definitions.clone())
    }

    /// Keeps what `origin` has just offered in a text of `bytes`, for `ttl_ms` milliseconds.
    pub(crate) fn keep(
        &mut self,
        epoch: u64,
        origin: &str,
        definitions: Rc<Definitions>,
        (ttl_ms, bytes): (u64, usize),
        now: Timestamp,
    ) {
        self.0.remove(origin);
        if ttl_ms == 0 || bytes > CAPACITY_BYTES / 4 {
            return;
        }
        if self.bytes() + bytes > CAPACITY_BYTES {
            self.0.retain(|_, kept| kept.epoch == epoch && now < kept.until);
        }
        if self.bytes() + bytes > CAPACITY_BYTES {
            self.0.clear();
        }
        let until = now.after(Duration::from_millis(ttl_ms).min(LONGEST));
        self.0.insert(origin.to_owned(), Kept { epoch, until, bytes, definitions });
    }

    fn bytes(&self) -> usize {
        self.0.values().map(|kept| kept.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn definitions() -> Rc<Definitions> {
        Rc::new(Definitions::new(Vec::new()))
    }

    #[test]
    fn kept_lists_end_with_their_time_and_their_epoch() {
        let mut catalogue = Catalogue::default();
        catalogue.keep(1, "documents", definitions(), (60_000, 10), NOW);
        let at = |seconds| NOW.after(Duration::from_secs(seconds));
        assert!(catalogue.find(1, "documents", at(59)).is_some(), "a list should be kept for its time");
        assert!(catalogue.find(1, "documents", at(60)).is_none(), "and no longer");
        assert!(catalogue.find(2, "documents", NOW).is_none(), "another epoch should ask anew");
        assert!(catalogue.find(1, "tickets", NOW).is_none(), "another origin should be asked");
        catalogue.keep(1, "documents", definitions(), (u64::MAX, 10), NOW);
        assert!(catalogue.find(1, "documents", at(299)).is_some(), "a long time should count");
        assert!(catalogue.find(1, "documents", at(300)).is_none(), "but no longer than five minutes");
    }

    #[test]
    fn keep_forgets_what_may_not_be_kept() {
        let mut catalogue = Catalogue::default();
        catalogue.keep(1, "documents", definitions(), (60_000, 10), NOW);
        catalogue.keep(1, "documents", definitions(), (0, 10), NOW);
        assert!(catalogue.find(1, "documents", NOW).is_none(), "an older list should not outlive its successor");
    }

    #[test]
    fn keep_is_bounded() {
        let mut catalogue = Catalogue::default();
        catalogue.keep(1, "large", definitions(), (60_000, CAPACITY_BYTES / 4 + 1), NOW);
        assert!(catalogue.find(1, "large", NOW).is_none(), "a list that is too large should not be kept");
        for number in 0..100 {
            catalogue.keep(1, &format!("origin-{number}"), definitions(), (60_000, CAPACITY_BYTES / 8), NOW);
            assert!(catalogue.bytes() <= CAPACITY_BYTES, "all lists together should stay in their bound");
        }
        assert!(catalogue.find(1, "origin-99", NOW).is_some(), "the newest should be kept");
    }
}
