//! The catalogue: what origins offer, kept in the isolate for as long as each origin allows.
//!
//! An origin says how long its list may be kept (`ttlMs`, SEP-2549). It is kept as the origin sent it, before any
//! filtering. Under one epoch a name is one origin, so the key is the epoch, the name and the kind of list. The caller
//! is part of the key if the origin knows it (`signed_identity`) and may answer each user differently.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use mcp::list::{Item, LeftOut, ListKind};
use mcp::parameter_headers::ParameterHeaders;

use super::held::{BoundedMap, Life};
use crate::principal::Entitlement;
use ports::Timestamp;

/// The longest that any list is kept, whatever its origin says.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// Bytes of all kept lists together; a tool is about a kilobyte. A list of more than a quarter of it is never kept.
const CAPACITY_BYTES: usize = 16 * 1024 * 1024;
/// Lists that requests are reading; beyond, each request reads for itself.
const READINGS: usize = 1024;
/// Bytes that a list takes besides its text.
const ENTRY_BYTES: usize = 256;

/// The items of one kind that an origin offers, found by their identity: a name, a URI, or a template.
pub(crate) struct Definitions {
    items: Vec<Item>,
    by_identity: HashMap<String, usize>,
    /// The definitions that clients can't read.
    left_out: Vec<LeftOut>,
    /// Of the few tools that want arguments in headers too, by name.
    parameters: HashMap<String, ParameterHeaders>,
}

impl Definitions {
    pub(crate) fn new(kind: ListKind, mut items: Vec<Item>, mut left_out: Vec<LeftOut>) -> Self {
        let mut parameters = HashMap::new();
        if kind == ListKind::Tools {
            // A tool with invalid header annotations is left out (SEP-2243).
            items.retain(|item| match ParameterHeaders::of(item.raw()) {
                Ok(None) => true,
                Ok(Some(of_tool)) => {
                    parameters.entry(item.identity().to_owned()).or_insert(of_tool);
                    true
                }
                Err(_) => {
                    let identity = Some(item.identity().to_owned());
                    left_out.push(LeftOut { identity, reason: "tool_header_annotation_invalid" });
                    false
                }
            });
        }
        let mut by_identity = HashMap::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            // Of two definitions under one name the first counts; only the origin knows which one a call would reach.
            by_identity.entry(item.identity().to_owned()).or_insert(at);
        }
        Self { items, by_identity, left_out, parameters }
    }

    /// The definitions that the origin offers and clients can't read.
    pub(crate) fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The item that has this identity at the origin.
    pub(crate) fn find(&self, identity: &str) -> Option<&Item> {
        self.by_identity.get(identity).and_then(|&at| self.items.get(at))
    }

    /// The mirrored arguments of the tool that has this name at the origin.
    pub(crate) fn parameters(&self, identity: &str) -> Option<&ParameterHeaders> {
        self.parameters.get(identity)
    }

    /// All items in the origin's order; of two with one identity, the first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Item> {
        let first = |at: usize, item: &Item| self.by_identity.get(item.identity()) == Some(&at);
        self.items.iter().enumerate().filter(move |(at, item)| first(*at, item)).map(|(_, item)| item)
    }
}

/// One list of one origin.
#[derive(Clone, Copy)]
pub(crate) struct Offer<'a> {
    pub(crate) epoch: u64,
    pub(crate) origin: &'a str,
    pub(crate) kind: ListKind,
    /// The caller, if the origin knows it.
    pub(crate) told: Option<Entitlement>,
}

/// The lists that this isolate keeps, by origin.
pub(crate) struct Catalogue {
    pub(super) lists: BoundedMap<Key, OfEpoch>,
    /// The lists that a request is reading now, with its number.
    pub(super) readings: BoundedMap<Key, Reader>,
    /// The number of readings so far.
    begun: u64,
}

/// Origin, kind of list, and the caller where the origin knows it.
type Key = (String, ListKind, Option<Entitlement>);

/// The request that is reading a list.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    key: Key,
    number: u64,
}

/// The list of one origin under one epoch.
pub(super) struct OfEpoch {
    epoch: u64,
    definitions: Rc<Definitions>,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { lists: BoundedMap::new(CAPACITY_BYTES), readings: BoundedMap::new(READINGS), begun: 0 }
    }
}

impl Offer<'_> {
    fn key(&self) -> Key {
        (self.origin.to_owned(), self.kind, self.told)
    }
}

impl Catalogue {
    /// The origin's list, if it is kept and has not expired.
    pub(crate) fn find(&self, offer: &Offer<'_>, now: Timestamp) -> Option<Rc<Definitions>> {
        let list = self.lists.find(&offer.key(), now)?;
        (list.epoch == offer.epoch).then(|| list.definitions.clone())
    }

    /// Keeps the origin's list, whose text has `bytes` bytes, for `ttl_ms` milliseconds.
    pub(crate) fn keep(
        &mut self,
        offer: &Offer<'_>,
        definitions: Rc<Definitions>,
        (ttl_ms, bytes): (u64, usize),
        now: Timestamp,
    ) {
        if ttl_ms == 0 || bytes > CAPACITY_BYTES / 4 {
            self.lists.remove(&offer.key());
            return;
        }
        let bytes = bytes + ENTRY_BYTES;
        self.lists.remove_outdated(bytes, |list| list.epoch != offer.epoch);
        let life = Life::of(now, Duration::from_millis(ttl_ms).min(LONGEST));
        self.lists.insert(offer.key(), OfEpoch { epoch: offer.epoch, definitions }, bytes, Some(life));
    }

    /// True if a request is reading the list now.
    pub(crate) fn is_being_read(&self, offer: &Offer<'_>, now: Timestamp) -> bool {
        self.readings.find(&offer.key(), now).is_some()
    }

    /// Notes that a request begins to read the list. The note ends by itself after `longest`.
    pub(crate) fn begin_reading(&mut self, offer: &Offer<'_>, now: Timestamp, longest: Duration) -> Reader {
        self.begun += 1;
        let reader = Reader { key: offer.key(), number: self.begun };
        self.readings.insert(offer.key(), reader.clone(), 1, Some(Life::of(now, longest)));
        reader
    }

    /// Ends the note of this reader, unless another one has begun since.
    pub(crate) fn end_reading(&mut self, reader: &Reader) {
        self.readings.extract(|key, current| *key == reader.key && current == reader);
    }

    /// Forgets the lists of these kinds for all callers: their origin says that they have changed.
    pub(crate) fn forget(&mut self, origin: &str, kinds: &[ListKind]) {
        self.lists.extract(|(of, kind, _), _| of == origin && kinds.contains(kind));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_171_320_000);

    fn definitions() -> Rc<Definitions> {
        Rc::new(Definitions::new(ListKind::Tools, Vec::new(), Vec::new()))
    }

    const fn offer(epoch: u64, origin: &str) -> Offer<'_> {
        Offer { epoch, origin, kind: ListKind::Tools, told: None }
    }

    #[test]
    fn kept_lists_end_with_their_time_and_their_epoch() {
        let mut catalogue = Catalogue::default();
        let documents = offer(1, "documents");
        catalogue.keep(&documents, definitions(), (60_000, 10), NOW);
        let at = |seconds| NOW.after(Duration::from_secs(seconds));
        assert!(catalogue.find(&documents, at(59)).is_some(), "a list should be kept for its time");
        assert!(catalogue.find(&documents, at(60)).is_none(), "and no longer");
        assert!(catalogue.find(&offer(2, "documents"), NOW).is_none(), "another epoch should ask anew");
        assert!(catalogue.find(&offer(1, "tickets"), NOW).is_none(), "another origin should be asked");
        let prompts = Offer { kind: ListKind::Prompts, ..documents };
        assert!(catalogue.find(&prompts, NOW).is_none(), "another list should be asked for");
        catalogue.keep(&documents, definitions(), (u64::MAX, 10), NOW);
        assert!(catalogue.find(&documents, at(299)).is_some(), "a long time should count");
        assert!(catalogue.find(&documents, at(300)).is_none(), "but no longer than five minutes");
    }

    #[test]
    fn keep_forgets_what_may_not_be_kept() {
        let mut catalogue = Catalogue::default();
        let documents = offer(1, "documents");
        catalogue.keep(&documents, definitions(), (60_000, 10), NOW);
        catalogue.keep(&documents, definitions(), (0, 10), NOW);
        assert!(catalogue.find(&documents, NOW).is_none(), "an older list should not outlive its successor");
        assert_eq!(catalogue.lists.weight(), 0, "nothing should be left to count");
    }

    #[test]
    fn keep_is_bounded() {
        let mut catalogue = Catalogue::default();
        catalogue.keep(&offer(1, "large"), definitions(), (60_000, CAPACITY_BYTES / 4 + 1), NOW);
        assert!(catalogue.find(&offer(1, "large"), NOW).is_none(), "a list that is too large should not be kept");
        for number in 0..100 {
            let name = format!("origin-{}", number % 50);
            catalogue.keep(&offer(1, &name), definitions(), (60_000, CAPACITY_BYTES / 8), NOW);
            assert!(catalogue.lists.weight() <= CAPACITY_BYTES, "all lists together should stay in their bound");
            assert!(catalogue.find(&offer(1, &name), NOW).is_some(), "the newest should be kept");
        }
    }
}
