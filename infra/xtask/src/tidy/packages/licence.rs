//! SPDX licence expressions (SPDX 2.3, annex D): `(MIT OR Apache-2.0) AND Unicode-3.0`.

/// True if `expression` can be met with the licences of `allowed`. A licence `WITH` an exception is one of its own, as
/// in cargo-deny. The older `/` counts as `OR`.
pub fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed, at: 0 };
    reader.alternatives() == Some(true) && reader.at == words.len()
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [&'a str],
    at: usize,
}

impl Reader<'_> {
    fn takes(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|next| *next == word);
        self.at += usize::from(found);
        found
    }

    /// `A OR B`; `None` if the text is no expression.
    fn alternatives(&mut self) -> Option<bool> {
        let mut met = self.requirements()?;
        while self.takes("OR") {
            met |= self.requirements()?;
        }
        Some(met)
    }

    /// `A AND B`, which binds closer.
    fn requirements(&mut self) -> Option<bool> {
        let mut met = self.licence()?;
        while self.takes("AND") {
            met &= self.licence()?;
        }
        Some(met)
    }

    /// One licence, or an expression in parentheses.
    fn licence(&mut self) -> Option<bool> {
        if self.takes("(") {
            let met = self.alternatives()?;
            return self.takes(")").then_some(met);
        }
        let mut licence = (*self.words.get(self.at)?).to_owned();
        self.at += 1;
        if self.takes("WITH") {
            licence = format!("{licence} WITH {}", self.words.get(self.at)?);
            self.at += 1;
        }
        Some(self.allowed.contains(&licence.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &[&str] = &["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"];

    #[test]
    fn expression_is_allowed_if_one_choice_is_allowed() {
        for expression in [
            "MIT",
            "MIT/Apache-2.0",
            "Unlicense OR MIT",
            "(Apache-2.0 OR GPL-3.0-only) AND MIT",
            "GPL-3.0-only AND ISC OR MIT",
            "Apache-2.0 WITH LLVM-exception",
            "ISC OR Apache-2.0 WITH LLVM-exception AND MIT",
        ] {
            assert!(is_allowed(expression, ALLOWED), "`{expression}` should be allowed");
        }
    }

    #[test]
    fn other_expressions_are_refused() {
        for expression in [
            "",
            "GPL-3.0-only",
            "MIT AND ISC",
            "MIT WITH LLVM-exception",
            "MIT WITH",
            "(MIT OR ISC",
            "MIT ISC",
            "MIT OR",
            "mit-ish OR (ISC)",
        ] {
            assert!(!is_allowed(expression, ALLOWED), "`{expression}` should be refused");
        }
    }
}
