//! Rules about the direction of imports: no circle among the files of a crate.
//!
//! An arrow leads from a file to the file that defines an item which it uses, by `use` or by a path in the code. A
//! re-export of a descendant and code for tests are no arrows. Every arrow inside a circle is written to
//! `target/tidy/circles.txt`.

mod arrows;
mod graph;
mod imports;
mod module;
mod parser;
mod tokens;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::{packages::Root, source::Source};

/// Crates that still have circles, and the number of their files that may be in one. It only shrinks: a crate without
/// an entry may have none.
const TANGLED: &[(&str, usize)] = &[
    ("audit", 5),
    ("host-spin", 6),
    ("json", 4),
    ("mcp", 10),
    ("ports", 3),
    ("registry", 14),
    ("spin-test-host", 5),
    ("weir", 15),
    ("weir-bench", 12),
    ("weir-tests", 8),
    ("xtask", 10),
];

/// The findings of all crates.
#[derive(Debug, Default)]
pub struct Findings {
    /// Every breach.
    pub faults: Vec<String>,
    /// The circles that are allowed today, one line per crate.
    pub allowed: Vec<String>,
    /// Every arrow inside a circle, as `file:line`.
    pub arrows: String,
}

/// Looks for circles in the crates that begin at `roots`.
pub fn find(sources: &[Source], roots: &[Root]) -> Findings {
    find_beyond(sources, roots, TANGLED)
}

fn find_beyond(sources: &[Source], roots: &[Root], tangled: &[(&str, usize)]) -> Findings {
    let texts: BTreeMap<&str, &str> =
        sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect();
    let mut findings = Findings::default();
    for root in roots {
        let all = parser::read(&root.file, &|path: &str| texts.get(path).copied());
        let arrows = arrows::arrows(&all);
        let circles = graph::circles(&arrows);
        let most = tangled.iter().find(|(package, _)| *package == root.package).map_or(0, |(_, most)| *most);
        let tangled: usize = circles.iter().map(BTreeSet::len).sum();
        if circles.is_empty() {
            continue;
        }
        let folder = root.file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let files = all.modules.iter().map(|module| &module.file).collect::<BTreeSet<_>>().len();
        let mut ways = Vec::new();
        for circle in &circles {
            let way = graph::shown(&arrows, &graph::shortest(&arrows, circle), &folder);
            ways.push(format!("{}: {} files in a circle, such as {way}", root.file, circle.len()));
            // Writing to a string can't fail.
            let _ = writeln!(findings.arrows, "{}: {} files in a circle", root.file, circle.len());
            for from in circle {
                for (to, line) in arrows.get(*from).into_iter().flatten().filter(|(to, _)| circle.contains(to.as_str()))
                {
                    let _ = writeln!(findings.arrows, "  {from}:{line} -> {to}");
                }
            }
        }
        if tangled > most {
            findings.faults.extend(ways);
        } else {
            findings.allowed.push(format!(
                "{}: {tangled} of {files} files in circles, at most {most}; the largest has {}",
                root.package,
                circles.first().map_or(0, BTreeSet::len),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(tangled: &[(&str, usize)]) -> Findings {
        let sources = [
            Source::new("shared/x/src/lib.rs", "//! X.\nmod a;\nmod b;\n"),
            Source::new("shared/x/src/a.rs", "//! A.\nuse crate::b::B;\npub struct A(B);\n"),
            Source::new("shared/x/src/b.rs", "//! B.\npub struct B;\nfn f() { crate::a::A }\n"),
        ];
        let root = Root { package: "x".to_owned(), file: "shared/x/src/lib.rs".to_owned() };
        find_beyond(&sources, &[root], tangled)
    }

    #[test]
    fn circle_is_a_fault_and_names_its_lines() {
        let faults = found(&[]).faults;
        assert_eq!(faults, ["shared/x/src/lib.rs: 2 files in a circle, such as a.rs:2 -> b.rs:3 -> a.rs"]);
        assert_eq!(found(&[("x", 1)]).faults.len(), 1, "more than is allowed should be a fault");
    }

    #[test]
    fn circle_may_be_allowed_while_it_shrinks() {
        let findings = found(&[("x", 2)]);
        assert_eq!(findings.faults, Vec::<String>::new());
        assert_eq!(findings.allowed, ["x: 2 of 3 files in circles, at most 2; the largest has 2"]);
        assert!(findings.arrows.contains("  shared/x/src/a.rs:2 -> shared/x/src/b.rs\n"), "{}", findings.arrows);
    }
}
