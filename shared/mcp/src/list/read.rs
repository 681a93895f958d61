//! Reads an origin's list in one walk, with one small entry per item.
//!
//! ```text
//! {"name":"search","inputSchema":{…},"description":"…"}
//!         └identity┘                               └description┘
//! ```

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::repair::{MALFORMED, repair};
use super::{Item, LeftOut, LegacyForm, List, ListError, ListKind, Spans};
use crate::era::Era;
use crate::result::CacheScope;
use json::{Kind, MAX_ELEMENTS, MAX_MEMBERS, RawJson, RawJsonError, ScanError, Scanner, decode_string, has_duplicate};

impl List {
    /// Reads the result of an origin of this era.
    ///
    /// # Errors
    ///
    /// [`ListError`]. An item that clients can't read is no error: it is left out, so that it does not hide the others.
    pub fn parse(kind: ListKind, origin: Era, result: &RawJson) -> Result<Self, ListError> {
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
                    items = Some(read_items((kind, origin), result, scanner)?);
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
        let (items, left_out) = items.ok_or(ListError::Missing(kind))?;
        let next_cursor = match cursor.as_ref().map(RawJson::kind) {
            None | Some(Kind::Null) => Ok(None),
            Some(Kind::String) => Ok(cursor),
            Some(_) => Err(ListError::Cursor),
        };
        Ok(Self {
            items,
            left_out,
            next_cursor,
            ttl_ms: ttl
                .filter(|ttl| ttl.kind() != Kind::Null)
                .map(|ttl| ttl.integer().and_then(|ttl| u64::try_from(ttl).ok()).unwrap_or(0)),
            cache_scope: match scope.as_ref().and_then(RawJson::string).as_deref() {
                Some("public") => CacheScope::Public,
                _ => CacheScope::Private,
            },
        })
    }
}

/// A second definition under one identity.
const REPEATED: &str = "definition_repeated";

fn read_items(
    (kind, origin): (ListKind, Era),
    result: &RawJson,
    scanner: &mut Scanner<'_>,
) -> Result<(Vec<Item>, Vec<LeftOut>), ListError> {
    if scanner.next_byte() != Some(b'[') {
        return Err(RawJsonError::NotAnArray.into());
    }
    let (mut items, mut left_out): (Vec<Item>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    let mut names = Vec::new();
    scanner.array(|scanner| {
        if items.len() + left_out.len() == MAX_ELEMENTS {
            return Err(ListError::Json(RawJsonError::TooManyElements));
        }
        let item = match scanner.next_byte() {
            Some(b'{') => read_item(kind, result, scanner, &mut names)?,
            _ => scanner.value().map(|_| None)?,
        };
        match item.map(|item| item.repaired(kind, origin)) {
            None => left_out.push(LeftOut { identity: None, reason: MALFORMED }),
            Some(Ok(item)) => items.push(item),
            Some(Err(one)) => left_out.push(one),
        }
        Ok(())
    })?;
    // Of several definitions with one identity the first stays, since a call can't tell them apart.
    let mut seen = BTreeSet::new();
    let is_first: Vec<bool> = items.iter().map(|item| seen.insert(item.identity())).collect();
    let mut is_first = is_first.into_iter();
    items.retain(|item| {
        let is_first = is_first.next().unwrap_or(false);
        if !is_first {
            left_out.push(LeftOut { identity: Some(item.identity.clone()), reason: REPEATED });
        }
        is_first
    });
    Ok((items, left_out))
}

impl Item {
    /// The item in a form that clients read.
    fn repaired(self, kind: ListKind, origin: Era) -> Result<Self, LeftOut> {
        let text = self.raw.as_str();
        let identity = text.get(self.spans.identity.clone()).unwrap_or_default();
        let reread = |text: String| {
            let raw = RawJson::written(text);
            let item = read_item(kind, &raw, &mut Scanner::new(raw.as_str()), &mut Vec::new());
            item.ok().flatten().ok_or(MALFORMED)
        };
        let repaired = repair(kind, origin, text, identity).and_then(|repaired| {
            let item = repaired.text.map(reread).transpose()?;
            Ok((item, repaired.legacy))
        });
        match repaired {
            Ok((None, legacy)) => Ok(Self { legacy, ..self }),
            Ok((Some(item), legacy)) => Ok(Self { legacy, is_repaired: true, ..item }),
            Err(reason) => Err(LeftOut { identity: Some(self.identity), reason }),
        }
    }
}

/// Reads one element, an object; `None` if it has no identity, or a member twice. `names` is a buffer that all items of
/// a list share.
fn read_item<'a>(
    kind: ListKind,
    result: &RawJson,
    scanner: &mut Scanner<'a>,
    names: &mut Vec<Option<Cow<'a, str>>>,
) -> Result<Option<Item>, ScanError> {
    names.clear();
    let start = scanner.position();
    let mut identity = None;
    let mut spans = Spans::default();
    scanner.object::<ScanError>(|scanner, name| {
        let value = scanner.value()?;
        let end = scanner.position() - start;
        let span = end - value.len()..end;
        let key = decode_string(name);
        match key.as_deref() {
            Some(member) if member == kind.identity() => {
                identity = decode_string(value);
                spans.identity = span;
            }
            Some("title") => spans.title = Some(span),
            Some("description") => spans.description = Some(span),
            Some("outputSchema") => {
                let key_start = name.as_ptr() as usize - scanner.text_since(start).as_ptr() as usize;
                spans.output_schema = Some(key_start..end);
            }
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
    let item = |identity: Cow<'_, str>| Item {
        raw,
        identity: identity.into_owned(),
        spans,
        is_repaired: false,
        legacy: LegacyForm::Same,
    };
    Ok(identity.map(item))
}
