//! Splices our lists together from what the origins wrote.
//!
//! ```text
//! {"name":"search","inputSchema":{…},"description":"…"}
//!         └identity┘                               └description┘      replaced; a title is added before the closing brace
//! ```

use std::ops::Range;

use super::{Item, ListKind};
use crate::meta::Implementation;
use crate::result::{CacheScope, finish_result};
use json::{Members, RawJson, write_string};

/// An item as a client sees it.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The origin's definition.
    pub item: &'a Item,
    /// Replaces the origin's name; `None` keeps it, as a URI is always kept.
    pub name: Option<&'a str>,
    /// Replaces the origin's title; `None` keeps it.
    pub title: Option<&'a str>,
    /// Replaces the origin's description; `None` keeps it.
    pub description: Option<&'a str>,
}

impl Listed<'_> {
    /// The definition with its exposed name, title and description; every other byte is the origin's.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut out = String::with_capacity(self.text_bytes());
        self.write(&mut out);
        RawJson::written(out)
    }

    fn write(&self, out: &mut String) {
        let text = self.item.raw.as_str();
        let places = &self.item.places;
        let replaced = |place: &Option<Range<usize>>, value| Option::zip(place.clone(), value);
        let mut splices = [
            self.name.map(|name| (places.identity.clone(), name)),
            replaced(&places.title, self.title),
            replaced(&places.description, self.description),
        ];
        splices.sort_unstable_by_key(|splice| splice.as_ref().map(|(place, _)| place.start));
        let mut at = 0;
        for (place, value) in splices.into_iter().flatten() {
            out.push_str(text.get(at..place.start).unwrap_or_default());
            write_string(out, value);
            at = place.end;
        }
        out.push_str(text.get(at..text.len() - 1).unwrap_or_default());
        let added = [("title", &places.title, self.title), ("description", &places.description, self.description)];
        for (key, place, value) in added {
            if let (None, Some(value)) = (place, value) {
                out.push(',');
                write_string(out, key);
                out.push(':');
                write_string(out, value);
            }
        }
        out.push('}');
    }

    fn text_bytes(&self) -> usize {
        let spliced = [self.name, self.title, self.description].iter().flatten().map(|text| text.len()).sum::<usize>();
        self.item.raw.as_str().len() + spliced + 40
    }
}

/// One page of a list of ours.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Of which list.
    pub kind: ListKind,
    /// Its items, in this order.
    pub items: &'a [Listed<'a>],
    /// What the client sends back as `cursor` for the page after it; `None`: this is the last.
    pub next_cursor: Option<&'a str>,
    /// How long it may be kept, milliseconds.
    pub ttl_ms: u64,
    /// By whom; the same on all pages of one list (SEP-2549).
    pub cache_scope: CacheScope,
    /// Who answers.
    pub server_info: &'a Implementation,
    /// More members of `_meta`.
    pub notes: Option<&'a Members>,
}

/// The result that gives this page.
#[must_use]
pub fn list_result(page: &Page<'_>) -> RawJson {
    let mut out = String::with_capacity(512 + page.items.iter().map(Listed::text_bytes).sum::<usize>());
    out.push_str("{\"resultType\":\"complete\",\"");
    out.push_str(page.kind.member());
    out.push_str("\":[");
    for (index, item) in page.items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        item.write(&mut out);
    }
    out.push(']');
    if let Some(cursor) = page.next_cursor {
        out.push_str(",\"nextCursor\":");
        write_string(&mut out, cursor);
    }
    finish_result(&mut out, page.ttl_ms, page.cache_scope, page.server_info, page.notes);
    RawJson::written(out)
}
