//! The tree of a `use` declaration, taken apart into its leaves.

use super::{
    module::Import,
    tokens::{Kind, Token},
};

/// Reads the tree that begins at `at`; returns its leaves, none public, and the position after its `;`.
pub fn read(tokens: &[Token], at: usize) -> (Vec<Import>, usize) {
    let mut leaves = Vec::new();
    let mut at = tree(tokens, at, &[], &mut leaves);
    while let Some(token) = tokens.get(at) {
        at += 1;
        if token.kind == Kind::Mark(';') {
            break;
        }
    }
    (leaves, at)
}

/// Reads one tree below `prefix`; returns the position after it.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String], leaves: &mut Vec<Import>) -> usize {
    let kind = |at: usize| tokens.get(at).map(|token| &token.kind);
    let line = |at: usize| tokens.get(at).map_or(0, |token| token.line);
    let mut path = prefix.to_vec();
    if kind(at) == Some(&Kind::Separator) {
        // `::std` begins outside of the crate: an empty segment is found nowhere.
        path.push(String::new());
        at += 1;
    }
    loop {
        match kind(at) {
            Some(Kind::Mark('{')) => {
                at += 1;
                while kind(at).is_some_and(|kind| *kind != Kind::Mark('}')) {
                    at = tree(tokens, at, &path, leaves);
                    if kind(at) == Some(&Kind::Mark(',')) {
                        at += 1;
                    } else if kind(at) != Some(&Kind::Mark('}')) {
                        return at;
                    }
                }
                return at + 1;
            }
            Some(Kind::Mark('*')) => {
                leaves.push(Import { path, name: None, public: false, line: line(at) });
                return at + 1;
            }
            Some(Kind::Name(name)) => {
                let leaf = at;
                // `a::{self}` is `a`.
                if name != "self" || path.is_empty() {
                    path.push(name.clone());
                }
                at += 1;
                if kind(at) == Some(&Kind::Separator) {
                    at += 1;
                    continue;
                }
                let mut bound = path.last().cloned();
                if kind(at) == Some(&Kind::Name("as".to_owned())) {
                    bound = match kind(at + 1) {
                        Some(Kind::Name(name)) => Some(name.clone()),
                        _ => bound,
                    };
                    at += 2;
                }
                let name = bound.or_else(|| Some(String::new()));
                leaves.push(Import { path, name, public: false, line: line(leaf) });
                return at;
            }
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::tokens, *};

    fn leaves(text: &str) -> Vec<(String, Option<String>)> {
        let (leaves, end) = read(&tokens(text), 1);
        assert_eq!(end, tokens(text).len(), "`{text}` should be read to its end");
        leaves.into_iter().map(|leaf| (leaf.path.join("::"), leaf.name)).collect()
    }

    #[test]
    fn leaves_have_their_whole_paths() {
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(leaves("use a::b;"), [("a::b".to_owned(), name("b"))]);
        assert_eq!(
            leaves("use super::{a::{self, B as C}, d::*, e as _,};"),
            [
                ("super::a".to_owned(), name("a")),
                ("super::a::B".to_owned(), name("C")),
                ("super::d".to_owned(), None),
                ("super::e".to_owned(), name("_")),
            ]
        );
        assert_eq!(leaves("use ::std::fmt;"), [("::std::fmt".to_owned(), name("fmt"))]);
    }
}
