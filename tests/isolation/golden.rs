//! The golden files, compared with the responses. `UPDATE_GOLDEN=1` overwrites them.

use std::fmt::Write;

use super::{
    callers::Caller,
    rows::{METHODS, Row, can_be_sent},
    table::{Cell, Line},
};

const HEAD: &str = "\
# Who gets which answer: HTTP status, then the JSON-RPC code or OAuth error, then → where an origin was asked
# (not of discover and initialize: whether they ask depends on what the instance that answers has learnt).
# The same on every target. Columns: tests/isolation/callers.rs. Rules that every cell obeys: tests/isolation.rs.
# After a change: UPDATE_GOLDEN=1 TARGET=memory cargo test --package weir-tests isolation, then review each line.
";

/// One line of the table.
struct Shown {
    title: String,
    /// Rows of one kin with equal cells share a line: HTTP methods with one response for all callers, or revisions of
    /// one message.
    kin: Option<String>,
    cells: Vec<String>,
}

/// The table as text.
pub fn table(lines: &[Line]) -> String {
    let mut groups: Vec<(&str, Vec<Shown>)> = Vec::new();
    for Line { row, cells } in lines {
        if groups.last().is_none_or(|(path, _)| *path != row.path) {
            groups.push((&row.path, Vec::new()));
        }
        let Some((_, group)) = groups.last_mut() else { unreachable!("one was pushed") };
        let cells: Vec<String> = cells.iter().map(|cell| show(row, cell)).collect();
        let kin = kin(row);
        let alike = |shown: &&mut Shown| kin.is_some() && shown.kin == kin && shown.cells == cells;
        match group.iter_mut().find(alike) {
            Some(shown) => shown.title = format!("{} {}", shown.title, row.revision.unwrap_or(row.method.as_str())),
            None => {
                let browses = row.browses.then_some("by a browser");
                let title = [row.method.as_str()].into_iter().chain(row.message.as_deref()).chain(browses);
                group.push(Shown { title: title.collect::<Vec<_>>().join(" "), kin, cells });
            }
        }
    }
    let widest = groups.iter().flat_map(|(_, group)| group).map(|shown| shown.title.len()).max().unwrap_or_default();
    let mut text = HEAD.to_owned();
    for (path, group) in &groups {
        // Without a row that depends on the caller, all seven columns would be equal.
        let asks = lines.iter().any(|line| line.row.path == *path && line.row.asks_who());
        let headings = Caller::ALL.iter().filter(|_| asks).map(|caller| caller.heading());
        let _ = writeln!(text, "\n{}", line(path, widest, headings));
        for Shown { title, cells, .. } in group {
            let title = format!("  {title}");
            let _ = match cells.split_first() {
                Some((first, rest)) if rest.iter().all(|cell| cell == first) => {
                    writeln!(text, "{}", line(&title, widest, [format!("{first} for everybody")]))
                }
                _ => writeln!(text, "{}", line(&title, widest, cells)),
            };
        }
    }
    text
}

fn kin(row: &Row) -> Option<String> {
    match (&row.message, row.revision) {
        (Some(message), Some(revision)) => Some(message.replace(revision, "")),
        _ => (!row.asks_who()).then(String::new),
    }
}

fn line<T: AsRef<str>>(title: &str, widest: usize, cells: impl IntoIterator<Item = T>) -> String {
    let cells = cells.into_iter().map(|cell| format!("  {:18}", cell.as_ref()));
    let line = format!("{title:0$}", widest + 2) + &cells.collect::<String>();
    line.trim_end().to_owned()
}

fn show(row: &Row, cell: &Cell) -> String {
    let mut text = cell.answer.status.as_u16().to_string();
    if row.message.is_some() {
        let code = cell.answer.error_code();
        let _ = code.map(|code| write!(text, " {code}"));
    } else if row.redeems() {
        let error = cell.answer.json()["error"].as_str().map(str::to_owned);
        let _ = error.map(|error| write!(text, " {error}"));
    }
    if !cell.reached.is_empty() && !row.overviews() {
        text.push_str(" →");
    }
    text
}

/// The requests without a row, and the reason; a path in it leads to their tests.
const EXPLAINED: &[(&str, &str)] = &[
    ("CONNECT", "names no path (RFC 9110 §9.3.6), so no host hands it to an endpoint"),
    ("the ledger's endpoints", "one bearer token and no teams: shared/ledger/src/serve/tests.rs"),
    ("tokens with fewer scopes", "no kind of caller, a narrower one of each: tests/authorize.rs"),
    (
        "quarantined agents, origins and tools",
        "the table freezes users: tests/authenticate.rs, tests/authorize.rs, tests/isolation.rs",
    ),
    ("web origins", "asked before who calls, the same for everybody: tests/receive.rs, tests/isolation.rs"),
    ("steps of a browser sign-in", "no caller of the table is a browser, and they are off here: tests/sign_in.rs"),
    ("arguments", "the table's calls are permitted or hidden with all arguments: tests/authorize.rs"),
];

/// The requests without a row, as text. A request without row and reason fails the test.
pub fn uncovered(lines: &[Line]) -> String {
    let paths: Vec<&str> = lines.iter().map(|line| line.row.path.as_str()).collect();
    for method in METHODS {
        for path in &paths {
            let covered = lines.iter().any(|line| line.row.path == *path && line.row.method == method);
            let explained = !can_be_sent(&method) && EXPLAINED.iter().any(|(what, _)| *what == method.as_str());
            assert!(covered || explained, "{method} `{path}` should have a row, or a reason not to");
        }
    }
    let mut text = String::from("# What has no row in table.txt, and why.\n");
    for (what, why) in EXPLAINED {
        let _ = writeln!(text, "{what}: {why}");
    }
    text
}

/// Fails unless the golden file equals `text`.
#[track_caller]
pub fn compare(file: &str, text: &str) {
    let path = harness::in_tests("isolation").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("`{file}` should be written: {error}"));
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let without = |lines: &str, others: &str, mark: &str| -> String {
        let others: Vec<&str> = others.lines().collect();
        let lines = lines.lines().filter(|line| !others.contains(line));
        lines.map(|line| format!("{mark} {line}\n")).collect()
    };
    let difference = without(&golden, text, "-") + &without(text, &golden, "+");
    assert!(
        golden == text,
        "tests/isolation/{file} should say what happened; if the change is meant, run with UPDATE_GOLDEN=1 and review it:\n{difference}"
    );
}
