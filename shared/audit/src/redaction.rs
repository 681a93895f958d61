//! Redaction of a call's arguments in audit events.
//!
//! Names and JSON types are kept. Values are kept only for top-level arguments that the registry allows. In this
//! grammar no text of a caller can pass as a mark:
//!
//! ```text
//! mark := {"type":"string","length":N}                              N Unicode characters
//!       | {"type":"integer"} | {"type":"number"} | {"type":"boolean"} | {"type":"null"}
//!       | {"type":"array","items":[mark …],"length":N}              N elements
//!       | {"type":"object","members":{name:mark …},"length":N}      N members
//!       | {"type":TYPE,"value":V}                                   allowed: V is the JSON as the caller sent it
//!       | {"type":"unreadable"}                                     the whole text, if it is not JSON
//! ```
//!
//! Names also come from the caller, so they are bounded by [`NAME_BYTES`], [`MEMBERS`], [`ITEMS`], [`DEPTH`] and
//! [`MARK_BYTES`]. Members and elements beyond these bounds, repeated names, and names that are not valid Unicode are
//! not listed; `length` is then greater than the length of the list. An allowed value longer than [`VALUE_BYTES`] is
//! redacted.

mod scanner;

use std::borrow::Cow;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use scanner::{Scanner, Type};

/// Maximum length of a listed name, bytes of UTF-8; every signed token is longer.
pub const NAME_BYTES: usize = 64;
/// Maximum number of listed members of one object.
pub const MEMBERS: usize = 64;
/// Maximum number of listed elements of one array.
pub const ITEMS: usize = 8;
/// Maximum depth of listed values; the arguments object is at depth 1.
pub const DEPTH: usize = 6;
/// Maximum length of an allowed value that is kept, bytes of JSON.
pub const VALUE_BYTES: usize = 2048;
/// Length of the tree at which listing stops, bytes of JSON.
const LISTING_BYTES: usize = 40_000;
/// Maximum length of the whole tree, bytes of JSON: the length at which listing stops, the member that crosses it (an
/// escaped name and a value), and the ends of the open lists.
pub const MARK_BYTES: usize = LISTING_BYTES + 6 * NAME_BYTES + VALUE_BYTES + DEPTH * 64 + 184;

/// A redacted tree: valid JSON on one line, at most [`MARK_BYTES`] bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedactedArguments(Box<RawValue>);

impl RedactedArguments {
    /// The tree's JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The mark of arguments that are not JSON.
    #[must_use]
    pub fn unreadable() -> Self {
        // The constant is valid JSON, so the default (`null`) is never used.
        Self(serde_json::from_str(UNREADABLE).unwrap_or_default())
    }
}

impl PartialEq for RedactedArguments {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

const UNREADABLE: &str = r#"{"type":"unreadable"}"#;

/// Redacts `arguments` (untrusted text) except the values of the top-level members named in `allowed`.
#[must_use]
pub fn redact(arguments: &str, allowed: &[String]) -> RedactedArguments {
    // This check neither recurses nor allocates. After it, the scanner reads valid JSON only.
    if serde_json::from_str::<&RawValue>(arguments).is_err() {
        return RedactedArguments::unreadable();
    }
    let mut redaction = Redaction { output: String::with_capacity(256), allowed };
    match redaction.value(&mut Scanner::new(arguments), 1) {
        Some(()) => {
            RawValue::from_string(redaction.output).map_or_else(|_| RedactedArguments::unreadable(), RedactedArguments)
        }
        None => RedactedArguments::unreadable(),
    }
}

struct Redaction<'a> {
    output: String,
    allowed: &'a [String],
}

/// Every `None` below means that the text is not JSON, which [`redact`] has excluded.
impl Redaction<'_> {
    /// Writes the mark of the scanner's next value.
    fn value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        match scanner.peek()? {
            Type::Object => self.object(scanner, depth),
            Type::Array => self.array(scanner, depth),
            Type::String => {
                let length = scanner::characters(scanner.string()?);
                write!(self.output, r#"{{"type":"string","length":{length}}}"#).ok()
            }
            simple => {
                scanner.skip()?;
                write!(self.output, r#"{{"type":"{}"}}"#, simple.name()).ok()
            }
        }
    }

    fn object(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        self.output.push_str(r#"{"type":"object","members":{"#);
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        let mut length = 0_usize;
        scanner.open(b'{')?;
        while scanner.next_in(b'}', length)? {
            length += 1;
            let name = scanner::name(scanner.string()?);
            scanner.colon()?;
            let listed = depth <= DEPTH && names.len() < MEMBERS && self.output.len() < LISTING_BYTES;
            match name {
                Some(name) if listed && name.len() <= NAME_BYTES && !names.contains(&name) => {
                    if !names.is_empty() {
                        self.output.push(',');
                    }
                    // Serializing a string never fails.
                    self.output.push_str(&serde_json::to_string(&name).ok()?);
                    self.output.push(':');
                    if depth == 1 && self.allowed.iter().any(|allowed| *allowed == *name) {
                        self.allowed_value(scanner, depth + 1)?;
                    } else {
                        self.value(scanner, depth + 1)?;
                    }
                    names.push(name);
                }
                _ => scanner.skip()?,
            }
        }
        write!(self.output, r#"}},"length":{length}}}"#).ok()
    }

    fn array(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        self.output.push_str(r#"{"type":"array","items":["#);
        let mut length = 0_usize;
        scanner.open(b'[')?;
        while scanner.next_in(b']', length)? {
            // Elements are listed from the first without gaps, so that their position is their index.
            if depth <= DEPTH && length < ITEMS && self.output.len() < LISTING_BYTES {
                if length > 0 {
                    self.output.push(',');
                }
                self.value(scanner, depth + 1)?;
            } else {
                scanner.skip()?;
            }
            length += 1;
        }
        write!(self.output, r#"],"length":{length}}}"#).ok()
    }

    /// Writes the value itself if it is short and every JSON reader accepts it; otherwise its mark.
    fn allowed_value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        let mut ahead = *scanner;
        let kind = ahead.peek()?;
        let raw = ahead.skipped()?;
        // Lone surrogates, numbers like 1e999 and nesting beyond 128 pass the first check, but some readers refuse
        // them.
        if raw.len() > VALUE_BYTES || serde_json::from_str::<serde_json::Value>(raw).is_err() {
            return self.value(scanner, depth);
        }
        *scanner = ahead;
        // Line breaks in JSON occur only between tokens, so replacing them keeps the value; an event is one line.
        let line = raw.replace(['\n', '\r'], " ");
        write!(self.output, r#"{{"type":"{}","value":{line}}}"#, kind.name()).ok()
    }
}

#[cfg(test)]
mod tests;
