//! Rules about the text of single files.

use super::source::Source;

/// Names of files and folders that say nothing about their content.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "types", "helpers", "helper", "prelude", "misc"];

/// Every fault in `sources`, as `path: what to mend`.
pub fn faults(sources: &[Source], most_lines: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let mut fault = |text: String| faults.push(format!("{}: {text}", source.path));
        let lines = source.text.lines().count();
        if lines > most_lines && !may_be_long(&source.path) {
            fault(format!("{lines} lines, more than {most_lines}: find the rooms inside it"));
        }
        if source.path.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part)) {
            fault("this name does not say what the file contains".to_owned());
        }
        if !source.is_rust() {
            continue;
        }
        if !source.text.starts_with("//! ") {
            fault("the first line should be a `//!` sentence about the file".to_owned());
        }
        for (number, line) in source.text.lines().enumerate() {
            if let Some(text) = unfinished(line) {
                faults.push(format!("{}:{}: {text}", source.path, number + 1));
            }
        }
    }
    faults
}

/// True for the manual, which is prose, and for generated data.
fn may_be_long(path: &str) -> bool {
    path.contains("/manual/") || path.starts_with("docs/") || path.contains("/vectors/") || path.contains("/generated/")
}

/// The fault of a line that marks unfinished work.
fn unfinished(line: &str) -> Option<&'static str> {
    let line = line.trim();
    // The marks are put together from parts so that this file does not match itself.
    let later = [concat!("to", "do!("), concat!("unimple", "mented!("), concat!("TO", "DO"), concat!("FIX", "ME")];
    if later.iter().any(|mark| line.contains(mark)) {
        return Some("finish it, or open an issue and say here what holds today");
    }
    if line == concat!("#[ig", "nore]") {
        return Some("a test that is left out says why: `#[ignore = \"…\"]`");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        faults(&[Source::new(path, text)], 3)
    }

    #[test]
    fn good_file_has_no_faults() {
        assert_eq!(found("shared/mcp/src/tool.rs", "//! Tools.\n\nfn a() {}\n"), Vec::<String>::new());
    }

    #[test]
    fn long_file_is_a_fault_except_in_manual() {
        let text = "//! Tools.\n1\n2\n3\n";
        assert_eq!(found("shared/mcp/src/tool.rs", text).len(), 1, "four lines should be more than three");
        for manual in ["shared/gateway/src/manual/threats.rs", "docs/threats.md"] {
            assert_eq!(found(manual, text), Vec::<String>::new());
        }
    }

    #[test]
    fn file_without_first_sentence_is_a_fault() {
        assert_eq!(found("a.rs", "fn a() {}\n").len(), 1, "the first line should be a sentence");
    }

    #[test]
    fn empty_name_is_a_fault() {
        for path in ["shared/mcp/src/utils.rs", "shared/common/src/lib.rs"] {
            assert_eq!(found(path, "//! Things.\n").len(), 1, "`{path}` should be refused");
        }
    }

    #[test]
    fn ignored_test_without_reason_is_a_fault() {
        let bare = concat!("//! Tests.\n#[ig", "nore]\n");
        let reasoned = concat!("//! Tests.\n#[ig", "nore = \"needs a network\"]\n");
        assert_eq!(found("a.rs", bare), ["a.rs:2: a test that is left out says why: `#[ignore = \"…\"]`"]);
        assert_eq!(found("a.rs", reasoned), Vec::<String>::new());
    }

    #[test]
    fn unfinished_work_is_a_fault() {
        let text = concat!("//! Tools.\n// TO", "DO: later\n");
        assert_eq!(found("a.rs", text).len(), 1, "a mark for later should be found");
    }
}
