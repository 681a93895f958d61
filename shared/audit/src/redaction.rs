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
//!       | {"type":"unreadable"}                                     the whole text, if it is no JSON, or deeper than `json::MAX_DEPTH`
//! ```
//!
//! Names also come from the caller, so they are bounded by [`NAME_BYTES`], [`MEMBERS`], [`ITEMS`], [`DEPTH`] and
//! [`MARK_BYTES`]. Members and elements beyond these bounds, repeated names, and names that are not valid Unicode are
//! not listed; `length` is then greater than the length of the list. An allowed value longer than [`VALUE_BYTES`] is
//! redacted.

use std::borrow::Cow;
use std::fmt::{self, Write};

use json::{ScanError, Scanner};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

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
    let mut redaction = Redaction { output: String::with_capacity(256), allowed };
    let mut scanner = Scanner::new(arguments);
    match redaction.value(&mut scanner, 1).and_then(|()| scanner.finish()) {
        Ok(()) => {
            RawValue::from_string(redaction.output).map_or_else(|_| RedactedArguments::unreadable(), RedactedArguments)
        }
        Err(_) => RedactedArguments::unreadable(),
    }
}

struct Redaction<'a> {
    output: String,
    allowed: &'a [String],
}

impl Redaction<'_> {
    /// Writes the mark of the scanner's next value.
    fn value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), ScanError> {
        match scanner.next_byte() {
            Some(b'{') => self.object(scanner, depth),
            Some(b'[') => self.array(scanner, depth),
            _ => {
                self.leaf(scanner.value()?);
                Ok(())
            }
        }
    }

    fn leaf(&mut self, text: &str) {
        let name = type_name(text);
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(inside) => self.write(format_args!(r#"{{"type":"{name}","length":{}}}"#, characters(inside))),
            None => self.write(format_args!(r#"{{"type":"{name}"}}"#)),
        }
    }

    fn object(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), ScanError> {
        self.output.push_str(r#"{"type":"object","members":{"#);
        let mut names: Vec<Cow<'_, str>> = Vec::new();
        let mut length = 0_usize;
        scanner.object(|scanner, name| {
            length += 1;
            let listed = depth <= DEPTH && names.len() < MEMBERS && self.output.len() < LISTING_BYTES;
            match short_name(name).filter(|name| listed && !names.contains(name)) {
                Some(name) => {
                    if !names.is_empty() {
                        self.output.push(',');
                    }
                    json::write_string(&mut self.output, &name);
                    self.output.push(':');
                    if depth == 1 && self.allowed.iter().any(|allowed| *allowed == *name) {
                        self.allowed_value(scanner.value()?, depth + 1)?;
                    } else {
                        self.value(scanner, depth + 1)?;
                    }
                    names.push(name);
                }
                None => {
                    scanner.value()?;
                }
            }
            Ok::<(), ScanError>(())
        })?;
        self.write(format_args!(r#"}},"length":{length}}}"#));
        Ok(())
    }

    fn array(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Result<(), ScanError> {
        self.output.push_str(r#"{"type":"array","items":["#);
        let mut length = 0_usize;
        scanner.array(|scanner| {
            // Elements are listed from the first without gaps, so that their position is their index.
            if depth <= DEPTH && length < ITEMS && self.output.len() < LISTING_BYTES {
                if length > 0 {
                    self.output.push(',');
                }
                self.value(scanner, depth + 1)?;
            } else {
                scanner.value()?;
            }
            length += 1;
            Ok::<(), ScanError>(())
        })?;
        self.write(format_args!(r#"],"length":{length}}}"#));
        Ok(())
    }

    /// Writes the value itself if it is short and every JSON reader accepts it; otherwise its mark.
    fn allowed_value(&mut self, text: &str, depth: usize) -> Result<(), ScanError> {
        // Lone surrogates and numbers like 1e999 are grammatical, but some readers refuse them.
        if text.len() > VALUE_BYTES || serde_json::from_str::<serde_json::Value>(text).is_err() {
            return self.value(&mut Scanner::new(text), depth);
        }
        // Line breaks in JSON occur only between tokens, so replacing them keeps the value; an event is one line.
        let line = text.replace(['\n', '\r'], " ");
        self.write(format_args!(r#"{{"type":"{}","value":{line}}}"#, type_name(text)));
        Ok(())
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string can't fail.
        let _ = self.output.write_fmt(text);
    }
}

/// The JSON type of a value, given as JSON text; an integer is a number without fraction and exponent.
fn type_name(text: &str) -> &'static str {
    match text.as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ if text.contains(['.', 'e', 'E']) => "number",
        _ => "integer",
    }
}

/// A member's name without its escapes; `None` when it is longer than [`NAME_BYTES`] or no Unicode (a lone surrogate).
fn short_name(text: &str) -> Option<Cow<'_, str>> {
    // An escape has at most six bytes; so a huge name is not decoded.
    if text.len() > 6 * NAME_BYTES + 2 {
        return None;
    }
    json::decode_string(text).filter(|name| name.len() <= NAME_BYTES)
}

/// The number of Unicode characters of a string, given as the JSON text between its quotes. An escaped surrogate pair
/// is one.
fn characters(inside: &str) -> usize {
    let mut count = 0;
    let mut rest = inside.chars();
    while let Some(character) = rest.next() {
        count += 1;
        if character == '\\' && rest.next() == Some('u') {
            // The first half of a pair is not counted: the second will be.
            let half = rest.as_str().get(..2).is_some_and(|high| {
                let high = high.to_ascii_lowercase();
                ["d8", "d9", "da", "db"].contains(&high.as_str())
            });
            count -= usize::from(half);
            rest = rest.as_str().get(4..).unwrap_or_default().chars();
        }
    }
    count
}

#[cfg(test)]
mod tests;
