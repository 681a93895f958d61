//! Lists, trimmed to what the caller may see.

use mcp::list::{ExposedItem, Item, ListKind};
use registry::snapshot::{Exposed, Quarantine};

use crate::origin::Offers;
use crate::sealed::cursor::Position;
use crate::virtual_server::VirtualServer;

/// Items on one page: of tools about a quarter of a megabyte. A client's model reads them all, so a further request
/// only makes it wait.
const PAGE_ITEMS: usize = 250;

/// One page of the `visible` entries' items in registry order, and the position of the next page. The first `skip`
/// items of the first entry are passed over; an item that its origin no longer offers is left out.
pub(super) fn page<'a>(
    server: &'a VirtualServer,
    (kind, visible, skip): (ListKind, &[usize], usize),
    (offers, quarantine): (&'a Offers, &Quarantine),
) -> (Vec<ExposedItem<'a>>, Option<Position>) {
    let first = visible.first().copied();
    let mut offered = visible.iter().flat_map(|&at| {
        let before = if first == Some(at) { skip } else { 0 };
        let items = items(server, kind, at, (offers, quarantine)).enumerate().skip(before);
        items.map(move |(number, listed)| (Position { at, skip: number }, listed))
    });
    let page = offered.by_ref().take(PAGE_ITEMS).map(|(_, listed)| listed).collect();
    (page, offered.next().map(|(position, _)| position))
}

/// The items of one exposed entry: at most one, unless it is a pattern of resources.
fn items<'a>(
    server: &'a VirtualServer,
    kind: ListKind,
    at: usize,
    (offers, quarantine): (&'a Offers, &Quarantine),
) -> impl Iterator<Item = ExposedItem<'a>> {
    let exposed = server.exposed(at);
    let (name, origin_name) = (&exposed.declaration.name, &exposed.declaration.origin_name);
    let definitions = offers.of(&exposed.declaration.origin);
    let (one, many) = match kind {
        ListKind::Tools | ListKind::Prompts => {
            let item = definitions.and_then(|definitions| definitions.find(origin_name));
            (item.map(|item| listed(exposed, item, Some(name))), None)
        }
        ListKind::Resources | ListKind::ResourceTemplates => (None, definitions),
    };
    let of_pattern = move |item: &&Item| {
        let found = match kind {
            ListKind::ResourceTemplates => server.template_at(item.identity()),
            _ => server.resource_at(item.identity()),
        };
        // Frozen entries are left out earlier; of a pattern, single resources may be frozen.
        found == Some(at) && quarantine.frozen(&exposed.declaration, Some(item.identity())).is_none()
    };
    let many = many.into_iter().flat_map(|definitions| definitions.iter()).filter(of_pattern);
    one.into_iter().chain(many.map(move |item| listed(exposed, item, None)))
}

/// The item under its exposed name, with the registry's title and description if it has them.
fn listed<'a>(exposed: &'a Exposed, item: &'a Item, name: Option<&'a str>) -> ExposedItem<'a> {
    let (title, description) = (exposed.title.as_deref(), exposed.description.as_deref());
    ExposedItem { item, name, title, description }
}
