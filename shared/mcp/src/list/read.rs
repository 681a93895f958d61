//! Reads an origin's list in one walk, with one small entry per item.
//!
//! ```text
//! {"name":"search","inputSchema":{…},"description":"…"}
//!         └identity┘                               └description┘
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Item, List, ListError, ListKind, Spans};
use crate::result::CacheScope;
use json::{Kind, MAX_ELEMENTS, MAX_MEMBERS, RawJson, RawJsonError, ScanError, Scanner, decode_string, has_duplicate};

impl List {
    /// Reads an origin's result.
    ///
    /// # Errors
    ///
    /// [`ListError`]. A malformed item is no error: it is dropped and counted, so that it does not hide the others.
    pub fn parse(kind: ListKind, result: &RawJson) -> Result<Self, ListError> {
        if result.kind() != Kind::Object {
            return Err(RawJsonError::NotAnObject.into());
        }
        let mut items = None;
        let (mut cursor, mut ttl, mut scope) = (None, None, None);
        Scanner::new(result.as_str()).object(|scanner, name| {
            let slot = match decode_string(name).as_deref() {
                Some(member) if member == kind.member() && items.is_some() => {
                    return Err(RawJsonError::DuplicateMember.into());
                }
                Some(member) if member == kind.member() => {
                    items = Some(read_items(kind, result, scanner)?);
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
        let (items, malformed) = items.ok_or(ListError::Missing(kind))?;
        let next_cursor = match cursor.as_ref().map(RawJson::kind) {
            None | Some(Kind::Null) => Ok(None),
            Some(Kind::String) => Ok(cursor),
            Some(_) => Err(ListError::Cursor),
        };
        Ok(Self {
            items,
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

fn read_items(kind: ListKind, result: &RawJson, scanner: &mut Scanner<'_>) -> Result<(Vec<Item>, usize), ListError> {
    if scanner.next_byte() != Some(b'[') {
        return Err(RawJsonError::NotAnArray.into());
    }
    let mut items: Vec<Item> = Vec::new();
    let mut elements = 0;
    let mut names = Vec::new();
    scanner.array(|scanner| {
        elements += 1;
        if elements > MAX_ELEMENTS {
            return Err(ListError::Json(RawJsonError::TooManyElements));
        }
        names.clear();
        items.extend(read_item(kind, result, scanner, &mut names)?);
        Ok(())
    })?;
    // Of several definitions with one identity the first stays, since a call can't tell them apart.
    let mut seen = BTreeSet::new();
    let is_first: Vec<bool> = items.iter().map(|item| seen.insert(item.identity())).collect();
    let mut is_first = is_first.into_iter();
    items.retain(|_| is_first.next().unwrap_or(false));
    let malformed = elements - items.len();
    Ok((items, malformed))
}

/// Reads one element; `None` if it is malformed. `names` is a buffer that all items of a list share.
fn read_item<'a>(
    kind: ListKind,
    result: &RawJson,
    scanner: &mut Scanner<'a>,
    names: &mut Vec<Option<Cow<'a, str>>>,
) -> Result<Option<Item>, ListError> {
    if scanner.next_byte() != Some(b'{') {
        scanner.value()?;
        return Ok(None);
    }
    let start = scanner.position();
    let mut identity = None;
    let mut spans = Spans::default();
    scanner.object::<ScanError>(|scanner, key| {
        let value = scanner.value()?;
        let end = scanner.position() - start;
        let span = end - value.len()..end;
        let key = decode_string(key);
        match key.as_deref() {
            Some(member) if member == kind.identity() => {
                identity = decode_string(value);
                spans.identity = span;
            }
            Some("title") => spans.title = Some(span),
            Some("description") => spans.description = Some(span),
            _ => {}
        }
        // One name more than allowed is enough to detect the excess.
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
    let identity = identity.filter(|identity| (1..=kind.max_identity_bytes()).contains(&identity.len()));
    Ok(identity.map(|identity| Item { raw, identity: identity.into_owned(), spans }))
}
