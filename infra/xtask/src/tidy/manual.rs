//! Rules about the manual: every file and every test that it names exists.
//!
//! A path is written from the root or from `shared/`; after one of them a shorter one may follow in the same paragraph,
//! from the same `src/`. A test of the stage suite is `MODULE::NAME`; after one of them `NAME` alone may follow. A unit
//! test is `NAME`.

use std::collections::BTreeSet;

use super::source::Source;

/// The folder of the manual, and its first page.
const MANUAL: &str = "shared/gateway/src/manual";

/// Endings of files that the manual may name.
const ENDINGS: &[&str] =
    &[".rs", ".mjs", ".js", ".toml", ".md", ".yml", ".yaml", ".sql", ".cedar", ".py", ".json", ".sh"];

/// Folders at the root: a path below one of them is one, whatever its ending.
const FOLDERS: &[&str] = &["tests/", "shared/", "infra/", "functions/", "docs/"];

/// Underscores from which on a lone word is taken for the name of a test.
const TEST_UNDERSCORES: usize = 3;

/// Every name in the manual that does not exist; `exists` is true for the path of a file or folder from the root.
pub fn faults(sources: &[Source], exists: &impl Fn(&str) -> bool) -> Vec<String> {
    let tests: Vec<(&str, BTreeSet<&str>)> = sources
        .iter()
        .filter(|source| source.is_rust())
        .map(|source| (source.path.as_str(), test_names(&source.text)))
        .collect();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && source.path.starts_with(MANUAL)) {
        let mut reader = Reader { tests: &tests, exists, folder: None, module: None, tests_in_last_cell: false };
        for (number, line) in source.text.lines().enumerate() {
            for fault in reader.line(line) {
                faults.push(format!("{}:{}: {fault}", source.path, number + 1));
            }
        }
    }
    faults
}

/// The names of the functions with a test attribute.
fn test_names(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            marked |= line.ends_with("test]") || line.contains("test(");
        } else if let Some((_, signature)) = line.split_once("fn ")
            && std::mem::take(&mut marked)
        {
            names.extend(signature.split(['(', '<']).next());
        }
    }
    names
}

struct Reader<'a, E> {
    tests: &'a [(&'a str, BTreeSet<&'a str>)],
    exists: &'a E,
    /// The `src/` of the last path.
    folder: Option<String>,
    /// The file of the last test, without its ending.
    module: Option<String>,
    /// True inside a table whose last column is headed `test`.
    tests_in_last_cell: bool,
}

impl<E: Fn(&str) -> bool> Reader<'_, E> {
    fn line(&mut self, line: &str) -> Vec<String> {
        let text = line.trim_start_matches("//!").trim();
        let row = text.strip_prefix('|').and_then(|text| text.strip_suffix('|'));
        if row.is_none() {
            self.tests_in_last_cell = false;
        }
        if row.is_some() || text.is_empty() {
            self.folder = None;
            self.module = None;
        }
        if row.and_then(|row| row.rsplit('|').next()).is_some_and(|last| last.trim().eq_ignore_ascii_case("test")) {
            self.tests_in_last_cell = true;
            return Vec::new();
        }
        let cells: Vec<&str> = row.map_or_else(|| vec![text], |row| row.split(" | ").collect());
        let mut faults = Vec::new();
        for (place, cell) in cells.iter().enumerate() {
            let of_tests = self.tests_in_last_cell && place + 1 == cells.len();
            for name in cell.split('`').skip(1).step_by(2) {
                faults.extend(self.name(name, of_tests));
            }
        }
        faults
    }

    /// The fault of one text in backticks.
    fn name(&mut self, name: &str, of_tests: bool) -> Option<String> {
        let plain = |next: char| next.is_ascii_alphanumeric() || "_-./".contains(next);
        let is_path = name.chars().all(plain)
            && !name.starts_with('/')
            && (FOLDERS.iter().any(|folder| name.starts_with(folder))
                || ENDINGS.iter().any(|ending| name.ends_with(ending)));
        if is_path {
            return self.path(name);
        }
        if let Some((module, test)) = name.rsplit_once("::") {
            let file = format!("tests/{}", module.replace("::", "/"));
            let stage = format!("tests/{}.rs", module.split("::").next().unwrap_or_default());
            if !of_tests && !(self.exists)(&stage) {
                return None;
            }
            let found = self.of_file(&format!("{file}.rs"), test);
            self.module = Some(file);
            return (!found).then(|| format!("`{name}` is no test of the stage suite"));
        }
        let word = !name.is_empty()
            && name.chars().all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '_');
        let follows = of_tests && self.module.is_some();
        if !word || !(follows || name.matches('_').count() >= TEST_UNDERSCORES) {
            return None;
        }
        let found = match &self.module {
            Some(module) => self.of_file(&format!("{module}.rs"), name),
            None => self.tests.iter().any(|(_, names)| names.contains(name)),
        };
        (!found).then(|| format!("`{name}` is no test"))
    }

    /// True if the file has this test; `*` is any.
    fn of_file(&self, file: &str, test: &str) -> bool {
        self.tests
            .iter()
            .any(|(path, names)| *path == file && (names.contains(test) || (test == "*" && !names.is_empty())))
    }

    fn path(&mut self, name: &str) -> Option<String> {
        let whole = [name.to_owned(), format!("shared/{name}")].into_iter().find(|path| (self.exists)(path));
        if let Some(path) = whole {
            self.folder = path.split_once("/src/").map(|(folder, _)| format!("{folder}/src")).or(self.folder.take());
            return None;
        }
        let shorter = self.folder.as_ref().is_some_and(|folder| (self.exists)(&format!("{folder}/{name}")));
        (!shorter).then(|| format!("there is no `{name}`, neither at the root nor in shared/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let sources = [
            Source::new("shared/gateway/src/manual/threats.rs", page),
            Source::new(
                "shared/gateway/src/line.rs",
                "#[test]\nfn a_unit_test_of_ours() {}\nfn no_test_at_all_here() {}\n",
            ),
            Source::new("shared/gateway/src/line/parse.rs", ""),
            Source::new("tests/parse.rs", "#[test]\n#[allow(x)]\nfn a() {}\n\n#[tokio::test]\nasync fn b() {}\n"),
            Source::new("tests/legacy.rs", ""),
            Source::new("tests/legacy/eras.rs", "#[test]\nfn c() {}\n"),
        ];
        let exists = |path: &str| {
            sources.iter().any(|source| source.path == path || source.path.starts_with(&format!("{path}/")))
        };
        faults(&sources, &exists)
    }

    #[test]
    fn name_that_leads_somewhere_is_no_fault() {
        for page in [
            "`gateway/src/line.rs`, then `line/parse.rs`",
            "`shared/gateway/src/line.rs` and `tests/legacy`",
            "`parse::a`, `parse::*`, `legacy::eras::c`",
            "unit tests of `gateway`: `a_unit_test_of_ours`",
            "`mcp::error_code`, `ttlMs`, `tools/call`, `calls_per_minute`, `/ledger/...`",
            "| threat | answer | test |\n//! |---|---|---|\n//! | x | `gateway/src/line.rs` | `parse::a`, `b` |",
        ] {
            assert_eq!(found(&format!("//! {page}\n")), Vec::<String>::new(), "`{page}`");
        }
    }

    #[test]
    fn name_that_leads_nowhere_is_a_fault() {
        for page in [
            "`gateway/src/lines.rs`",
            "`line/parse.rs`, and nothing before it",
            "`tests/legcy`",
            "`parse::c`",
            "`legacy::c`",
            "`a_unit_test_of_theirs`",
            "`no_test_at_all_here`",
            "| threat | answer | test |\n//! |---|---|---|\n//! | x | y | `prase::a` |",
        ] {
            assert_eq!(found(&format!("//! {page}\n")).len(), 1, "`{page}`");
        }
    }
}
