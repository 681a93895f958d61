//! Rules about comments: their width, their first words, and their citations.

use super::source::Source;

/// The characters that a line may have, as in `.rustfmt.toml`; rustfmt itself wraps no comment.
const WIDTH: usize = 120;

/// Question words, which hide the subject of a sentence.
const RIDDLES: &[&str] = &["What", "Which", "Who", "Whom", "Whose", "Whoever", "Whether", "How", "Where", "When"];

/// Papers that are not in the repository. Each text is put together from parts so that this file does not match
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

/// Every breach in the comments of `sources`.
pub fn faults(sources: &[Source]) -> Vec<String> {
    let mut faults = papers(sources);
    let wide = format!("a comment has at most {WIDTH} characters in a line");
    faults.extend(places(sources, is_wide).iter().map(|place| format!("{place}: {wide}")));
    let riddle = "a comment line begins with its subject, not with a question word";
    faults.extend(places(sources, is_riddle).iter().map(|place| format!("{place}: {riddle}")));
    faults
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

/// The text of a line that is a comment and nothing else.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.strip_prefix(['/', '!']).unwrap_or(text).trim())
}

/// True beyond the width. A row of a Markdown table and an address can't be wrapped.
fn is_wide(line: &str, text: &str) -> bool {
    let may_be = text.starts_with('|') || (text.contains("://") && !text.contains(' '));
    !may_be && line.chars().count() > WIDTH
}

/// True if the first word is a question word.
fn is_riddle(_: &str, text: &str) -> bool {
    text.split(|next: char| !next.is_alphanumeric()).next().is_some_and(|first| RIDDLES.contains(&first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> usize {
        super::faults(&[Source::new("shared/mcp/src/tool.rs", text)]).len()
    }

    #[test]
    fn wide_comment_is_a_fault() {
        let wide = "x".repeat(117);
        assert_eq!(faults(&format!("// {wide}\n")), 0, "120 characters are the width");
        assert_eq!(faults(&format!("// {wide}é\n")), 1, "one more is too many");
        assert_eq!(faults(&format!("    /// {wide}\n")), 1, "indentation counts");
        assert_eq!(faults(&format!("//! | {wide} |\n")), 0, "a row of a table can't be wrapped");
        assert_eq!(faults(&format!("/// https://{wide}\n")), 0, "an address can't be wrapped");
        assert_eq!(faults(&format!("//! ```text\n//! {wide}{wide}\n//! ```\n")), 0, "a picture can't be wrapped");
        assert_eq!(faults(&format!("//! ```text\n//! ```\n//! {wide}{wide}\n")), 1, "prose goes on after it");
        assert_eq!(faults(&format!("let x = \"{wide}{wide}\";\n")), 0, "code is rustfmt's");
    }

    #[test]
    fn riddle_is_found_in_every_kind_of_comment() {
        for riddle in ["// What it is.", "    /// Whether.", "//! How:", "/// Where?"] {
            assert_eq!(faults(&format!("{riddle}\n")), 1, "`{riddle}` should be found");
        }
        for other in ["// The one.", "/// Whatever.", "let what = 1; // What", "// what is lower case goes on"] {
            assert_eq!(faults(&format!("{other}\n")), 0, "`{other}` should be left alone");
        }
    }

    #[test]
    fn paper_that_is_not_here_is_a_fault() {
        let cited = concat!("//! It does (design", " §5).\n");
        assert_eq!(faults(cited), 1);
        assert_eq!(faults("//! It does (RFC 7523 §3).\n"), 0);
    }
}
