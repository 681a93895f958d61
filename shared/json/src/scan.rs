//! Walks JSON text (RFC 8259) without recursion and without building anything.
//!
//! [`Scanner::value`] checks one value and steps over it; [`Scanner::object`] and [`Scanner::array`] hand their parts
//! to a closure. So one pass both validates a text and finds the few members that are needed.
//!
//! The open levels of a value are kept as bits of one `u64` (1 = object), which is why the depth limit is 64.

use std::borrow::Cow;

use super::MAX_DEPTH;

/// The fault at which a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanError {
    /// The grammar is broken at this byte.
    Malformed {
        /// Offset in bytes from the start of the text.
        at: usize,
    },
    /// More than [`MAX_DEPTH`] levels.
    TooDeep,
}

/// A position in a JSON text.
pub struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Levels that `object` and `array` have entered.
    entered: u32,
}

impl<'a> Scanner<'a> {
    /// A scanner at the beginning of `text`.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, entered: 0 }
    }

    /// The first byte of the next value, if there is one.
    pub fn next_byte(&mut self) -> Option<u8> {
        self.skip_space();
        self.byte()
    }

    /// The position, in bytes from the start of the text.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text from an earlier position to here.
    pub fn text_since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Checks the next value and steps over it; returns its text.
    pub fn value(&mut self) -> Result<&'a str, ScanError> {
        self.skip_space();
        let start = self.at;
        let mut open: u32 = 0;
        let mut objects: u64 = 0;
        loop {
            // At the start of a value.
            match self.byte() {
                Some(bracket @ (b'{' | b'[')) => {
                    if self.entered + open >= MAX_DEPTH {
                        return Err(ScanError::TooDeep);
                    }
                    self.at += 1;
                    self.skip_space();
                    let is_object = bracket == b'{';
                    if self.byte() == Some(if is_object { b'}' } else { b']' }) {
                        self.at += 1;
                    } else {
                        open += 1;
                        objects = objects << 1 | u64::from(is_object);
                        if is_object {
                            self.name()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.literal("true")?,
                Some(b'f') => self.literal("false")?,
                Some(b'n') => self.literal("null")?,
                _ => return Err(self.malformed()),
            }
            // After a value: close levels until another value follows.
            loop {
                if open == 0 {
                    return Ok(self.text_since(start));
                }
                self.skip_space();
                let in_object = objects & 1 == 1;
                match self.byte() {
                    Some(b',') => {
                        self.at += 1;
                        self.skip_space();
                        if in_object {
                            self.name()?;
                        }
                        break;
                    }
                    Some(b'}') if in_object => {}
                    Some(b']') if !in_object => {}
                    _ => return Err(self.malformed()),
                }
                self.at += 1;
                open -= 1;
                objects >>= 1;
            }
        }
    }

    /// Walks an object: `member` gets each name as JSON text, and must step over exactly one value.
    pub fn object<E: From<ScanError>>(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a str) -> Result<(), E>,
    ) -> Result<(), E> {
        self.list(b'{', b'}', |scanner| {
            let name = scanner.name()?;
            member(scanner, name)
        })
    }

    /// Walks an array: `element` must step over exactly one value.
    pub fn array<E: From<ScanError>>(&mut self, element: impl FnMut(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.list(b'[', b']', element)
    }

    /// Checks that only white space is left.
    pub fn finish(&mut self) -> Result<(), ScanError> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.malformed()) }
    }

    fn list<E: From<ScanError>>(
        &mut self,
        open: u8,
        close: u8,
        mut part: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.skip_space();
        if self.byte() != Some(open) {
            return Err(self.malformed().into());
        }
        if self.entered >= MAX_DEPTH {
            return Err(ScanError::TooDeep.into());
        }
        self.entered += 1;
        self.at += 1;
        self.skip_space();
        if self.byte() == Some(close) {
            self.at += 1;
            self.entered -= 1;
            return Ok(());
        }
        loop {
            part(self)?;
            self.skip_space();
            match self.byte() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_space();
                }
                Some(byte) if byte == close => {
                    self.at += 1;
                    self.entered -= 1;
                    return Ok(());
                }
                _ => return Err(self.malformed().into()),
            }
        }
    }

    /// A member's name and the colon after it; leaves the position at the value.
    fn name(&mut self) -> Result<&'a str, ScanError> {
        let start = self.at;
        if self.byte() != Some(b'"') {
            return Err(self.malformed());
        }
        self.string()?;
        let name = self.text_since(start);
        self.skip_space();
        if self.byte() != Some(b':') {
            return Err(self.malformed());
        }
        self.at += 1;
        self.skip_space();
        Ok(name)
    }

    /// A string, from its opening quote.
    fn string(&mut self) -> Result<(), ScanError> {
        self.at += 1;
        loop {
            self.skip_plain();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.byte() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.byte().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                                    return Err(self.malformed());
                                }
                                self.at += 1;
                            }
                        }
                        _ => return Err(self.malformed()),
                    }
                }
                // A control character, or the end of the text.
                _ => return Err(self.malformed()),
            }
        }
    }

    /// Steps over the plain characters of a string.
    fn skip_plain(&mut self) {
        self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }

    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
    fn number(&mut self) -> Result<(), ScanError> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.malformed()) } else { Ok(()) }
    }

    fn literal(&mut self, literal: &str) -> Result<(), ScanError> {
        if self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(literal.as_bytes())) {
            self.at += literal.len();
            Ok(())
        } else {
            Err(self.malformed())
        }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn malformed(&self) -> ScanError {
        ScanError::Malformed { at: self.at }
    }
}

/// The number of plain bytes at the start of `bytes`: those before the next quote, backslash or control character.
///
/// Eight bytes at a time, since most of a tool list is descriptions. For each of the three, the byte's top bit is set
/// where it matches; a borrow can set the bit of a *later* byte wrongly, never of an earlier one, so the lowest bit is
/// exact.
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let found = ((word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash))
            & TOPS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|&&byte| byte >= 0x20 && byte != b'"' && byte != b'\\').count()
}

/// The decoded text of a JSON string given as JSON text; `None` if it is no string, or has an unpaired surrogate.
pub fn decode_string(text: &str) -> Option<Cow<'_, str>> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') { serde_json::from_str(text).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(inside)) }
}
