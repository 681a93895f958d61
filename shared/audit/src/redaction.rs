//! Redaction: what an audit event says about a call's arguments.
//!
//! Names and JSON types stay; values stay only where the registry allows the top-level argument. One grammar, in which
//! nothing that a caller writes can pass for a mark:
//!
//! ```text
//! mark := {"type":"string","length":N}                              N Unicode characters
//!       | {"type":"integer"} | {"type":"number"} | {"type":"boolean"} | {"type":"null"}
//!       | {"type":"array","items":[mark …],"length":N}              N elements
//!       | {"type":"object","members":{name:mark …},"length":N}      N members
//!       | {"type":TYPE,"value":V}                                   allowed: V is the JSON as the caller wrote it
//!       | {"type":"unreadable"}                                     the whole text, when it is no JSON
//! ```
//!
//! Names are the caller's choice too, so there are bounds: [`NAME_BYTES`], [`MEMBERS`], [`ITEMS`], [`DEPTH`],
//! [`MARK_BYTES`]. What lies beyond them, repeats a name or has a name that is no Unicode is not listed: then `length` is
//! greater than the list. An allowed value beyond [`VALUE_BYTES`] is redacted like the others.

mod scanner;

use std::borrow::Cow;
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use scanner::{Scanner, Type};

/// The longest name that is listed, bytes of UTF-8: no signed token is that short.
pub const NAME_BYTES: usize = 64;
/// How many members of one object are listed.
pub const MEMBERS: usize = 64;
/// How many elements of one array are listed.
pub const ITEMS: usize = 8;
/// How deep lists go; the arguments themselves are at 1.
pub const DEPTH: usize = 6;
/// The longest allowed value that is kept, bytes of JSON.
pub const VALUE_BYTES: usize = 2048;
/// The length of the tree from which on nothing more is listed.
const LISTING_BYTES: usize = 40_000;
/// The bound on the whole tree, bytes of JSON: where listing stops, the member that crosses it (an escaped name and a
/// value), and the ends of the lists that are open then.
pub const MARK_BYTES: usize = LISTING_BYTES + 6 * NAME_BYTES + VALUE_BYTES + DEPTH * 64 + 184;

/// A redacted tree: valid JSON on one line, at most [`MARK_BYTES`] long.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedactedArguments(Box<RawValue>);

impl RedactedArguments {
    /// The tree's JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// What stands for arguments that are no JSON.
    #[must_use]
    pub fn unreadable() -> Self {
        // A constant that is JSON; the default is JSON's `null`.
        Self(serde_json::from_str(UNREADABLE).unwrap_or_default())
    }
}

impl PartialEq for RedactedArguments {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

const UNREADABLE: &str = r#"{"type":"unreadable"}"#;

/// Redacts `arguments` (JSON text, of any origin) but for the values of the top-level members named in `allowed`.
#[must_use]
pub fn redact(arguments: &str, allowed: &[String]) -> RedactedArguments {
    // One pass that neither recurses nor allocates; after it the walk meets valid JSON only.
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

/// Every `None` below means that the text is no JSON, which [`redact`] has ruled out.
impl Redaction<'_> {
    /// Writes the mark of the value that begins here.
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
                    // A string always serializes.
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
            // Elements are listed from the first on without a gap, so that their place is their index.
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

    /// Writes the value itself, if it is short and every JSON reader will take it; otherwise its mark.
    fn allowed_value(&mut self, scanner: &mut Scanner<'_>, depth: usize) -> Option<()> {
        let mut ahead = *scanner;
        let kind = ahead.peek()?;
        let raw = ahead.skipped()?;
        // Lone surrogates, numbers like 1e999 and nesting beyond 128 pass the first check but not every reader's.
        if raw.len() > VALUE_BYTES || serde_json::from_str::<serde_json::Value>(raw).is_err() {
            return self.value(scanner, depth);
        }
        *scanner = ahead;
        // Line breaks in JSON are only ever space between tokens; an event is one line.
        let line = raw.replace(['\n', '\r'], " ");
        write!(self.output, r#"{{"type":"{}","value":{line}}}"#, kind.name()).ok()
    }
}

#[cfg(test)]
mod tests;
