//! The tokens of a Rust file, as far as paths and items need them: names, `::`, strings, single marks.

/// One token and its line, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its kind, with its text.
    pub kind: Kind,
    /// The line on which it begins.
    pub line: usize,
}

/// Comments, numbers, characters and lifetimes are left out: none of them names an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword, without `r#`.
    Name(String),
    /// `::`.
    Separator,
    /// The content of a string literal, escapes as written.
    Text(String),
    /// Any other character.
    Mark(char),
}

/// Reads a whole file. Expects text that compiles; tokens of other text are a guess.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { characters: text.chars().collect(), at: 0, line: 1 };
    let mut tokens = Vec::new();
    loop {
        let line = reader.line_of_next();
        match reader.next() {
            Some(Some(kind)) => tokens.push(Token { kind, line }),
            Some(None) => {}
            None => return tokens,
        }
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
    line: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn take(&mut self) -> Option<char> {
        let taken = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(taken == '\n');
        Some(taken)
    }

    /// Skips white space, so that the line is the next token's own.
    fn line_of_next(&mut self) -> usize {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.take();
        }
        self.line
    }

    /// The next token; `Some(None)` for text that is no token, `None` at the end.
    fn next(&mut self) -> Option<Option<Kind>> {
        let first = self.take()?;
        let kind = match (first, self.peek(0)) {
            ('/', Some('/')) => {
                while self.peek(0).is_some_and(|next| next != '\n') {
                    self.take();
                }
                None
            }
            ('/', Some('*')) => {
                self.block_comment();
                None
            }
            ('"', _) => Some(Kind::Text(self.string())),
            ('\'', _) => {
                self.character_or_lifetime();
                None
            }
            (':', Some(':')) => {
                self.take();
                Some(Kind::Separator)
            }
            (first, _) if first.is_ascii_digit() => {
                self.word(first);
                None
            }
            (first, _) if first.is_alphanumeric() || first == '_' => self.name_or_string(first),
            (mark, _) => Some(Kind::Mark(mark)),
        };
        Some(kind)
    }

    fn word(&mut self, first: char) -> String {
        let mut word = String::from(first);
        while let Some(next) = self.peek(0).filter(|next| next.is_alphanumeric() || *next == '_') {
            word.push(next);
            self.take();
        }
        word
    }

    /// A name, or the string whose prefix it is: `b"…"`, `r#"…"#`.
    fn name_or_string(&mut self, first: char) -> Option<Kind> {
        let word = self.word(first);
        let raw = matches!(word.as_str(), "r" | "br" | "cr");
        match self.peek(0) {
            Some('"') if raw => Some(Kind::Text(self.raw_string())),
            Some('"') if matches!(word.as_str(), "b" | "c") => {
                self.take();
                Some(Kind::Text(self.string()))
            }
            Some('\'') if word == "b" => {
                self.take();
                self.character_or_lifetime();
                None
            }
            Some('#') if raw => {
                if word == "r" && self.peek(1).is_some_and(|next| next.is_alphabetic() || next == '_') {
                    self.take();
                    let first = self.take()?;
                    return Some(Kind::Name(self.word(first)));
                }
                Some(Kind::Text(self.raw_string()))
            }
            _ => Some(Kind::Name(word)),
        }
    }

    /// The rest of a string after its opening quote.
    fn string(&mut self) -> String {
        let mut content = String::new();
        while let Some(next) = self.take() {
            match next {
                '"' => break,
                '\\' => {
                    content.push(next);
                    content.extend(self.take());
                }
                _ => content.push(next),
            }
        }
        content
    }

    /// A raw string from its first `#` or quote.
    fn raw_string(&mut self) -> String {
        let mut hashes = 0;
        while self.peek(0) == Some('#') {
            self.take();
            hashes += 1;
        }
        self.take();
        let mut content = String::new();
        while let Some(next) = self.take() {
            if next == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                for _ in 0..hashes {
                    self.take();
                }
                break;
            }
            content.push(next);
        }
        content
    }

    /// The rest of `'a'`, `'\n'`, `'\u{1F600}'` or the lifetime `'a` after its quote.
    fn character_or_lifetime(&mut self) {
        match self.peek(0) {
            Some('\\') => {
                self.take();
                self.take();
                while self.take().is_some_and(|next| next != '\'') {}
            }
            Some(_) if self.peek(1) == Some('\'') => {
                self.take();
                self.take();
            }
            _ => {
                self.word('\'');
            }
        }
    }

    /// The rest of a block comment; they nest.
    fn block_comment(&mut self) {
        self.take();
        let mut open = 1;
        while open > 0 {
            match (self.take(), self.peek(0)) {
                (Some('/'), Some('*')) => {
                    self.take();
                    open += 1;
                }
                (Some('*'), Some('/')) => {
                    self.take();
                    open -= 1;
                }
                (None, _) => return,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        tokens(text)
            .into_iter()
            .filter_map(|token| match token.kind {
                Kind::Name(name) => Some(name),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn comments_strings_and_characters_name_nothing() {
        let text = "a /* b /* c */ d */ e // f\n\"g \\\" h\" 'i' '\\'' b'j' b\"k\" r#\"l \" m\"# 1n";
        assert_eq!(names(text), ["a", "e"]);
    }

    #[test]
    fn lifetimes_are_no_characters() {
        assert_eq!(
            names("fn f<'a>(x: &'a str, y: &'static X) -> char { 'b' }").last().map(String::as_str),
            Some("char")
        );
        assert_eq!(names("r#type::x"), ["type", "x"], "a raw name should lose its mark");
    }

    #[test]
    fn lines_are_those_of_the_tokens() {
        let lines: Vec<usize> = tokens("a\n\"b\nc\"\n::d").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 4, 4]);
    }
}
