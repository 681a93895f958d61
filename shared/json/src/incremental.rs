//! Checks JSON text (RFC 8259) byte by byte, as it arrives: the same grammar and depth as [`super::Scanner`], in
//! constant memory.

mod string;

use super::{MAX_DEPTH, RawJsonError};

pub use string::IncrementalString;

/// The role of a byte in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// No name or value begins or ends here.
    Inside,
    /// The opening quote of a member's name.
    NameBegins,
    /// Its closing quote.
    NameEnds,
    /// The first byte of a value.
    ValueBegins,
    /// The last byte of a value. A number has none: see [`Incremental::ends_number`].
    ValueEnds,
}

/// The state of the grammar: the bytes that may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    /// After an opening bracket.
    FirstElement,
    /// After an opening brace.
    FirstName,
    Name,
    Colon,
    /// After a value inside an object or array.
    After,
    /// After the one value: white space only.
    End,
    /// Inside a string; `name` is true for a member's name.
    Text {
        name: bool,
        escape: Escape,
    },
    Number(Digits),
    /// The remaining bytes of `true`, `false` or `null`.
    Literal(&'static [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    /// After a backslash.
    Begun,
    /// This many hexadecimal digits are left.
    Hex(u8),
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

/// A check of one JSON text, at some position.
#[derive(Debug)]
pub struct Incremental {
    state: State,
    open: u32,
    /// The open levels as bits, 1 = object.
    objects: u64,
    at: usize,
}

impl Default for Incremental {
    fn default() -> Self {
        Self::new()
    }
}

impl Incremental {
    /// A check at the beginning of a text.
    pub const fn new() -> Self {
        Self { state: State::Value, open: 0, objects: 0, at: 0 }
    }

    /// The number of open objects and arrays.
    pub const fn depth(&self) -> u32 {
        self.open
    }

    /// True if the value has ended; not known of a number, whose next byte may be a digit (see
    /// [`Incremental::ends_number`]).
    pub fn is_over(&self) -> bool {
        self.state == State::End
    }

    /// True inside a member's name.
    pub const fn is_in_name(&self) -> bool {
        matches!(self.state, State::Text { name: true, .. })
    }

    /// Steps over the plain characters of a string that `bytes` begins with, and returns their number in bytes.
    pub fn skip_plain(&mut self, bytes: &[u8]) -> usize {
        if !matches!(self.state, State::Text { escape: Escape::None, .. }) {
            return 0;
        }
        let plain = super::scan::plain(bytes);
        self.at += plain;
        plain
    }

    /// True if `byte` comes just after a number; the caller still has to step over it.
    pub fn ends_number(&mut self, byte: u8) -> bool {
        use Digits as D;
        let State::Number(digits) = self.state else { return false };
        let goes_on = matches!(
            (digits, byte),
            (_, b'0'..=b'9')
                | (D::Zero | D::Whole, b'.' | b'e' | b'E')
                | (D::Fraction, b'e' | b'E')
                | (D::E, b'+' | b'-')
        );
        let complete = matches!(digits, D::Zero | D::Whole | D::Fraction | D::Exponent);
        if goes_on || !complete {
            return false;
        }
        self.state = self.after();
        true
    }

    /// Steps over one byte.
    pub fn step(&mut self, byte: u8) -> Result<Step, RawJsonError> {
        let step = self.take(byte);
        self.at += 1;
        step
    }

    fn take(&mut self, byte: u8) -> Result<Step, RawJsonError> {
        match self.state {
            State::Text { name, escape } => self.text(name, escape, byte),
            State::Number(digits) => self.number(digits, byte),
            State::Literal(rest) => match rest.split_first() {
                Some((expected, [])) if *expected == byte => {
                    self.state = self.after();
                    Ok(Step::ValueEnds)
                }
                Some((expected, rest)) if *expected == byte => {
                    self.state = State::Literal(rest);
                    Ok(Step::Inside)
                }
                _ => Err(self.malformed()),
            },
            _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => Ok(Step::Inside),
            State::FirstElement if byte == b']' => Ok(self.close()),
            State::Value | State::FirstElement => self.begin(byte),
            State::FirstName if byte == b'}' => Ok(self.close()),
            State::FirstName | State::Name if byte == b'"' => {
                self.state = State::Text { name: true, escape: Escape::None };
                Ok(Step::NameBegins)
            }
            State::Colon if byte == b':' => {
                self.state = State::Value;
                Ok(Step::Inside)
            }
            State::After => match (byte, self.objects & 1 == 1) {
                (b',', in_object) => {
                    self.state = if in_object { State::Name } else { State::Value };
                    Ok(Step::Inside)
                }
                (b'}', true) | (b']', false) => Ok(self.close()),
                _ => Err(self.malformed()),
            },
            State::FirstName | State::Name | State::Colon | State::End => Err(self.malformed()),
        }
    }

    fn begin(&mut self, byte: u8) -> Result<Step, RawJsonError> {
        self.state = match byte {
            b'{' | b'[' => {
                if self.open >= MAX_DEPTH {
                    return Err(RawJsonError::TooDeep);
                }
                self.open += 1;
                self.objects = self.objects << 1 | u64::from(byte == b'{');
                if byte == b'{' { State::FirstName } else { State::FirstElement }
            }
            b'"' => State::Text { name: false, escape: Escape::None },
            b'-' => State::Number(Digits::Minus),
            b'0' => State::Number(Digits::Zero),
            b'1'..=b'9' => State::Number(Digits::Whole),
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            _ => return Err(self.malformed()),
        };
        Ok(Step::ValueBegins)
    }

    fn close(&mut self) -> Step {
        self.open -= 1;
        self.objects >>= 1;
        self.state = self.after();
        Step::ValueEnds
    }

    fn text(&mut self, name: bool, escape: Escape, byte: u8) -> Result<Step, RawJsonError> {
        let escape = match (escape, byte) {
            (Escape::None, b'"') => {
                self.state = if name { State::Colon } else { self.after() };
                return Ok(if name { Step::NameEnds } else { Step::ValueEnds });
            }
            (Escape::None, b'\\') => Escape::Begun,
            (Escape::None, 0x20..) => Escape::None,
            (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Escape::None,
            (Escape::Begun, b'u') => Escape::Hex(4),
            (Escape::Hex(1), _) if byte.is_ascii_hexdigit() => Escape::None,
            (Escape::Hex(left), _) if byte.is_ascii_hexdigit() => Escape::Hex(left - 1),
            _ => return Err(self.malformed()),
        };
        self.state = State::Text { name, escape };
        Ok(Step::Inside)
    }

    fn number(&mut self, digits: Digits, byte: u8) -> Result<Step, RawJsonError> {
        use Digits as D;
        self.state = State::Number(match (digits, byte) {
            (D::Minus, b'0') => D::Zero,
            (D::Minus, b'1'..=b'9') | (D::Whole, b'0'..=b'9') => D::Whole,
            (D::Zero | D::Whole, b'.') => D::Point,
            (D::Point | D::Fraction, b'0'..=b'9') => D::Fraction,
            (D::Zero | D::Whole | D::Fraction, b'e' | b'E') => D::E,
            (D::E, b'+' | b'-') => D::Sign,
            (D::E | D::Sign | D::Exponent, b'0'..=b'9') => D::Exponent,
            _ => return Err(self.malformed()),
        });
        Ok(Step::Inside)
    }

    const fn after(&self) -> State {
        if self.open == 0 { State::End } else { State::After }
    }

    const fn malformed(&self) -> RawJsonError {
        RawJsonError::Malformed { at: self.at }
    }
}

/// Checks that the concatenation of chunks is UTF-8.
#[derive(Debug, Default)]
pub struct IncrementalUtf8 {
    /// The start of a character whose end has not arrived yet.
    begun: [u8; 4],
    length: usize,
}

impl IncrementalUtf8 {
    /// Takes the next bytes of the text; a character may be cut between two chunks.
    ///
    /// # Errors [`RawJsonError::NotUtf8`] if the bytes so far are not the beginning of a UTF-8 text.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), RawJsonError> {
        while self.length > 0 {
            let Some((next, rest)) = chunk.split_first() else { return Ok(()) };
            let Some(slot) = self.begun.get_mut(self.length) else { return Err(RawJsonError::NotUtf8) };
            *slot = *next;
            self.length += 1;
            chunk = rest;
            match std::str::from_utf8(&self.begun[..self.length]) {
                Ok(_) => self.length = 0,
                Err(error) if error.error_len().is_some() => return Err(RawJsonError::NotUtf8),
                Err(_) => {}
            }
        }
        match std::str::from_utf8(chunk) {
            Ok(_) => Ok(()),
            Err(error) if error.error_len().is_some() => Err(RawJsonError::NotUtf8),
            Err(error) => {
                let begun = &chunk[error.valid_up_to()..];
                self.begun[..begun.len()].copy_from_slice(begun);
                self.length = begun.len();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::RawJson;
    use super::*;

    /// Walks `text` in chunks of `size`.
    fn walk(text: &[u8], size: usize) -> Result<(), RawJsonError> {
        let (mut walk, mut utf8) = (Incremental::new(), IncrementalUtf8::default());
        for chunk in text.chunks(size) {
            utf8.push(chunk)?;
            let mut at = 0;
            while at < chunk.len() {
                at += walk.skip_plain(&chunk[at..]);
                let Some(byte) = chunk.get(at) else { break };
                walk.ends_number(*byte);
                walk.step(*byte)?;
                at += 1;
            }
        }
        walk.ends_number(b' ');
        if utf8.length > 0 {
            return Err(RawJsonError::NotUtf8);
        }
        if walk.is_over() { Ok(()) } else { Err(RawJsonError::Malformed { at: text.len() }) }
    }

    #[test]
    fn incremental_check_agrees_with_scanner_in_any_chunks() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let mut texts: Vec<Vec<u8>> = [
            r#"{"a":[1,-0.5e+3,true,false,null,"x\u00e4\n\"",{}],"b":{"c":[]}}"#,
            " [ ] ",
            "{}",
            "0",
            "-1",
            "01",
            "-",
            "1.",
            "1e",
            "1e5",
            "1E-5 ",
            ".5",
            "+1",
            "tru",
            "true ",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u12\"",
            "\"a\tb\"",
            "[1,]",
            "[,1]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{1:2}",
            "[1}",
            "{\"a\":1]",
            "[1 2]",
            "1 2",
            "",
            " ",
            "[[]",
            "]",
            "{\"a\":1}}",
            "[1.5,2]",
            "[0]",
            "[1e1,{\"x\":2E0}]",
            "\"\u{e4}\u{20ac}\u{1f600}\"",
            "{\"\u{e4}\":\"\u{1f600} and some more text that is long enough\"}",
        ]
        .into_iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
        texts.push(deep(64).into_bytes());
        texts.push(deep(65).into_bytes());
        texts.push(b"\"\xff\"".to_vec());
        texts.push(b"\"\xe2\x82\"".to_vec());
        texts.push(b"\"\xf0\x9f\x98".to_vec());
        texts.push(b"\"\xed\xa0\x80\"".to_vec());
        for text in texts {
            let expected = RawJson::parse(Bytes::from(text.clone())).is_ok();
            for size in 1..=text.len().max(1) {
                let walked = walk(&text, size);
                let shown = String::from_utf8_lossy(&text);
                assert_eq!(walked.is_ok(), expected, "`{shown}` in chunks of {size} should end as in one: {walked:?}");
            }
        }
    }
}
