//! Tokens of a policy's text, as far as its bounds depend on them.

use crate::lexeme::{is_word, lexemes};

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

/// The tokens of `text` with their byte offsets.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (usize, Token)> + '_ {
    lexemes(text).filter_map(|(offset, lexeme)| Some((offset, kind(lexeme)?)))
}

/// The effect of a token; `None` for one without.
fn kind(text: &str) -> Option<Token> {
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
        _ if text.starts_with(|first: char| first == '"' || is_word(first)) => Token::Operand,
        _ => return None,
    })
}
