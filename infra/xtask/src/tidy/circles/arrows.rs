//! The files that a file of a crate uses: each import and path, resolved to the file that defines the item.

use std::collections::{BTreeMap, BTreeSet};

use super::module::Crate;

/// The line of the first import or path that leads from one file to another.
pub type Arrows = BTreeMap<String, BTreeMap<String, usize>>;

/// The end of a path inside the crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A module itself.
    Module(usize),
    /// An item of this module.
    Item(usize),
}

/// Names that are being looked up, so that two globs which import each other come to an end.
type Pending<'a> = BTreeSet<(usize, &'a str)>;

/// Every arrow between two files of `all`.
///
/// Importing a module by its name is no arrow: the paths that go through the name are. Re-exporting a descendant is
/// none either, unless the file uses the name itself.
pub fn arrows(all: &Crate) -> Arrows {
    let mut arrows = Arrows::new();
    for (module, here) in all.modules.iter().enumerate() {
        let mut arrow = |target: usize, line: usize| {
            if let Some(to) = all.modules.get(target).filter(|to| to.file != here.file) {
                let first = arrows.entry(here.file.clone()).or_default().entry(to.file.clone()).or_insert(line);
                *first = line.min(*first);
            }
        };
        for import in &here.imports {
            let target = all.walk(module, &import.path, &mut Pending::new());
            let (target, is_module) = match target {
                Some(Target::Module(target)) => (target, true),
                Some(Target::Item(target)) => (target, false),
                None => continue,
            };
            if import.public && all.is_below(target, module) {
                let used = import.name.as_ref().and_then(|name| here.names.get(name));
                if let Some(line) = used.filter(|_| !is_module) {
                    arrow(target, *line);
                }
            } else if !is_module || import.name.is_none() {
                arrow(target, import.line);
            }
        }
        for mention in &here.mentions {
            if let Some(Target::Item(target) | Target::Module(target)) =
                all.walk(module, &mention.path, &mut Pending::new())
            {
                arrow(target, mention.line);
            }
        }
    }
    arrows
}

impl Crate {
    /// Follows `path` from inside `module`; `None` if it leads out of the crate.
    fn walk<'a>(&'a self, module: usize, path: &'a [String], pending: &mut Pending<'a>) -> Option<Target> {
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => Target::Module(self.modules.get(module)?.parent?),
            name => self.lookup(module, name, pending)?,
        };
        while let Some((segment, further)) = rest.split_first() {
            // A variant or an associated item is defined in the file of its type.
            let Target::Module(inside) = at else { break };
            at = if segment == "super" {
                Target::Module(self.modules.get(inside)?.parent?)
            } else {
                // A name that only a macro defines is an item of the module.
                match self.lookup(inside, segment, pending) {
                    Some(found) => found,
                    None if self.binds(inside, segment) => return None,
                    None => Target::Item(inside),
                }
            };
            rest = further;
        }
        Some(at)
    }

    /// True if `module` imports `name` by this name.
    fn binds(&self, module: usize, name: &str) -> bool {
        self.modules.get(module).is_some_and(|here| {
            here.imports.iter().any(|import| import.name.as_deref().is_some_and(|bound| bound == name))
        })
    }

    /// The target of `name` in `module`: a child, an item, an import, or an item through a glob.
    fn lookup<'a>(&'a self, module: usize, name: &'a str, pending: &mut Pending<'a>) -> Option<Target> {
        let here = self.modules.get(module)?;
        if let Some(child) = here.children.get(name) {
            return Some(Target::Module(*child));
        }
        if here.items.contains(name) {
            return Some(Target::Item(module));
        }
        if !pending.insert((module, name)) {
            return None;
        }
        let named = here.imports.iter().filter(|import| import.name.as_deref() == Some(name));
        let found = named.map(|import| self.walk(module, &import.path, pending)).find(Option::is_some).flatten();
        let found = found.or_else(|| {
            let globs = here.imports.iter().filter(|import| import.name.is_none());
            globs
                .filter_map(|import| match self.walk(module, &import.path, pending)? {
                    Target::Module(target) => self.lookup(target, name, pending),
                    Target::Item(_) => None,
                })
                .next()
        });
        pending.remove(&(module, name));
        found.or_else(|| self.macros.get(name).filter(|_| module == 0).map(|defined| Target::Item(*defined)))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::parser, *};

    /// The arrows of a crate, as `from:line to`, without folder and ending.
    fn found(files: &[(&'static str, &'static str)]) -> Vec<String> {
        let files: BTreeMap<String, &str> =
            files.iter().map(|(name, text)| (format!("src/{name}.rs"), *text)).collect();
        let all = parser::read("src/lib.rs", &|path: &str| files.get(path).copied());
        let short = |path: &str| path.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
        arrows(&all)
            .iter()
            .flat_map(|(from, to)| to.iter().map(move |(to, line)| format!("{}:{line} {}", short(from), short(to))))
            .collect()
    }

    #[test]
    fn declaring_and_re_exporting_a_child_is_no_arrow() {
        assert_eq!(found(&[("lib", "mod a; pub use a::B;"), ("a", "pub struct B;")]), Vec::<String>::new());
        let used = [("lib", "mod a;\npub use a::B;\nfn f(b: B) {}"), ("a", "pub struct B;")];
        assert_eq!(found(&used), ["lib:3 a"], "a parent that uses what it re-exports depends on it");
    }

    #[test]
    fn use_of_a_child_and_of_a_parent_are_arrows() {
        let files = [("lib", "mod a;\nfn f() { a::g() }\nstruct C;"), ("a", "use super::C;\npub fn g() {}")];
        assert_eq!(found(&files), ["a:1 lib", "lib:2 a"]);
    }

    #[test]
    fn re_exported_item_is_where_it_is_defined() {
        let files = [
            ("lib", "mod a; mod d; pub use a::*;"),
            ("a", "mod b; pub use b::B as C;"),
            ("a/b", "pub enum B { X }"),
            ("d", "use crate::{a::C};\nfn f() { crate::C::X }"),
        ];
        assert_eq!(found(&files), ["d:1 a/b"]);
    }

    #[test]
    fn path_through_an_imported_module_leads_to_its_end() {
        let files = [
            ("lib", "mod a; mod c;"),
            ("a", "pub mod b;"),
            ("a/b", "pub fn f() {}"),
            ("c", "use crate::a;\nfn g() { a::b::f() }"),
        ];
        assert_eq!(found(&files), ["c:2 a/b"], "the module in between is not used");
    }

    #[test]
    fn other_crates_and_circular_globs_are_no_arrows() {
        let files = [
            ("lib", "mod a; mod b; use serde::X; pub use std::fmt;"),
            ("a", "pub use crate::b::*; fn f() { Y::z() }"),
            ("b", "use crate::fmt::Debug; use crate::a::*;"),
        ];
        assert_eq!(found(&files), ["a:1 b", "b:1 a"], "only the globs themselves");
    }
}
