//! Patterns of `like`: literal text between wildcards.

/// A pattern: the literal parts around its wildcards, one more than there are wildcards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    first: String,
    rest: Vec<String>,
}

impl Pattern {
    /// A pattern that begins with `first`, and has a wildcard before each of `rest`.
    #[must_use]
    pub const fn new(first: String, rest: Vec<String>) -> Self {
        Self { first, rest }
    }

    /// The literal parts: before the first wildcard, and after each wildcard.
    #[must_use]
    pub fn parts(&self) -> (&str, &[String]) {
        (&self.first, &self.rest)
    }

    /// True if the whole `text` matches; a wildcard stands for any characters, also for none.
    ///
    /// The parts between wildcards are found from the left, each at its first place: if any match exists, this is one.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let Some((last, between)) = self.rest.split_last() else { return text == self.first };
        let Some(mut rest) = text.strip_prefix(self.first.as_str()) else { return false };
        for part in between {
            let Some(position) = rest.find(part.as_str()) else { return false };
            rest = rest.get(position + part.len()..).unwrap_or_default();
        }
        rest.ends_with(last.as_str())
    }
}
