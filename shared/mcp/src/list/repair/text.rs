//! JSON text that every client parses: no half of a surrogate pair, no integer that Python refuses.

use std::borrow::Cow;

use memchr::memmem;

/// The maximum number of digits in a row. Python's JSON readers refuse integers of more than 4,300.
const MAX_DIGITS: usize = 4_300;

/// The text with U+FFFD in place of each half of a surrogate pair; `None` if a number is too long.
pub(super) fn readable(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_DIGITS && has_long_number(text.as_bytes()) {
        return None;
    }
    if memmem::find(text.as_bytes(), b"\\u").is_none() {
        return Some(Cow::Borrowed(text));
    }
    let (mut out, mut kept_to, mut at) = (String::new(), 0, 0);
    while let Some(found) = memchr::memchr(b'\\', text.as_bytes().get(at..).unwrap_or_default()) {
        at += found;
        at += match (half(text, at), half(text, at + 6)) {
            (None, _) => 2,
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str(text.get(kept_to..at).unwrap_or_default());
                out.push_str("\\ufffd");
                kept_to = at + 6;
                6
            }
            (Some(_), _) => 6,
        };
    }
    if kept_to == 0 {
        return Some(Cow::Borrowed(text));
    }
    out.push_str(text.get(kept_to..).unwrap_or_default());
    Some(Cow::Owned(out))
}

/// The code unit of an escape `\uXXXX` at this byte.
fn half(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}

fn has_long_number(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_digit()).any(|digits| digits.len() > MAX_DIGITS)
}

/// True for `{}` and `[]`.
pub(super) fn is_empty(value: &str) -> bool {
    let inside = |open, close| value.strip_prefix(open).and_then(|value: &str| value.strip_suffix(close));
    inside('{', '}').or_else(|| inside('[', ']')).is_some_and(|inside| inside.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_of_surrogate_pairs_are_replaced() {
        for (text, expected) in [
            (r#""\ud83d\ude00 \u00e9 \\ud800""#, r#""\ud83d\ude00 \u00e9 \\ud800""#),
            (r#""a\ud800b""#, r#""a\ufffdb""#),
            (r#""\uDC00""#, r#""\ufffd""#),
            (r#""\ud800\ud83d\ude00\ud83d""#, r#""\ufffd\ud83d\ude00\ufffd""#),
            (r#""\\\ud800""#, r#""\\\ufffd""#),
        ] {
            assert_eq!(readable(text).as_deref(), Some(expected), "{text}");
        }
        assert!(matches!(readable(r#""\u00e9""#), Some(Cow::Borrowed(_))), "a good text should not be copied");
        assert!(readable(&"9".repeat(4_300)).is_some(), "Python reads such an integer");
        assert!(readable(&"9".repeat(4_301)).is_none(), "and none longer");
    }
}
