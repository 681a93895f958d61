//! Lexemes of a policy's text: words, strings and operators, without white space and comments.

/// The operators of two characters.
const TWO: [&str; 7] = ["&&", "||", "==", "!=", "<=", ">=", "::"];

/// The lexemes of `text` with their byte offsets: a word or number, a string with its quotes, an operator, or any other
/// single character.
pub fn lexemes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(offset..)?;
            let first = rest.chars().next()?;
            let start = offset;
            offset += length(rest, first);
            if !first.is_whitespace() && !rest.starts_with("//") {
                return text.get(start..offset).map(|lexeme| (start, lexeme));
            }
        }
    })
}

/// Length of the lexeme, comment or white space at the start of `rest`, bytes.
fn length(rest: &str, first: char) -> usize {
    let until = |end: fn(char) -> bool| rest.find(end).unwrap_or(rest.len());
    match first {
        // As for Cedar: an editor may show the text after a lone CR on a line of its own.
        _ if rest.starts_with("//") => until(|character| matches!(character, '\n' | '\r')),
        '"' => string_length(rest),
        _ if is_word(first) => until(|character| !is_word(character)),
        _ if TWO.iter().any(|two| rest.starts_with(two)) => 2,
        _ => first.len_utf8(),
    }
}

/// Length of a string with its quotes, bytes; an unclosed string extends to the end.
fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (offset, character) in rest.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return offset + 1,
            _ => {}
        }
    }
    rest.len()
}

/// True for a character of words and numbers.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
