//! Tokens of a policy's text, as far as its bounds depend on them.

/// A token with an effect on the bounds; all others are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, a number or a string.
    Operand,
    /// An operator that is not one of the following.
    Operator,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `(`, `[` or `{`
    Open,
    /// `)`, `]` or `}`
    Close,
    /// `,`
    Comma,
    /// `if`
    If,
    /// `when` or `unless`
    Condition,
}

/// The tokens of `text` with their byte offsets, without white space and comments.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (usize, Token)> + '_ {
    let mut offset = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(offset..)?;
            let first = rest.chars().next()?;
            let length = length(rest, first);
            let start = offset;
            offset += length;
            if let Some(token) = rest.get(..length).and_then(|text| kind(text, first)) {
                return Some((start, token));
            }
        }
    })
}

/// Length of the token, comment or white space at the start of `rest`, bytes.
fn length(rest: &str, first: char) -> usize {
    let until = |end: fn(char) -> bool| rest.find(end).unwrap_or(rest.len());
    match first {
        _ if rest.starts_with("//") => until(|character| matches!(character, '\n' | '\r')),
        '"' => string_length(rest),
        _ if is_word(first) => until(|character| !is_word(character)),
        _ if ["&&", "||", "==", "!=", "<=", ">=", "::"].iter().any(|two| rest.starts_with(two)) => 2,
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

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The effect of a token; `None` for one without.
fn kind(text: &str, first: char) -> Option<Token> {
    Some(match text {
        "&&" => Token::And,
        "||" => Token::Or,
        "(" | "[" | "{" => Token::Open,
        ")" | "]" | "}" => Token::Close,
        "," => Token::Comma,
        "if" => Token::If,
        "when" | "unless" => Token::Condition,
        "in" | "has" | "like" | "is" => Token::Operator,
        "=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "!" | "-" | "+" | "*" | "/" | "%" | "." => Token::Operator,
        _ if first == '"' || is_word(first) => Token::Operand,
        _ => return None,
    })
}
