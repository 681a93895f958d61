//! Legible: text of a folder as it is shown to people, without characters that hide or reorder other text.
//!
//! A review must show every character. A control character can erase the line above it on a terminal, a bidirectional
//! mark reorders a condition (CVE-2021-42574), and a zero-width character or tag hides an instruction to a model.

use std::fmt::Write as _;

/// True if the character has no width of its own, changes the order or colour of others, or breaks a line. Includes
/// Unicode's default ignorable characters (`DerivedCoreProperties.txt`), variation selectors and tags among them.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// `text` on one line: each hidden character is shown as `\n`, `\r`, `\t` or `\u{…}`.
#[must_use]
pub fn legible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut shown, character);
    }
    shown
}

/// As [`legible`], but line feeds stay.
#[must_use]
pub fn legible_lines(text: &str) -> String {
    text.split('\n').map(legible).collect::<Vec<_>>().join("\n")
}

/// `text` in backticks. Two different texts are never shown alike: backticks and `\` in it are escaped too.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('`');
    for character in text.chars() {
        if matches!(character, '`' | '\\') {
            shown.push('\\');
        }
        push(&mut shown, character);
    }
    shown.push('`');
    shown
}

/// JSON text with hidden characters as `\uXXXX`, which is the same JSON: outside of strings there are none but white
/// space.
#[must_use]
pub fn legible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) && !matches!(character, '\n' | '\r' | '\t') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String never fails.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

fn push(shown: &mut String, character: char) {
    if is_hidden(character) {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each family: colour, erased line, C1, bidirectional, zero-width, filler, variation selector, tag.
    const HIDDEN: [char; 16] = [
        '\u{1b}',
        '\u{8}',
        '\u{7f}',
        '\u{9b}',
        '\u{202e}',
        '\u{2066}',
        '\u{61c}',
        '\u{200b}',
        '\u{200d}',
        '\u{2060}',
        '\u{feff}',
        '\u{ad}',
        '\u{2028}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{e0041}',
    ];

    #[test]
    fn hidden_characters_are_escaped() {
        for character in HIDDEN {
            let text = format!("a{character}b");
            let code = format!("\\u{{{:x}}}", u32::from(character));
            assert_eq!(legible(&text), format!("a{code}b"));
            assert_eq!(quoted(&text), format!("`a{code}b`"));
            let json = serde_json::to_string(&text).unwrap_or_default();
            let shown = legible_json(&json);
            assert!(!shown.contains(is_hidden), "{shown:?}");
            assert_eq!(serde_json::from_str::<String>(&shown).ok(), Some(text), "the value should stay the same");
        }
        assert_eq!(legible("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(legible_lines("a\nb\u{1b}"), "a\nb\\u{1b}");
    }

    #[test]
    fn visible_text_stays() {
        for text in ["Équipe support", "日本語 مرحبا שלום", "a `b` \\ c", "👩", ""] {
            assert_eq!(legible(text), text);
            assert_eq!(legible_json(text), text);
        }
    }

    #[test]
    fn different_texts_are_never_quoted_alike() {
        let texts = ["\u{202e}", "\\u{202e}", "\n", "\\n", "`", "\\`", "\\", "\\\\", "a` → `b", "a"];
        for (index, one) in texts.iter().enumerate() {
            for other in texts.iter().skip(index + 1) {
                assert_ne!(quoted(one), quoted(other), "{one:?} and {other:?}");
            }
        }
    }
}
