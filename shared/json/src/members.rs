//! The members of one JSON object, one level deep, in their order.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;

use super::{Kind, MAX_MEMBERS, RawJson, RawJsonError, Scanner, decode_string, write_member};

/// Up to this many members, comparing each pair costs less than sorting.
const FEW_MEMBERS: usize = 16;

/// The members of an object, in order, no name twice; values are slices of the text they came from.
///
/// Cloning copies no JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    entries: Vec<(ByteString, RawJson)>,
}

impl Members {
    /// No members: `{}`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Validates a whole JSON text and splits it, in one pass.
    pub fn parse(text: Bytes) -> Result<Self, RawJsonError> {
        let text = ByteString::try_from(text).map_err(|_| RawJsonError::NotUtf8)?;
        match Scanner::new(&text).next_byte() {
            Some(b'{') => Self::split(&text),
            // Report broken JSON rather than another kind of value.
            _ => RawJson::parse(text.into_bytes()).and(Err(RawJsonError::NotAnObject)),
        }
    }

    /// Validates and splits a text that starts with a brace, after white space.
    pub(super) fn split(text: &ByteString) -> Result<Self, RawJsonError> {
        let whole = RawJson(text.clone());
        let mut entries = Vec::with_capacity(8);
        let mut scanner = Scanner::new(text);
        scanner.object(|scanner, name| {
            if entries.len() == MAX_MEMBERS {
                return Err(RawJsonError::TooManyMembers);
            }
            let value = whole.cut(scanner.value()?);
            entries.push((decode_name(text, name)?, value));
            Ok(())
        })?;
        scanner.finish()?;
        if has_duplicate(&entries, |(name, _)| name) {
            return Err(RawJsonError::DuplicateMember);
        }
        Ok(Self { entries })
    }

    /// The member with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawJson> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Replaces the member in its place, or appends it.
    pub fn set(&mut self, name: &str, value: RawJson) {
        match self.entries.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.entries.push((name.into(), value)),
        }
    }

    /// Takes the member out; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<RawJson> {
        let index = self.entries.iter().position(|(known, _)| known == name)?;
        Some(self.entries.remove(index).1)
    }

    /// Removes the members of these names that are `null`.
    pub fn remove_nulls(&mut self, names: &[&str]) {
        self.entries.retain(|(name, value)| value.kind() != Kind::Null || !names.contains(&&**name));
    }

    /// The members in order, names decoded.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawJson)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True for `{}`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The object as JSON text: values byte for byte, names escaped again.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        let mut out = String::with_capacity(self.text_bytes());
        self.write(&mut out);
        RawJson::written(out)
    }

    /// Appends the object to `out`.
    pub fn write(&self, out: &mut String) {
        out.push('{');
        for (name, value) in self.iter() {
            write_member(out, name, value);
        }
        out.push('}');
    }

    /// The bytes that [`Members::write`] appends: exact unless a name needs escapes.
    pub fn text_bytes(&self) -> usize {
        2 + self.iter().map(|(name, value)| name.len() + value.as_str().len() + 4).sum::<usize>()
    }
}

fn decode_name(text: &ByteString, name: &str) -> Result<ByteString, RawJsonError> {
    match decode_string(name) {
        Some(Cow::Borrowed(plain)) => Ok(text.slice_ref(plain)),
        Some(Cow::Owned(decoded)) => Ok(decoded.into()),
        None => Err(RawJsonError::InvalidName),
    }
}

/// True if two items have the same name.
pub fn has_duplicate<T>(items: &[T], name: impl Fn(&T) -> &str) -> bool {
    if items.len() <= FEW_MEMBERS {
        let is_known = |(index, item)| items.iter().take(index).any(|earlier| name(earlier) == name(item));
        return items.iter().enumerate().any(is_known);
    }
    let mut names: Vec<&str> = items.iter().map(name).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [left, right] if left == right))
}
