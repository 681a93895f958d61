//! The writer of HTML: markup comes from the program, everything else is escaped.

use std::fmt::Write as _;

use registry::legible::is_hidden;

/// The longest name that is shown, in characters: of a client, a person, or a server.
const NAME_CHARACTERS: usize = 100;

/// A piece of an HTML document.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// An empty piece.
    #[must_use]
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Appends markup. It is `'static`, so it can't be text from a client.
    pub fn markup(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text, or the value of an attribute between double quotes. A character that hides or reorders others is
    /// shown by its number.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                character if is_hidden(character) => {
                    // Writing to a String never fails.
                    let _ = write!(self.0, "\\u{{{:x}}}", u32::from(character));
                }
                character => self.0.push(character),
            }
        }
        self
    }

    /// Appends a name that another party has chosen: cut to 100 characters, and isolated. So a name written from right
    /// to left doesn't reorder the text around it (HTML, the `bdi` element).
    pub fn name(&mut self, name: &str) -> &mut Self {
        let cut = name.char_indices().nth(NAME_CHARACTERS).map_or(name, |(end, _)| &name[..end]);
        self.markup("<bdi>").text(cut).markup(if cut.len() < name.len() { "…</bdi>" } else { "</bdi>" })
    }

    /// Appends a number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        let _ = write!(self.0, "{number}");
        self
    }

    /// Appends another piece.
    pub fn piece(&mut self, piece: &Self) -> &mut Self {
        self.0.push_str(&piece.0);
        self
    }

    /// The markup.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        Html::new().text(text).as_str().to_owned()
    }

    #[test]
    fn text_is_escaped_and_hidden_characters_are_shown() {
        for (written, shown) in [
            ("Claude Code", "Claude Code"),
            ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#39;"),
            ("&lt;", "&amp;lt;"),
            ("a\u{202e}b\u{200b}c\u{e0041}", "a\\u{202e}b\\u{200b}c\\u{e0041}"),
            ("one\ntwo\0\u{1b}[2J\u{85}", "one\\u{a}two\\u{0}\\u{1b}[2J\\u{85}"),
            ("שלום", "שלום"),
        ] {
            assert_eq!(text(written), shown, "{written:?}");
        }
    }

    #[test]
    fn name_is_cut_and_isolated() {
        let shown = |name: &str| Html::new().name(name).as_str().to_owned();
        assert_eq!(shown(&"é".repeat(100)), format!("<bdi>{}</bdi>", "é".repeat(100)));
        assert_eq!(shown(&"é".repeat(101)), format!("<bdi>{}…</bdi>", "é".repeat(100)));
        assert_eq!(shown("<i>"), "<bdi>&lt;i&gt;</bdi>");
    }
}
