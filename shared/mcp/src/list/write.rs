//! Writes lists by splicing the text of the origins' items.
//!
//! ```text
//! {"name":"search","inputSchema":{…},"description":"…"}
//!         └identity┘                               └description┘    replaced; a title is added before the last brace
//! ```

use std::ops::Range;

use super::{Item, LegacyForm, ListKind};
use crate::era::Era;
use crate::meta::Implementation;
use crate::result::{CacheScope, finish_result};
use json::{Members, RawJson, write_string};

/// An item as the virtual server exposes it to clients.
#[derive(Clone, Copy, Debug)]
pub struct ExposedItem<'a> {
    /// The origin's definition.
    pub item: &'a Item,
    /// The exposed name; `None` keeps the origin's name, as for every URI.
    pub name: Option<&'a str>,
    /// The exposed title; `None` keeps the origin's.
    pub title: Option<&'a str>,
    /// The exposed description; `None` keeps the origin's.
    pub description: Option<&'a str>,
    /// The era of the client.
    pub client: Era,
}

impl ExposedItem<'_> {
    /// Returns the definition with its exposed name, title and description; every other byte is the origin's.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut out = String::with_capacity(self.text_bytes());
        self.write(&mut out);
        RawJson::written(out)
    }

    fn write(&self, out: &mut String) {
        let text = self.item.raw.as_str();
        let spans = &self.item.spans;
        let replaced = |span: &Option<Range<usize>>, value| Some((span.clone()?, Some(value?)));
        let is_cut = self.client == Era::Legacy && self.item.legacy == LegacyForm::WithoutOutputSchema;
        let cut = spans.output_schema.clone().filter(|_| is_cut).map(|member| with_comma(text, member));
        let mut splices = [
            self.name.map(|name| (spans.identity.clone(), Some(name))),
            replaced(&spans.title, self.title),
            replaced(&spans.description, self.description),
            cut.map(|member| (member, None)),
        ];
        splices.sort_unstable_by_key(|splice| splice.as_ref().map(|(span, _)| span.start));
        let mut at = 0;
        for (span, value) in splices.into_iter().flatten() {
            out.push_str(text.get(at..span.start).unwrap_or_default());
            if let Some(value) = value {
                write_string(out, value);
            }
            at = span.end;
        }
        out.push_str(text.get(at..text.len() - 1).unwrap_or_default());
        let added = [("title", &spans.title, self.title), ("description", &spans.description, self.description)];
        for (key, span, value) in added {
            if let (None, Some(value)) = (span, value) {
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

/// The byte range of a member and of one comma beside it.
fn with_comma(text: &str, member: Range<usize>) -> Range<usize> {
    let before = text.get(..member.start).unwrap_or_default().trim_end();
    if before.ends_with(',') {
        return before.len() - 1..member.end;
    }
    let behind = text.get(member.end..).unwrap_or_default();
    let comma =
        behind.find(|character: char| !character.is_ascii_whitespace()).filter(|at| behind[*at..].starts_with(','));
    member.start..member.end + comma.map_or(0, |at| at + 1)
}

/// One page of a list that Weir writes.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The kind of the items.
    pub kind: ListKind,
    /// The items in the order of the response.
    pub items: &'a [ExposedItem<'a>],
    /// `nextCursor`, which the client sends back as `cursor` for the next page; `None` on the last page.
    pub next_cursor: Option<&'a str>,
    /// `ttlMs`: the lifetime of a cached copy, in milliseconds (SEP-2549).
    pub ttl_ms: u64,
    /// `cacheScope`: the same on all pages of one list (SEP-2549).
    pub cache_scope: CacheScope,
    /// The server's name and version, for `_meta`.
    pub server_info: &'a Implementation,
    /// Additional members of `_meta`; `None` for no more.
    pub notes: Option<&'a Members>,
}

/// Writes the result of a list method.
#[must_use]
pub fn list_result(page: &Page<'_>) -> RawJson {
    let mut out = String::with_capacity(512 + page.items.iter().map(ExposedItem::text_bytes).sum::<usize>());
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
