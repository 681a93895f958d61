//! A cursor over valid JSON that hands out raw strings and steps over values without recursion.

use std::borrow::Cow;

/// The JSON type of a value, numbers told apart by their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
    Null,
}

impl Type {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

/// Where the walk stands. On text that is no JSON every method ends with `None` or somewhere in the text.
#[derive(Clone, Copy)]
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        self.rest = self.rest.strip_prefix(char::from(byte))?;
        Some(())
    }

    /// The type of the value that begins here.
    pub(super) fn peek(&mut self) -> Option<Type> {
        self.space();
        Some(match self.rest.bytes().next()? {
            b'{' => Type::Object,
            b'[' => Type::Array,
            b'"' => Type::String,
            b't' | b'f' => Type::Boolean,
            b'n' => Type::Null,
            _ if self.word().contains(['.', 'e', 'E']) => Type::Number,
            _ => Type::Integer,
        })
    }

    /// Steps into an object or array.
    pub(super) fn open(&mut self, bracket: u8) -> Option<()> {
        self.take(bracket)
    }

    /// Steps to the next element after `before` of them: `false` when the list has ended and was left.
    pub(super) fn next_in(&mut self, end: u8, before: usize) -> Option<bool> {
        if self.take(end).is_some() {
            return Some(false);
        }
        if before > 0 {
            self.take(b',')?;
        }
        Some(true)
    }

    /// Steps over the colon after a name.
    pub(super) fn colon(&mut self) -> Option<()> {
        self.take(b':')
    }

    /// Steps over a string and returns what stands between its quotes, escapes and all.
    pub(super) fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let mut escaped = false;
        let end = self.rest.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        let (inner, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..)?;
        Some(inner)
    }

    /// A number, `true`, `false` or `null`: everything up to what may follow a value.
    fn word(&self) -> &'a str {
        let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
        &self.rest[..end]
    }

    /// Steps over the value that begins here, however deep: a bracket counter, no recursion.
    pub(super) fn skip(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            self.space();
            match self.rest.bytes().next()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    open += 1;
                    self.rest = &self.rest[1..];
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.rest = &self.rest[1..];
                }
                b',' | b':' => self.rest = &self.rest[1..],
                _ => self.rest = self.rest.get(self.word().len().max(1)..)?,
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    /// Steps over the value that begins here and returns its text.
    pub(super) fn skipped(&mut self) -> Option<&'a str> {
        self.space();
        let from = self.rest;
        self.skip()?;
        from.get(..from.len() - self.rest.len())
    }
}

/// How many Unicode characters a raw string has; an escaped surrogate pair is one.
pub(super) fn characters(raw: &str) -> usize {
    let mut count = 0;
    let mut rest = raw.chars();
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

/// The name that a raw string stands for; `None` when it is no Unicode (a lone surrogate) or far too long.
pub(super) fn name(raw: &str) -> Option<Cow<'_, str>> {
    if raw.len() > 6 * super::NAME_BYTES {
        return None;
    }
    if !raw.contains('\\') {
        return Some(Cow::Borrowed(raw));
    }
    serde_json::from_str(&format!("\"{raw}\"")).ok().map(Cow::Owned)
}
