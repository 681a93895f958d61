//! Tests that clap parses every command line of `weir` in the help, the README and the manual.

use std::fs;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _};

use crate::Weir;

/// The command lines of a text, each as its words after `weir`.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    joined.lines().filter_map(|line| words(line.get(begin(line)?..)?)).collect()
}

/// The byte offset after `weir ` in a line that a shell would run.
fn begin(line: &str) -> Option<usize> {
    let before = ["", "| ", "&& ", "$(", "run: ", "release/"];
    let found = line.match_indices("weir ").find(|(at, _)| {
        let head = line.get(..*at).unwrap_or_default();
        head.trim().is_empty() || before.iter().skip(1).any(|end| head.ends_with(end))
    });
    found.map(|(at, word)| at + word.len())
}

/// The words up to a comment, a pipe or another command; `None` for a line with placeholders (`…`, `COMMAND`).
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut spaces = 0;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(character);
            }
            (None, '|' | '>' | ';' | '#' | ')') => break,
            (None, ' ') => {
                words.extend(word.take());
                spaces += 1;
                // Two spaces begin a comment in the help.
                if spaces > 2 {
                    break;
                }
                continue;
            }
            (None, _) => word.get_or_insert_default().push(character),
        }
        spaces = 0;
    }
    words.extend(word);
    let last = words.iter().position(|word| word == "||" || word == "&&").unwrap_or(words.len());
    words.truncate(last);
    let is_form = words.is_empty() || words.iter().any(|word| word == "…" || word.starts_with("COMMAND"));
    (!is_form).then_some(words)
}

/// The help texts of a command and of all below it.
fn helps(command: &Command) -> String {
    let own = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    command.get_subcommands().fold(own, |texts, below| format!("{texts}\n{}", helps(below)))
}

/// The code blocks of Markdown, those of lists included.
fn blocks(markdown: &str) -> String {
    let mut is_code = false;
    let inside = markdown.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        is_code && !is_fence
    });
    inside.collect::<Vec<_>>().join("\n")
}

/// The text between backticks within the lines of Markdown.
fn spans(markdown: &str) -> String {
    let lines = markdown.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    lines.filter(|span| span.starts_with("weir ")).collect::<Vec<_>>().join("\n")
}

/// Parses each command line and returns their number. With `may_be_part` a line may lack required arguments.
fn check(of: &str, text: &str, may_be_part: bool) -> usize {
    let lines = command_lines(text);
    for line in &lines {
        let all = std::iter::once("weir").chain(line.iter().map(String::as_str));
        let Err(error) = Weir::command().try_get_matches_from(all) else { continue };
        let is_part = [
            ErrorKind::MissingRequiredArgument,
            ErrorKind::MissingSubcommand,
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
        ];
        let is_allowed = error.exit_code() == 0 || (may_be_part && is_part.contains(&error.kind()));
        assert!(is_allowed, "{of}: `weir {}`: {error}", line.join(" "));
    }
    lines.len()
}

#[test]
fn examples_of_help_can_be_typed() {
    assert!(check("help", &helps(&Weir::command()), false) > 40, "the examples should be found");
}

#[test]
fn command_lines_of_manual_can_be_typed() {
    let manifest = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let root = Path::new(&manifest).join("../..");
    let pages = fs::read_dir(root.join("docs")).expect("the manual is there").flatten().map(|entry| entry.path());
    let mut found = 0;
    for page in pages.chain([root.join("README.md")]).filter(|page| page.extension().is_some_and(|end| end == "md")) {
        let text = fs::read_to_string(&page).expect("a page is text");
        let name = page.display().to_string();
        found += check(&name, &blocks(&text), false) + check(&name, &spans(&text), true);
    }
    assert!(found > 70, "the command lines should be found, not {found}");
}

#[test]
fn command_line_is_split_as_by_shell() {
    for (line, expected) in [
        ("weir explain r --user 'a|b' --at x", Some(vec!["explain", "r", "--user", "a|b", "--at", "x"])),
        ("x | weir key public - > public.json", Some(vec!["key", "public", "-"])),
        ("weir client secret      makes one", Some(vec!["client", "secret"])),
        ("weir status --live   # shows it", Some(vec!["status", "--live"])),
        ("weir quarantine add r tool a --key … --to …", None),
        ("the weir command", None),
    ] {
        let found = command_lines(line).into_iter().next();
        assert_eq!(found, expected.map(|words| words.into_iter().map(str::to_owned).collect()), "{line}");
    }
}
