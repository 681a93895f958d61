//! Tool lists: an origin's taken apart in one walk, ours spliced together from its text.
//!
//! Of each tool only where its name, title and description stand is kept; the text in between is copied once, into the answer.
//!
//! ```text
//! {"name":"search","inputSchema":{…},"description":"…"}
//!         └name──┘                                 └description┘      replaced; a title is added before the closing brace
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use thiserror::Error;

use super::{CacheScope, MAX_NAME_BYTES, finish_result};
use crate::meta::Implementation;
use crate::raw_json::{
    Fault, Kind, MAX_ELEMENTS, MAX_MEMBERS, Members, RawJson, RawJsonError, Scanner, decode_string, has_duplicate,
    write_string,
};

/// An origin's answer to `tools/list` that is no tool list.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ListError {
    /// The result is not an object, `tools` not an array, there are too many, or a member that we read is there twice.
    #[error("the tool list can't be read: {0}")]
    Json(#[from] RawJsonError),
    /// No `tools`.
    #[error("the result has no `tools`")]
    NoTools,
    /// `nextCursor` is not a string.
    #[error("`nextCursor` is not a string")]
    Cursor,
}

impl ListError {
    /// Stable code for audit events.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Json(error) => error.reason(),
            Self::NoTools => "tools_missing",
            Self::Cursor => "cursor_malformed",
        }
    }
}

impl From<Fault> for ListError {
    fn from(fault: Fault) -> Self {
        Self::Json(fault.into())
    }
}

/// One page of an origin's tools.
#[derive(Clone, Debug)]
pub struct ToolList {
    /// In the origin's order, no name twice.
    pub tools: Vec<Tool>,
    /// Elements left out: no object, no name of 1 to [`MAX_NAME_BYTES`] bytes, a member twice, a name that came before.
    pub malformed: usize,
    /// A JSON string to send back as `cursor`, unchanged; an empty one is a cursor too. `None`: the last page.
    pub next_cursor: Option<RawJson>,
    /// How long the list may be kept, in milliseconds; 0 when absent or negative.
    pub ttl_ms: u64,
    /// Private unless the origin says `public`.
    pub cache_scope: CacheScope,
}

/// A tool as its origin defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    raw: RawJson,
    name: String,
    places: Places,
}

/// Where the values stand in a tool's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    name: Range<usize>,
    title: Option<Range<usize>>,
    description: Option<Range<usize>>,
}

impl ToolList {
    /// Takes an origin's `tools/list` result apart.
    ///
    /// # Errors
    ///
    /// [`ListError`]. A malformed tool is left out and counted: it must not hide the others.
    pub fn parse(result: &RawJson) -> Result<Self, ListError> {
        if result.kind() != Kind::Object {
            return Err(RawJsonError::NotAnObject.into());
        }
        let mut tools = None;
        let (mut cursor, mut ttl, mut scope) = (None, None, None);
        Scanner::new(result.as_str()).object(|scanner, name| {
            let slot = match decode_string(name).as_deref() {
                Some("tools") if tools.is_some() => {
                    return Err(RawJsonError::DuplicateMember.into());
                }
                Some("tools") => {
                    tools = Some(read_tools(result, scanner)?);
                    return Ok(());
                }
                Some("nextCursor") => &mut cursor,
                Some("ttlMs") => &mut ttl,
                Some("cacheScope") => &mut scope,
                _ => return scanner.value().map(drop).map_err(ListError::from),
            };
            match slot.replace(result.cut(scanner.value()?)) {
                None => Ok(()),
                Some(_) => Err(RawJsonError::DuplicateMember.into()),
            }
        })?;
        let (tools, malformed) = tools.ok_or(ListError::NoTools)?;
        let next_cursor = cursor.filter(|cursor| cursor.kind() != Kind::Null);
        if next_cursor.as_ref().is_some_and(|cursor| cursor.kind() != Kind::String) {
            return Err(ListError::Cursor);
        }
        Ok(Self {
            tools,
            malformed,
            next_cursor,
            ttl_ms: ttl.and_then(|ttl| ttl.integer()).and_then(|ttl| u64::try_from(ttl).ok()).unwrap_or(0),
            cache_scope: match scope.as_ref().and_then(RawJson::string).as_deref() {
                Some("public") => CacheScope::Public,
                _ => CacheScope::Private,
            },
        })
    }
}

impl Tool {
    /// What the origin calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole definition, as the origin wrote it.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }
}

fn read_tools(result: &RawJson, scanner: &mut Scanner<'_>) -> Result<(Vec<Tool>, usize), ListError> {
    if scanner.next_byte() != Some(b'[') {
        return Err(RawJsonError::NotAnArray.into());
    }
    let mut tools: Vec<Tool> = Vec::new();
    let mut elements = 0;
    let mut names = Vec::new();
    scanner.array(|scanner| {
        elements += 1;
        if elements > MAX_ELEMENTS {
            return Err(ListError::Json(RawJsonError::TooManyElements));
        }
        names.clear();
        tools.extend(read_tool(result, scanner, &mut names)?);
        Ok(())
    })?;
    // The first of a name stays: a second definition could not be told from it in a call.
    let mut seen = BTreeSet::new();
    let is_first: Vec<bool> = tools.iter().map(|tool| seen.insert(tool.name())).collect();
    let mut is_first = is_first.into_iter();
    tools.retain(|_| is_first.next().unwrap_or(false));
    let malformed = elements - tools.len();
    Ok((tools, malformed))
}

/// Steps over one element; `None` when it is no tool. `names` is room that the tools of a list share.
fn read_tool<'a>(
    result: &RawJson,
    scanner: &mut Scanner<'a>,
    names: &mut Vec<Option<Cow<'a, str>>>,
) -> Result<Option<Tool>, ListError> {
    if scanner.next_byte() != Some(b'{') {
        scanner.value()?;
        return Ok(None);
    }
    let start = scanner.position();
    let mut name = None;
    let mut places = Places::default();
    scanner.object::<Fault>(|scanner, key| {
        let value = scanner.value()?;
        let end = scanner.position() - start;
        let place = end - value.len()..end;
        let key = decode_string(key);
        match key.as_deref() {
            Some("name") => {
                name = decode_string(value);
                places.name = place;
            }
            Some("title") => places.title = Some(place),
            Some("description") => places.description = Some(place),
            _ => {}
        }
        // One more than allowed is enough to know.
        if names.len() <= MAX_MEMBERS {
            names.push(key);
        }
        Ok(())
    })?;
    let raw = result.cut(scanner.text_since(start));
    if names.len() > MAX_MEMBERS
        || names.contains(&None)
        || has_duplicate(names, |name| name.as_deref().unwrap_or_default())
    {
        return Ok(None);
    }
    Ok(name.filter(|name| (1..=MAX_NAME_BYTES).contains(&name.len())).map(|name| Tool {
        raw,
        name: name.into_owned(),
        places,
    }))
}

/// A tool as a client sees it.
#[derive(Clone, Copy, Debug)]
pub struct ListedTool<'a> {
    /// The origin's definition.
    pub tool: &'a Tool,
    /// The exposed name.
    pub name: &'a str,
    /// Replaces the origin's title; `None` keeps it.
    pub title: Option<&'a str>,
    /// Replaces the origin's description; `None` keeps it.
    pub description: Option<&'a str>,
}

impl ListedTool<'_> {
    /// The definition with its exposed name, title and description; every other byte is the origin's.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut out = String::with_capacity(self.text_bytes());
        self.write(&mut out);
        RawJson::written(out)
    }

    fn write(&self, out: &mut String) {
        let text = self.tool.raw.as_str();
        let places = &self.tool.places;
        let replaced = |place: &Option<Range<usize>>, value| Option::zip(place.clone(), value);
        let mut splices = [
            Some((places.name.clone(), self.name)),
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
        let spliced = self.name.len() + self.title.map_or(0, str::len) + self.description.map_or(0, str::len);
        self.tool.raw.as_str().len() + spliced + 40
    }
}

/// One page of our answer to `tools/list`.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Its tools, in this order.
    pub tools: &'a [ListedTool<'a>],
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

/// The result of `tools/list` that gives this page.
#[must_use]
pub fn tools_list_result(page: &Page<'_>) -> RawJson {
    let mut out = String::with_capacity(512 + page.tools.iter().map(ListedTool::text_bytes).sum::<usize>());
    out.push_str("{\"resultType\":\"complete\",\"tools\":[");
    for (index, tool) in page.tools.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        tool.write(&mut out);
    }
    out.push(']');
    if let Some(cursor) = page.next_cursor {
        out.push_str(",\"nextCursor\":");
        write_string(&mut out, cursor);
    }
    finish_result(&mut out, page.ttl_ms, page.cache_scope, page.server_info, page.notes);
    RawJson::written(out)
}
