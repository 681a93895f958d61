//! Decodes a JSON string byte by byte, in constant memory, to a digest of its characters.

use std::hash::{DefaultHasher, Hasher};

use crate::decode_string;

/// The length of `\uXXXX` in bytes; a surrogate pair has two.
const UNICODE_ESCAPE_BYTES: usize = 6;

/// A JSON string at some position between its quotes.
///
/// Equal strings have equal digests, in any escapes. The digest has no secret key: the sender of two names with one
/// digest only has its own message refused.
#[derive(Debug, Default)]
pub struct IncrementalString {
    digest: DefaultHasher,
    /// The unfinished escape sequence, up to a whole surrogate pair.
    escape: String,
    is_invalid: bool,
}

impl IncrementalString {
    /// Takes the next byte between the quotes. Another check, such as [`super::Incremental`], accepts the grammar.
    pub fn push(&mut self, byte: u8) {
        let is_cut_pair = match self.escape.len() {
            0 if byte != b'\\' => return self.digest.write_u8(byte),
            UNICODE_ESCAPE_BYTES => byte != b'\\',
            7 => byte != b'u',
            _ => false,
        };
        if is_cut_pair {
            // The first half of a pair, without the second: nothing after it can make the string valid.
            self.is_invalid = true;
            self.escape.clear();
            return;
        }
        self.escape.push(char::from(byte));
        let is_whole = match self.escape.len() {
            2 => byte != b'u',
            length => length % UNICODE_ESCAPE_BYTES == 0,
        };
        if !is_whole {
            return;
        }
        match decode_string(&format!("\"{}\"", self.escape)) {
            Some(decoded) => decoded.bytes().for_each(|byte| self.digest.write_u8(byte)),
            None if self.escape.len() == UNICODE_ESCAPE_BYTES => return,
            None => self.is_invalid = true,
        }
        self.escape.clear();
    }

    /// Returns the digest of the whole string; `None` if it has an unpaired surrogate, which no Unicode string has.
    #[must_use]
    pub fn finish(&self) -> Option<u64> {
        (!self.is_invalid && self.escape.is_empty()).then(|| self.digest.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(inside: &str) -> Option<u64> {
        let mut string = IncrementalString::default();
        inside.bytes().for_each(|byte| string.push(byte));
        string.finish()
    }

    #[test]
    fn digest_is_that_of_decoded_text() {
        let texts = [
            "",
            "id",
            r"i\u0064",
            r"\u0069\u0064",
            r"\u0069D",
            "\u{e4}\u{20ac}\u{1f600}",
            r"\u00e4\u20AC\ud83d\ude00",
            r#"\"\\\/\b\f\n\r\t"#,
            r"\ud83d",
            r"\ud83dx",
            r"\ud83d\n",
            r"\ud83d\nde00",
            r"\ud83d\u0041",
            r"\ud83d\ud83d\ude00",
            r"\ude00\ud83d",
            r"\ude00",
            r"x\ud83d\ude00\ude00y",
        ];
        for one in texts {
            let decoded = |inside: &str| decode_string(&format!("\"{inside}\"")).map(|text| text.into_owned());
            assert_eq!(digest(one).is_some(), decoded(one).is_some(), "`{one}` should be as valid as when decoded");
            for other in texts.into_iter().filter(|other| decoded(other).is_some()) {
                let are_equal = decoded(one) == decoded(other);
                assert_eq!(digest(one) == digest(other), are_equal, "`{one}` and `{other}`");
            }
        }
    }
}
