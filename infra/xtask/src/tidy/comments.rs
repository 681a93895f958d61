//! Rules about comments: their width, their first words, and what they cite.

use std::collections::BTreeMap;

use super::source::Source;

/// The characters that a line may have, as in `.rustfmt.toml`; rustfmt itself wraps no comment.
const WIDTH: usize = 120;

/// Comment lines that may be wider.
const MOST_WIDE: usize = 0;

/// Comment lines that may begin with one of [`RIDDLES`] today. It only shrinks: put the subject first.
const MOST_RIDDLES: usize = 476;

/// First words that leave the subject for later.
const RIDDLES: &[&str] = &["What", "Which", "Who", "Whom", "Whose", "Whoever", "Whether", "How", "Where", "When"];

/// Papers that a reader of the repository doesn't have. They are put together here so that this file does not find
/// itself.
const PAPERS: &[&str] = &[
    concat!("design", " §"),
    concat!("design", ".md"),
    concat!("prose", ".md"),
    concat!("/", "reference/"),
    concat!("`", "reference/"),
    concat!("the", " study"),
    concat!("the", " design"),
];

/// The breaches, and the numbers that are printed.
#[derive(Debug, Default)]
pub struct Findings {
    /// Every breach.
    pub faults: Vec<String>,
    /// One line about each number that only shrinks.
    pub numbers: Vec<String>,
}

/// Looks at every comment line of `sources`.
pub fn find(sources: &[Source]) -> Findings {
    find_beyond(sources, MOST_WIDE, MOST_RIDDLES)
}

fn find_beyond(sources: &[Source], most_wide: usize, most_riddles: usize) -> Findings {
    let mut findings = Findings { faults: papers(sources), numbers: Vec::new() };
    let wide = places(sources, is_wide);
    findings.take(format!("comment lines wider than {WIDTH}"), &wide, most_wide);
    let riddles = places(sources, is_riddle);
    findings.take("comment lines that begin with a question word".to_owned(), &riddles, most_riddles);
    findings
}

impl Findings {
    /// Counts `found` against `most`. Above it every place of the crate with the most is a fault, so that a new one is
    /// seen.
    fn take(&mut self, title: String, found: &[String], most: usize) {
        let mut by_crate: BTreeMap<&str, usize> = BTreeMap::new();
        for place in found {
            *by_crate.entry(crate_of(place)).or_default() += 1;
        }
        let by_crate: Vec<String> = by_crate.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let number = format!("{} {title}, at most {most}: {}", found.len(), by_crate.join(", "));
        if found.len() > most {
            self.faults.push(number.clone());
            if most == 0 {
                self.faults.extend(found.iter().map(|place| format!("{place}: one of the {title}")));
            }
        }
        if !found.is_empty() {
            self.numbers.push(number);
        }
    }
}

/// Every citation of a paper that is not in the repository, in any file.
fn papers(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            if let Some(paper) =
                PAPERS.iter().find(|paper| line.to_lowercase().contains(*paper) && !line.contains("://"))
            {
                faults.push(format!(
                    "{}:{}: `{paper}` cites a paper that is not in the repository: say it here, or cite the manual",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    faults
}

/// The places, as `path:line`, of all comment lines in Rust for which `breaks` holds. Fenced blocks are pictures and
/// code, not prose.
fn places(sources: &[Source], breaks: fn(&str, &str) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        let mut fenced = false;
        for (number, line) in source.text.lines().enumerate() {
            let Some(text) = comment(line) else {
                fenced = false;
                continue;
            };
            let fence = text.starts_with("```");
            if !fence && !fenced && breaks(line, text) {
                places.push(format!("{}:{}", source.path, number + 1));
            }
            fenced ^= fence;
        }
    }
    places
}

/// The text of a line that is all comment.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.strip_prefix(['/', '!']).unwrap_or(text).trim())
}

/// True beyond the width. A row of a Markdown table can't be wrapped, nor can an address.
fn is_wide(line: &str, text: &str) -> bool {
    let may_be = text.starts_with('|') || (text.contains("://") && !text.contains(' '));
    !may_be && line.chars().count() > WIDTH
}

/// True if the first word asks.
fn is_riddle(_: &str, text: &str) -> bool {
    text.split(|next: char| !next.is_alphanumeric()).next().is_some_and(|first| RIDDLES.contains(&first))
}

/// The folder of a crate: of `shared/mcp/src/tool.rs`, `shared/mcp`; of the stage suite, `tests`.
fn crate_of(path: &str) -> &str {
    let end = match path.split_once("/src/") {
        Some((folder, _)) => folder.len(),
        None if path.starts_with("tests/") => "tests".len(),
        None => path.split_once("/tests/").map_or(path.len(), |(folder, _)| folder.len()),
    };
    path.get(..end).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> usize {
        find_beyond(&[Source::new("shared/mcp/src/tool.rs", text)], 0, 0).faults.len()
    }

    #[test]
    fn wide_comment_is_a_fault() {
        let wide = "x".repeat(117);
        assert_eq!(faults(&format!("// {wide}\n")), 0, "120 characters are the width");
        assert_eq!(faults(&format!("// {wide}é\n")), 2, "the number, and the place");
        assert_eq!(faults(&format!("    /// {wide}\n")), 2, "indentation counts");
        assert_eq!(faults(&format!("//! | {wide} |\n")), 0, "a row of a table can't be wrapped");
        assert_eq!(faults(&format!("/// https://{wide}\n")), 0, "an address can't be wrapped");
        assert_eq!(faults(&format!("//! ```text\n//! {wide}{wide}\n//! ```\n")), 0, "a picture can't be wrapped");
        assert_eq!(faults(&format!("//! ```text\n//! ```\n//! {wide}{wide}\n")), 2, "prose goes on after it");
        assert_eq!(faults(&format!("let x = \"{wide}{wide}\";\n")), 0, "code is rustfmt's");
    }

    #[test]
    fn riddle_is_counted_whatever_the_comment() {
        for riddle in ["// What it is.", "    /// Whether.", "//! How:", "/// Where?"] {
            assert_eq!(faults(&format!("{riddle}\n")), 2, "`{riddle}` should be found");
        }
        for other in ["// The one.", "/// Whatever.", "let what = 1; // What", "// what is lower case goes on"] {
            assert_eq!(faults(&format!("{other}\n")), 0, "`{other}` should be left alone");
        }
    }

    #[test]
    fn number_may_shrink_and_not_grow() {
        let sources =
            [Source::new("shared/mcp/src/a.rs", "// What.\n// Which.\n"), Source::new("tests/b.rs", "// Who.\n")];
        let findings = find_beyond(&sources, 0, 3);
        assert_eq!(findings.faults, Vec::<String>::new());
        assert_eq!(
            findings.numbers,
            ["3 comment lines that begin with a question word, at most 3: shared/mcp 2, tests 1"]
        );
        assert_eq!(find_beyond(&sources, 0, 2).faults.len(), 1, "one more should be a fault");
    }

    #[test]
    fn paper_that_is_not_here_is_a_fault() {
        let cited = concat!("//! It does (design", " §5).\n");
        assert_eq!(faults(cited), 1);
        assert_eq!(faults("//! It does (RFC 7523 §3).\n"), 0);
    }
}
