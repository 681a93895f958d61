//! Regular expressions of ECMAScript with the flag `u`, in which clients compile the patterns of schemas.
//!
//! The grammar is ECMA-262 §22.2.1 without what newer engines alone accept. Python's `(?P<name>…)`, `\Z`, `(?i)` and
//! needless escapes such as `\-` are no part of it.

use std::iter::Peekable;
use std::str::Chars;

/// The values of `\p{…}` that every engine knows: general categories (Unicode UAX #44), and `L`-like abbreviations.
const PROPERTIES: &str = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc \
                          Cf Cs Co Cn Letter Number Punctuation Symbol Mark Alphabetic Lowercase Uppercase ASCII Any ";

/// True if every engine compiles it.
pub(super) fn is_expression(text: &str) -> bool {
    Parser { rest: text.chars().peekable(), groups: 0, references: 0 }.parse().is_some_and(|parser| {
        // `\3` needs a third group, which may come later.
        parser.references <= parser.groups
    })
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// Capturing groups.
    groups: u32,
    /// The highest number in a reference to one.
    references: u32,
}

/// The part before a quantifier.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// An atom, which a quantifier may follow.
    Atom,
    /// The beginning of an alternative, an assertion, or a quantifier.
    Nothing,
}

impl Parser<'_> {
    fn parse(mut self) -> Option<Self> {
        // Of each open group: true if it may be quantified.
        let mut open = Vec::new();
        let mut before = Before::Nothing;
        while let Some(character) = self.rest.next() {
            before = match character {
                '^' | '$' | '|' => Before::Nothing,
                '(' => {
                    open.push(self.group()?);
                    Before::Nothing
                }
                ')' if open.pop()? => Before::Atom,
                ')' => Before::Nothing,
                '[' => {
                    self.class()?;
                    Before::Atom
                }
                '\\' => self.escape()?,
                '*' | '+' | '?' | '{' if before == Before::Atom => {
                    if character == '{' {
                        self.bounds()?;
                    }
                    self.rest.next_if_eq(&'?');
                    Before::Nothing
                }
                '*' | '+' | '?' | '{' | '}' | ']' => return None,
                _ => Before::Atom,
            };
        }
        open.is_empty().then_some(self)
    }

    /// Reads the part after `(`; true if the group may be quantified.
    fn group(&mut self) -> Option<bool> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.groups += 1;
            return Some(true);
        }
        match (self.rest.next()?, self.rest.peek()) {
            (':', _) => Some(true),
            ('=' | '!', _) => Some(false),
            ('<', Some('=' | '!')) => self.rest.next().map(|_| false),
            // A name must be unique, and modifiers are new.
            _ => None,
        }
    }

    /// Reads the part after `{`: `2}`, `2,}` or `2,3}`.
    fn bounds(&mut self) -> Option<()> {
        let least = self.number()?;
        if self.rest.next_if_eq(&',').is_some() && self.rest.peek() != Some(&'}') {
            let most = self.number()?;
            (least <= most).then_some(())?;
        }
        self.rest.next_if_eq(&'}').map(drop)
    }

    fn number(&mut self) -> Option<u32> {
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().ok()
    }

    /// Reads the part after `\` outside a class.
    fn escape(&mut self) -> Option<Before> {
        match *self.rest.peek()? {
            'b' | 'B' => {
                self.rest.next();
                Some(Before::Nothing)
            }
            '1'..='9' => {
                self.references = self.references.max(self.number()?);
                Some(Before::Atom)
            }
            _ => self.character(false).map(|_| Before::Atom),
        }
    }

    /// A class, from behind its `[`.
    fn class(&mut self) -> Option<()> {
        self.rest.next_if_eq(&'^');
        loop {
            let low = match self.member()? {
                Member::End => return Some(()),
                Member::Set => None,
                Member::One(character) => Some(character),
            };
            if self.rest.peek() != Some(&'-') {
                continue;
            }
            self.rest.next();
            match (low, self.member()?) {
                // A `-` at the end stands for itself.
                (_, Member::End) => return Some(()),
                (Some(low), Member::One(high)) if low <= high => {}
                _ => return None,
            }
        }
    }

    fn member(&mut self) -> Option<Member> {
        match self.rest.next()? {
            ']' => Some(Member::End),
            '\\' => self.character(true).map(|character| character.map_or(Member::Set, Member::One)),
            character => Some(Member::One(character)),
        }
    }

    /// An escape that stands for a character, or for a set of them (`None` inside).
    fn character(&mut self, in_class: bool) -> Option<Option<char>> {
        let one = |character: char| Some(Some(character));
        match self.rest.next()? {
            'd' | 'D' | 'w' | 'W' | 's' | 'S' => Some(None),
            'p' | 'P' => self.property().map(|()| None),
            'f' => one('\u{c}'),
            'n' => one('\n'),
            'r' => one('\r'),
            't' => one('\t'),
            'v' => one('\u{b}'),
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => one('\0'),
            'x' => self.hexadecimal(2).map(Some),
            'u' => self.hexadecimal(4).map(Some),
            'b' if in_class => one('\u{8}'),
            '-' if in_class => one('-'),
            syntax if "^$\\.*+?()[]{}|/".contains(syntax) => one(syntax),
            _ => None,
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<char> {
        let text: String = self.rest.by_ref().take(digits).collect();
        let is_whole = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_whole.then(|| u32::from_str_radix(&text, 16).ok()).flatten().and_then(char::from_u32)
    }

    /// `{Lu}`.
    fn property(&mut self) -> Option<()> {
        self.rest.next_if_eq(&'{')?;
        let mut name = String::from(" ");
        loop {
            match self.rest.next()? {
                '}' => break,
                letter if letter.is_ascii_alphabetic() => name.push(letter),
                _ => return None,
            }
        }
        PROPERTIES.contains(&(name + " ")).then_some(())
    }
}

/// A member of a class.
enum Member {
    End,
    /// Several characters, which bound no range.
    Set,
    One(char),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_is_one_that_ecmascript_compiles() {
        for text in [
            "",
            "a",
            "|",
            "()",
            "a|",
            "$",
            ".",
            r"\p{L}",
            r"\p{Lu}",
            "a{2}",
            "x{0,}",
            "a{1}?",
            "a??",
            "a+?",
            r"[\b]",
            r"[\-]",
            r"(a)\1",
            r"\1(a)",
            r"\0",
            "[]",
            "[^]",
            "[--a]",
            "[+--]",
            "[a-]",
            r"\/",
            "[.-/]",
            r"[^\s]",
            r"[\w.-]",
            "é",
            "[é-ü]",
            "(?<=a)b",
            "(?<!a)b",
            "(?:a)+",
            r"^[\w.-]+@[\w-]+$",
            r"^\d{4}-\d{2}$",
            r"\u00e9",
        ] {
            assert!(is_expression(text), "`{text}` should compile");
        }
        for text in [
            "a{2,1}",
            r"\-",
            r"[a-\d]",
            "[z-a]",
            "(?=a)*",
            r"\1",
            r"(a)\2",
            r"\01",
            "a**",
            "^*",
            "(",
            ")",
            r"\_",
            r"\ ",
            r"\@",
            "a{1",
            "{",
            "}",
            r"\k",
            "[]a]",
            r"\u12",
            r"\xg1",
            r"\c",
            r"\B+",
            "a{1}{2}",
            "(?P<x>a)",
            r"\Z",
            "(?i)x",
            "a{,3}",
            "[",
            r"[\w-a]",
            r"\x4",
            "a]",
            r"\p{Nope}",
            "\\",
        ] {
            assert!(!is_expression(text), "`{text}` should not compile");
        }
    }
}
