//! Lists, trimmed to the items that the caller may see and use, and that clients can parse.

use std::collections::{BTreeMap, BTreeSet};

use json::{Members, RawJson};
use mcp::list::{ExposedItem, Item, ListKind};
use registry::snapshot::{Exposed, Quarantine};

use crate::isolate::catalogue::Definitions;
use crate::line::authorize::ListedUris;
use crate::line::resolve::Resolved;
use crate::origin::Offers;
use crate::sealed::cursor::Position;

/// Items on one page: 250 tools are about a quarter of a megabyte. A client's model reads all pages, so smaller pages
/// only make it wait.
const PAGE_ITEMS: usize = 250;
/// Key in a list's `_meta`: the items that the caller may see but no client can parse, by reason.
const LEFT_OUT: &str = "dev.weir/left_out";
/// Key in a list's `_meta`: the names or URIs whose definitions were repaired so that clients can parse them.
const REPAIRED: &str = "dev.weir/repaired";
/// The maximum number of names under one reason.
const MAX_NAMES: usize = 16;
/// A definition that clients of the legacy era can't read.
const NOT_LEGACY: &str = "not_for_legacy_clients";

/// One page of a list.
pub(super) struct ListPage<'a> {
    pub(super) items: Vec<ExposedItem<'a>>,
    /// The beginning of the next page.
    pub(super) next: Option<Position>,
    repaired: Vec<&'a str>,
    left_out: BTreeMap<&'static str, LeftOut<'a>>,
}

/// The items that are left out for one reason.
#[derive(Default)]
struct LeftOut<'a> {
    count: usize,
    names: Vec<&'a str>,
}

/// The definitions that one URI or pattern covers, in their origin's order.
#[derive(Default)]
struct Matching<'a> {
    items: Vec<&'a Item>,
    /// The items that no client can parse: the reason, and the URI.
    left_out: Vec<(&'static str, &'a str)>,
    /// The reasons of unreadable definitions that the pattern may cover; policy hasn't decided on their URIs.
    unreadable: Vec<&'static str>,
}

/// One list of one caller, under the registry and the quarantine of this moment.
struct Lister<'a> {
    resolved: &'a Resolved,
    uris: &'a ListedUris<'a>,
    kind: ListKind,
    offers: &'a Offers,
    quarantine: &'a Quarantine,
}

/// The first page of the `visible` items, in registry order, without the first `skip` definitions of the first item.
/// Items that their origin no longer offers are left out.
pub(super) fn page<'a>(
    resolved: &'a Resolved,
    uris: &'a ListedUris<'a>,
    (kind, visible, skip): (ListKind, &[usize], usize),
    offers: &'a Offers,
) -> ListPage<'a> {
    let quarantine = resolved.message().authenticated().quarantine();
    let lister = Lister { resolved, uris, kind, offers, quarantine };
    let matching = match kind {
        ListKind::Tools | ListKind::Prompts => BTreeMap::new(),
        ListKind::Resources | ListKind::ResourceTemplates => lister.matching(visible),
    };
    let mut page = ListPage { items: Vec::new(), next: None, repaired: Vec::new(), left_out: BTreeMap::new() };
    for (index, &at) in visible.iter().enumerate() {
        let before = if index == 0 { skip } else { 0 };
        page.next = match kind {
            ListKind::Tools | ListKind::Prompts => lister.add_named(at, before, &mut page),
            ListKind::Resources | ListKind::ResourceTemplates => {
                matching.get(&at).and_then(|matching| lister.add_matching(matching, (at, before), &mut page))
            }
        };
        if page.next.is_some() {
            break;
        }
    }
    page
}

impl<'a> Lister<'a> {
    /// Adds the one item of this name; returns its position if the page is full.
    fn add_named(&self, at: usize, skip: usize, page: &mut ListPage<'a>) -> Option<Position> {
        let exposed = self.exposed(at);
        let (name, origin_name) = (exposed.declaration.name.as_str(), exposed.declaration.origin_name.as_str());
        let definitions = self.definitions(exposed)?;
        match definitions.find(origin_name) {
            Some(item) => self.add(item, (exposed, at, 0), (skip, Some(name)), page),
            None => {
                let mut left_out = definitions.left_out().iter();
                if let Some(one) = left_out.find(|one| one.identity.as_deref() == Some(origin_name)) {
                    page.leave_out(one.reason, Some(name));
                }
                None
            }
        }
    }

    /// The definitions of the origins of `visible`, by the index of the URI or pattern that covers each. The
    /// definitions are walked once: an origin may have thousands, and a virtual server hundreds of patterns.
    fn matching(&self, visible: &[usize]) -> BTreeMap<usize, Matching<'a>> {
        let mut matching: BTreeMap<usize, Matching<'a>> = BTreeMap::new();
        let origins: BTreeSet<&str> = visible.iter().map(|&at| self.exposed(at).declaration.origin.as_str()).collect();
        for (origin, definitions) in origins.into_iter().filter_map(|origin| Some((origin, self.offers.of(origin)?))) {
            let covering =
                |identity| self.covering(identity).filter(|&at| self.exposed(at).declaration.origin == origin);
            for item in definitions.iter() {
                if let Some(at) = covering(item.identity()) {
                    matching.entry(at).or_default().items.push(item);
                } else if let Some((at, reason)) = self.resolved.server().unreadable(self.kind, item.identity(), origin)
                {
                    matching.entry(at).or_default().unreadable.push(reason);
                }
            }
            for one in definitions.left_out() {
                if let Some((at, uri)) = one.identity.as_deref().and_then(|uri| Some((covering(uri)?, uri))) {
                    matching.entry(at).or_default().left_out.push((one.reason, uri));
                }
            }
        }
        matching
    }

    /// Adds the items that a URI or a pattern matches; returns the position of the first that the page has no room for.
    fn add_matching(
        &self,
        matching: &Matching<'a>,
        (at, skip): (usize, usize),
        page: &mut ListPage<'a>,
    ) -> Option<Position> {
        let exposed = self.exposed(at);
        let shown = matching.items.iter().filter(|item| self.shows(at, item.identity()));
        for (number, item) in shown.enumerate() {
            let full = self.add(item, (exposed, at, number), (skip, None), page);
            if full.is_some() {
                return full;
            }
        }
        for &(reason, uri) in &matching.left_out {
            if self.shows(at, uri) {
                page.leave_out(reason, Some(uri));
            }
        }
        for &reason in &matching.unreadable {
            // Policy hasn't decided on these, so the caller learns only their number.
            page.leave_out(reason, None);
        }
        None
    }

    fn add(
        &self,
        item: &'a Item,
        (exposed, at, number): (&'a Exposed, usize, usize),
        (skip, name): (usize, Option<&'a str>),
        page: &mut ListPage<'a>,
    ) -> Option<Position> {
        if number < skip {
            return None;
        }
        if page.items.len() == PAGE_ITEMS {
            return Some(Position { at, skip: number });
        }
        let client = self.resolved.message().era();
        let shown = name.unwrap_or_else(|| item.identity());
        if !item.is_for(client) {
            page.leave_out(NOT_LEGACY, Some(shown));
            return None;
        }
        if item.is_repaired() && page.repaired.len() < MAX_NAMES {
            page.repaired.push(shown);
        }
        let (title, description) = (exposed.title.as_deref(), exposed.description.as_deref());
        page.items.push(ExposedItem { item, name, title, description, client });
        None
    }

    /// The index of the entry that the URI or template belongs to.
    fn covering(&self, identity: &str) -> Option<usize> {
        match self.kind {
            ListKind::ResourceTemplates => self.resolved.server().template_at(identity),
            _ => self.resolved.server().resource_at(identity),
        }
    }

    /// True if the caller may read the URI or template, which belongs to the item at `at`.
    fn shows(&self, at: usize, identity: &str) -> bool {
        let is_template = self.kind == ListKind::ResourceTemplates;
        // Frozen items were left out before; of a pattern, single URIs may be frozen.
        self.quarantine.frozen(&self.exposed(at).declaration, Some(identity)).is_none()
            && self.uris.shows(at, identity, is_template)
    }

    fn exposed(&self, at: usize) -> &'a Exposed {
        self.resolved.server().exposed(at)
    }

    fn definitions(&self, exposed: &Exposed) -> Option<&'a Definitions> {
        self.offers.of(&exposed.declaration.origin)
    }
}

impl<'a> ListPage<'a> {
    fn leave_out(&mut self, reason: &'static str, name: Option<&'a str>) {
        let left_out = self.left_out.entry(reason).or_default();
        left_out.count += 1;
        left_out.names.extend(name.filter(|_| left_out.names.len() < MAX_NAMES));
    }

    /// Adds to `_meta` the definitions that were left out or repaired.
    pub(super) fn note(&self, notes: &mut Members) {
        let strings = |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        if !self.repaired.is_empty() {
            notes.set(REPAIRED, RawJson::from_strings(&strings(&self.repaired)));
        }
        if self.left_out.is_empty() {
            return;
        }
        let mut out = String::from("[");
        for (index, (reason, left_out)) in self.left_out.iter().enumerate() {
            let mut one = Members::new();
            one.set("reason", RawJson::from_string(reason));
            one.set("count", RawJson::from_integer(i64::try_from(left_out.count).unwrap_or(i64::MAX)));
            if !left_out.names.is_empty() {
                one.set("names", RawJson::from_strings(&strings(&left_out.names)));
            }
            out.push_str(if index > 0 { "," } else { "" });
            one.write(&mut out);
        }
        out.push(']');
        notes.set(LEFT_OUT, RawJson::written(out));
    }
}
