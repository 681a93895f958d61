//! Repairs items that official clients refuse: one item that a client can't read costs it the whole list.
//!
//! | found | becomes |
//! |---|---|
//! | an optional member that is `null` or of another type | left out; the rest of the item stays |
//! | a resource or template without `name` | named by its URI |
//! | no `inputSchema`; `true`, `null` or `[]` in its place | `{"type":"object"}`: arguments are always an object |
//! | an `inputSchema` without `type: "object"` that objects satisfy | the same with it |
//! | `[]` for an empty object, as PHP writes it; `{}` for an empty array, as Lua does | the empty value of the other type |
//! | an `outputSchema` that clients can't compile | the tool without it |
//! | half a surrogate pair | U+FFFD, which clients that accept it show too |
//! | a schema that no object satisfies, an argument of a prompt without a name | the item is left out alone |
//!
//! The rules are those of the TypeScript SDK 1.32 and 2.4 and the Python SDK 1.30 and 2.3. An item that only legacy
//! clients refuse keeps its form for modern ones; see [`LegacyForm`].

mod input_schema;
mod kept;
mod legacy_uri;
mod output_schema;
mod pattern;
mod shape;
mod text;

use std::borrow::Cow;
use std::ops::Range;

use super::{LegacyForm, ListKind};
use crate::era::Era;
use json::{ScanError, Scanner, decode_string};
use kept::Kept;
use shape::{Member, Need, Shape};

/// The reason for an item that is left out, a stable snake_case code.
pub(super) type Reason = &'static str;

/// A required member is missing or of another type.
pub(super) const MALFORMED: Reason = "definition_malformed";
/// A tool of a legacy origin that runs as a task only; legacy tasks don't pass.
const TASK_REQUIRED: Reason = "tool_requires_task";

/// An item that clients can read.
#[derive(Debug)]
pub(super) struct Repaired {
    /// The repaired text; `None` if nothing had to change.
    pub(super) text: Option<String>,
    pub(super) legacy: LegacyForm,
}

/// Checks the text of an item, an object, and repairs it. `origin` is the era in which the item came, `identity` the
/// JSON text of its name or URI.
///
/// # Errors
///
/// The reason for leaving it out.
pub(super) fn repair(kind: ListKind, origin: Era, item: &str, identity: &str) -> Result<Repaired, Reason> {
    let readable = text::readable(item).ok_or(MALFORMED)?;
    let mut walk = Walk { text: &readable, identity, edits: Vec::new(), requires_task: false, has_legacy_output: true };
    if !walk.object(&mut Scanner::new(&readable), shape::item(kind)).unwrap_or(false) {
        return Err(MALFORMED);
    }
    if walk.requires_task && origin == Era::Legacy {
        return Err(TASK_REQUIRED);
    }
    let is_unreadable =
        kind == ListKind::Resources && !decode_string(identity).is_some_and(|uri| legacy_uri::is_readable(&uri));
    let legacy = match (walk.requires_task || is_unreadable, walk.has_legacy_output) {
        (true, _) => LegacyForm::None,
        (false, true) => LegacyForm::Same,
        (false, false) => LegacyForm::WithoutOutputSchema,
    };
    let text = match (walk.repaired(), readable) {
        (Some(text), _) | (None, Cow::Owned(text)) => Some(text),
        (None, Cow::Borrowed(_)) => None,
    };
    Ok(Repaired { text, legacy })
}

/// One walk over an item, which notes what has to change.
struct Walk<'a> {
    text: &'a str,
    identity: &'a str,
    /// Byte ranges of the text and their replacements, in the order of the text, none inside another.
    edits: Vec<(Range<usize>, Cow<'static, str>)>,
    /// `execution.taskSupport` is `required` (MCP 2025-11-25).
    requires_task: bool,
    /// False if the `outputSchema` isn't of `type: "object"`, which the legacy era demands.
    has_legacy_output: bool,
}

impl<'a> Walk<'a> {
    fn repaired(&self) -> Option<String> {
        if self.edits.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(self.text.len() + 64);
        let mut at = 0;
        for (span, by) in &self.edits {
            out.push_str(self.text.get(at..span.start).unwrap_or_default());
            out.push_str(by);
            at = span.end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        Some(out)
    }

    /// The byte range of a part of the text.
    fn span(&self, part: &str) -> Range<usize> {
        let start = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        start..start + part.len()
    }

    fn replace(&mut self, part: &str, by: impl Into<Cow<'static, str>>) {
        self.edits.push((self.span(part), by.into()));
    }

    /// Checks one value and steps over it; false if it isn't of this shape.
    fn value(&mut self, scanner: &mut Scanner<'a>, shape: &Shape) -> Result<bool, ScanError> {
        match shape {
            Shape::Object(members) if scanner.next_byte() == Some(b'{') => self.object(scanner, members),
            Shape::Elements(element) if scanner.next_byte() == Some(b'[') => self.elements(scanner, element),
            Shape::Arguments(argument) => self.arguments(scanner, argument),
            Shape::InputSchema => self.input_schema(scanner),
            Shape::OutputSchema => self.output_schema(scanner),
            Shape::TaskSupport => {
                let value = scanner.value()?;
                self.requires_task |= value == "\"required\"";
                Ok(matches!(value, "\"required\"" | "\"optional\"" | "\"forbidden\""))
            }
            simple => Ok(simple.is(scanner.value()?)),
        }
    }

    /// Checks an object. An optional member of another shape is removed; a missing member with a default is added.
    fn object(&mut self, scanner: &mut Scanner<'a>, members: &[Member]) -> Result<bool, ScanError> {
        // A bit per member, of which an item has a dozen.
        let (mut found, mut fits) = (0_u32, true);
        scanner.next_byte();
        let mut kept = Kept::from(scanner.position() + 1);
        scanner.object::<ScanError>(|scanner, name| {
            let (mark, start) = (self.edits.len(), self.span(name).start);
            let key = decode_string(name);
            let known = members.iter().enumerate().find(|(_, member)| key.as_deref() == Some(member.name));
            let is_kept = match known {
                None => scanner.value().map(|_| true)?,
                Some((at, member)) => {
                    let is_of_shape = self.value(scanner, &member.shape)?;
                    found |= u32::from(is_of_shape) << at;
                    fits &= is_of_shape || matches!(member.need, Need::Optional | Need::Identity);
                    is_of_shape
                }
            };
            kept.note(&mut self.edits, is_kept, (mark, start, scanner.position()));
            Ok(())
        })?;
        kept.finish(&mut self.edits);
        let end = scanner.position() - 1;
        for (_, member) in members.iter().enumerate().filter(|(at, _)| found & (1 << at) == 0) {
            let value = match member.need {
                Need::Optional | Need::Fitting => continue,
                Need::Required => return Ok(false),
                Need::Default(value) => value,
                Need::Identity => self.identity,
            };
            let comma = if kept.replace_is_any() { "," } else { "" };
            self.edits.push((end..end, format!("{comma}\"{}\":{value}", member.name).into()));
        }
        Ok(fits)
    }

    /// Checks an array: elements of another shape are removed.
    fn elements(&mut self, scanner: &mut Scanner<'a>, element: &Shape) -> Result<bool, ScanError> {
        scanner.next_byte();
        let mut kept = Kept::from(scanner.position() + 1);
        scanner.array::<ScanError>(|scanner| {
            let (mark, start) = (self.edits.len(), scanner.position());
            let is_kept = self.value(scanner, element)?;
            kept.note(&mut self.edits, is_kept, (mark, start, scanner.position()));
            Ok(())
        })?;
        kept.finish(&mut self.edits);
        Ok(true)
    }

    /// Checks the arguments of a prompt: a client must be able to give each of them.
    fn arguments(&mut self, scanner: &mut Scanner<'a>, argument: &Shape) -> Result<bool, ScanError> {
        if scanner.next_byte() != Some(b'[') {
            let value = scanner.value()?;
            let is_empty = value == "null" || text::is_empty(value);
            if is_empty {
                self.replace(value, "[]");
            }
            return Ok(is_empty);
        }
        let mut fits = true;
        scanner.array::<ScanError>(|scanner| {
            fits &= self.value(scanner, argument)?;
            Ok(())
        })?;
        Ok(fits)
    }
}

#[cfg(test)]
mod tests;
