//! Reading the files of a crate into its modules.

use super::{
    imports,
    module::{Crate, Import, Mention, Module},
    tokens::{Kind, Token, tokens},
};

/// Keywords that open an item which a path can name; the name follows.
const DEFINE: &[&str] = &["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

/// Keywords that open an item ending with `;`.
const END_WITH_SEMICOLON: &[&str] = &["use", "const", "static", "type", "let"];

/// Keywords that open an item ending with `;` or with the block that follows.
const END_WITH_BLOCK: &[&str] =
    &["struct", "enum", "union", "trait", "fn", "impl", "mod", "macro_rules", "unsafe", "async", "extern"];

/// Keys of serde's attributes whose value is a path.
const PATH_ATTRIBUTES: &[&str] =
    &["with", "default", "serialize_with", "deserialize_with", "skip_serializing_if", "from", "into", "try_from"];

/// Reads the crate whose root is the file at `root`; `text` returns the text of a file that exists.
pub fn read<'a>(root: &str, text: &impl Fn(&str) -> Option<&'a str>) -> Crate {
    let mut all = Crate::default();
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    all.modules.push(Module { file: root.to_owned(), folder: folder.to_owned(), ..Module::default() });
    // Modules that have a file of their own and are not read yet.
    let mut waiting = vec![0];
    while let Some(module) = waiting.pop() {
        let tokens: Vec<Token> =
            all.modules.get(module).and_then(|module| text(&module.file)).map(tokens).unwrap_or_default();
        waiting.extend(Parser::new(&tokens).parse(&mut all, module, text));
    }
    all
}

/// The position in a file's tokens.
struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    /// At the first token.
    fn new(tokens: &'a [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    fn kind(&self, at: usize) -> Option<&'a Kind> {
        self.tokens.get(at).map(|token| &token.kind)
    }

    fn name(&self, at: usize) -> Option<&'a str> {
        match self.kind(at)? {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    fn is(&self, at: usize, mark: char) -> bool {
        self.kind(at) == Some(&Kind::Mark(mark))
    }

    fn before(&self) -> Option<&'a Kind> {
        self.kind(self.at.checked_sub(1)?)
    }

    /// Reads everything into `root` and the modules inside it; returns the child modules that have a file of their own.
    fn parse<'t>(mut self, all: &mut Crate, root: usize, text: &impl Fn(&str) -> Option<&'t str>) -> Vec<usize> {
        let mut waiting = Vec::new();
        // The modules around the token, each with the depth of braces inside it.
        let mut around = vec![(root, 0)];
        let mut depth = 0;
        let mut exported = false;
        while let Some(token) = self.tokens.get(self.at) {
            let Some(&(module, own_depth)) = around.last() else { break };
            let Some(here) = all.modules.get_mut(module) else { break };
            match &token.kind {
                Kind::Mark('{') => depth += 1,
                Kind::Mark('}') => {
                    depth -= 1;
                    if depth < own_depth {
                        around.pop();
                    }
                }
                Kind::Mark('#') => {
                    let attribute = self.attribute(here);
                    match attribute {
                        Attribute::Tests { inner: true } => return waiting,
                        Attribute::Tests { inner: false } => self.skip_item(),
                        Attribute::MacroExport => exported = true,
                        Attribute::Other => {}
                    }
                    continue;
                }
                Kind::Name(name) if name == "mod" && self.name(self.at + 1).is_some() => {
                    let child = self.name(self.at + 1).unwrap_or_default();
                    if self.is(self.at + 2, '{') {
                        let file = here.file.clone();
                        depth += 1;
                        around.push((all.add(module, child, file), depth));
                    } else {
                        let stem = format!("{}/{child}", here.folder);
                        let file = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
                        waiting.extend(
                            file.into_iter().find(|file| text(file).is_some()).map(|file| all.add(module, child, file)),
                        );
                    }
                    self.at += 3;
                    continue;
                }
                Kind::Name(name) if name == "use" && !self.is(self.at + 1, '<') => {
                    let public = self.follows_pub();
                    let (leaves, end) = imports::read(self.tokens, self.at + 1);
                    here.imports.extend(leaves.into_iter().map(|leaf| Import { public, ..leaf }));
                    self.at = end;
                    continue;
                }
                Kind::Name(name) if name == "macro_rules" && self.is(self.at + 1, '!') => {
                    if let Some(name) = self.name(self.at + 2) {
                        here.items.insert(name.to_owned());
                        if std::mem::take(&mut exported) {
                            all.macros.insert(name.to_owned(), module);
                        }
                    }
                }
                Kind::Name(name) if name == "pub" && self.is(self.at + 1, '(') => {
                    self.at = self.closing(self.at + 1, '(', ')') + 1;
                    continue;
                }
                Kind::Name(name) => {
                    if DEFINE.contains(&name.as_str()) && depth == own_depth {
                        here.items.extend(self.name(self.at + 1).filter(|name| *name != "fn").map(str::to_owned));
                    }
                    self.path(here, token.line);
                    continue;
                }
                Kind::Separator | Kind::Text(_) | Kind::Mark(_) => {}
            }
            self.at += 1;
        }
        waiting
    }

    /// Takes the path, or the single name, at the position.
    fn path(&mut self, here: &mut Module, line: usize) {
        let before = self.before();
        let mut path = vec![];
        while let Some(name) = self.name(self.at) {
            path.push(name.to_owned());
            self.at += 1;
            if self.kind(self.at) != Some(&Kind::Separator) || self.name(self.at + 1).is_none() {
                break;
            }
            self.at += 1;
        }
        match path.as_slice() {
            // `::std::…` begins outside of the crate; `<T as X>::y` and `.x` name something of a type.
            _ if matches!(before, Some(Kind::Separator | Kind::Mark('.'))) => {}
            [name] => {
                let called = self.is(self.at, '(') || self.is(self.at, '!');
                let defined = matches!(before, Some(Kind::Name(keyword)) if DEFINE.contains(&keyword.as_str()));
                if !defined && (called || name.starts_with(char::is_uppercase)) {
                    here.names.entry(name.clone()).or_insert(line);
                }
            }
            _ => here.mentions.push(Mention { path, line }),
        }
    }

    /// True after `pub`, `pub(crate)` or `pub(in …)`; the position has passed them already.
    fn follows_pub(&self) -> bool {
        let Some(mut at) = self.at.checked_sub(1) else { return false };
        if self.is(at, ')') {
            while at > 0 && !self.is(at, '(') {
                at -= 1;
            }
            at = at.saturating_sub(1);
        }
        self.name(at) == Some("pub")
    }

    /// The position of the mark that closes the one at `open`.
    fn closing(&self, open: usize, opens: char, closes: char) -> usize {
        let mut depth = 0;
        for at in open..self.tokens.len() {
            if self.is(at, opens) {
                depth += 1;
            } else if self.is(at, closes) {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
        }
        self.tokens.len()
    }

    /// Passes an attribute and keeps the paths that it holds as strings.
    fn attribute(&mut self, here: &mut Module) -> Attribute {
        let inner = self.is(self.at + 1, '!');
        let open = self.at + 1 + usize::from(inner);
        if !self.is(open, '[') {
            self.at += 1;
            return Attribute::Other;
        }
        let close = self.closing(open, '[', ']');
        for at in open..close {
            if let Some(Kind::Text(value)) = self.kind(at)
                && self.is(at - 1, '=')
                && self.name(at - 2).is_some_and(|key| PATH_ATTRIBUTES.contains(&key))
            {
                let line = self.tokens.get(at).map_or(0, |token| token.line);
                Parser::new(&tokens(value)).path(here, line);
            }
        }
        let names: Vec<&str> = (open..close).filter_map(|at| self.name(at)).collect();
        self.at = close + 1;
        match names.as_slice() {
            ["test"] | [_, "test"] | ["cfg", "all", "test", ..] => Attribute::Tests { inner },
            ["macro_export"] => Attribute::MacroExport,
            _ => Attribute::Other,
        }
    }

    /// Passes the item, field, variant or statement after an attribute, with its other attributes.
    fn skip_item(&mut self) {
        while self.is(self.at, '#') {
            self.at = self.closing(self.at + 1, '[', ']') + 1;
        }
        if self.name(self.at) == Some("pub") {
            self.at += 1;
            if self.is(self.at, '(') {
                self.at = self.closing(self.at, '(', ')') + 1;
            }
        }
        let first = self.name(self.at).unwrap_or_default();
        // `const fn` ends with its block.
        let semicolon = END_WITH_SEMICOLON.contains(&first) && self.name(self.at + 1) != Some("fn");
        let block = !semicolon && (END_WITH_BLOCK.contains(&first) || first == "const");
        while let Some(kind) = self.kind(self.at) {
            match kind {
                Kind::Mark(';') => break,
                Kind::Mark(',') if !semicolon && !block => break,
                // The end of the enclosing block: the position stays before it.
                Kind::Mark('}') | Kind::Mark(')') => return,
                Kind::Mark('(') => self.at = self.closing(self.at, '(', ')'),
                Kind::Mark('[') => self.at = self.closing(self.at, '[', ']'),
                Kind::Mark('{') => {
                    self.at = self.closing(self.at, '{', '}');
                    if block {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
    }
}

/// The attributes that change how an item is read.
enum Attribute {
    /// `#[cfg(test)]` or `#[test]`; `inner` with `#!`.
    Tests { inner: bool },
    /// `#[macro_export]`.
    MacroExport,
    /// Any other.
    Other,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn parsed(text: &str) -> Module {
        let mut all = Crate::default();
        all.modules.push(Module::default());
        Parser::new(&tokens(text)).parse(&mut all, 0, &|_: &str| None);
        all.modules.remove(0)
    }

    fn mentions(text: &str) -> Vec<String> {
        parsed(text).mentions.iter().map(|mention| mention.path.join("::")).collect()
    }

    #[test]
    fn items_are_those_of_the_module_alone() {
        let module =
            parsed("pub struct A; impl A { fn b() {} } pub(crate) const fn c() { struct D; } macro_rules! e {}");
        assert_eq!(module.items.iter().map(String::as_str).collect::<Vec<_>>(), ["A", "c", "e"]);
    }

    #[test]
    fn paths_are_read_in_code_and_in_attributes() {
        let text = "fn f() { crate::a::B::<X>::c(); ::std::d::e(); x.y(); } #[serde(with = \"super::g\")] struct H;";
        assert_eq!(mentions(text), ["crate::a::B", "super::g"]);
        assert_eq!(mentions("pub(in crate::a) struct B;"), Vec::<String>::new());
    }

    #[test]
    fn code_for_tests_is_skipped() {
        for text in [
            "#[cfg(test)] use a::{b, c}; fn d() {}",
            "#[cfg(test)] #[allow(x)] pub(crate) const fn f<A, B>(x: a::b) -> c { a::b } fn d() {}",
            "#[cfg(test)] const A: [a::b; 2] = [a::b {}, a::b]; fn d() {}",
            "#[cfg(all(test, unix))] impl<A, B> C for D { fn e() { a::b() } } fn d() {}",
            "#[tokio::test] async fn e() { a::b() } fn d() {}",
        ] {
            let module = parsed(text);
            assert_eq!(module.mentions, [], "`{text}` mentions nothing outside of tests");
            assert!(module.imports.is_empty() && module.items.contains("d"), "`{text}` goes on after the item");
        }
        assert_eq!(mentions("struct A { #[cfg(test)] b: c::d, e: f::g }"), ["f::g"]);
    }

    #[test]
    fn import_is_public_with_any_pub() {
        let module = parsed("use a::B; pub use c::D; pub(crate) use e::F;");
        assert_eq!(module.imports.iter().map(|import| import.public).collect::<Vec<_>>(), [false, true, true]);
    }

    fn crate_of(files: &[(&'static str, &'static str)]) -> Crate {
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        super::read("x/src/lib.rs", &|path: &str| files.get(path).copied())
    }

    fn files(all: &Crate) -> Vec<&str> {
        all.modules.iter().map(|module| module.file.as_str()).collect()
    }

    #[test]
    fn child_modules_are_found_in_both_layouts_and_inside() {
        let all = crate_of(&[
            ("x/src/lib.rs", "mod a; pub mod b; mod c { mod d; }"),
            ("x/src/a.rs", "mod e;"),
            ("x/src/a/e.rs", ""),
            ("x/src/b/mod.rs", ""),
            ("x/src/c/d.rs", ""),
        ]);
        let mut found = files(&all);
        found.sort_unstable();
        let expected = ["x/src/a.rs", "x/src/a/e.rs", "x/src/b/mod.rs", "x/src/c/d.rs", "x/src/lib.rs", "x/src/lib.rs"];
        assert_eq!(found, expected);
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let all = crate_of(&[
            ("x/src/lib.rs", "#[cfg(test)] mod a; #[cfg(test)] mod b { use crate::z; } mod c;"),
            ("x/src/a.rs", ""),
            ("x/src/c.rs", "#![cfg(test)] use crate::z;"),
        ]);
        assert_eq!(files(&all), ["x/src/lib.rs", "x/src/c.rs"]);
        assert!(all.modules.iter().all(|module| module.imports.is_empty()), "what tests import should not count");
    }
}
