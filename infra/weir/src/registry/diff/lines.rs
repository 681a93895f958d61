//! Lines: a value of several lines, such as a policy, is compared line by line.
//!
//! Every line that is added or removed is shown whole, with three unchanged lines around it. The lines are parts of the
//! quoted value, so that hidden characters stay escapes, and each is indented: none can pass for another change.

use std::fmt::Write as _;

use registry::diff::Change;
use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

/// The number of unchanged lines around a change.
const CONTEXT: usize = 3;

/// The text of a change: one line, or a line with its subject and then the lines of its values.
pub fn text(change: &Change) -> String {
    let [old, new] = [&change.old, &change.new].map(|value| value.as_deref().map_or(Some(Vec::new()), lines));
    let (Some(old), Some(new)) = (old, new) else { return change.to_string() };
    if old.len().max(new.len()) < 2 {
        return change.to_string();
    }
    let sign = match (&change.old, &change.new) {
        (None, _) => '+',
        (_, None) => '-',
        _ => '~',
    };
    let mut text = format!("{sign} {}:", change.about);
    // Quick enough without a deadline: `check` bounds the bytes of a policy, and of every other text.
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    for (index, group) in group_diff_ops(operations, CONTEXT).iter().enumerate() {
        if index > 0 {
            text += "\n    …";
        }
        for line in group.iter().flat_map(|operation| operation.iter_changes(&old, &new)) {
            let sign = match line.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            // Writing to a String never fails.
            let _ = write!(text, "\n    {sign} {}", with_visible_end(line.value()));
        }
    }
    text
}

/// The lines of one quoted value, as they are quoted; `None` if `shown` is anything else.
fn lines(shown: &str) -> Option<Vec<&str>> {
    let inner = shown.strip_prefix('`')?.strip_suffix('`')?;
    let (mut lines, mut begin, mut is_escaped) = (Vec::new(), 0, false);
    for (offset, character) in inner.char_indices() {
        match (is_escaped, character) {
            // An unescaped backtick ends the value.
            (false, '`') => return None,
            (true, 'n') => {
                lines.push(inner.get(begin..offset - 1)?);
                begin = offset + 1;
            }
            _ => {}
        }
        is_escaped = !is_escaped && character == '\\';
    }
    if is_escaped {
        return None;
    }
    lines.push(inner.get(begin..)?);
    Some(lines)
}

/// The line with a space at its end as an escape.
fn with_visible_end(line: &str) -> String {
    line.strip_suffix(' ').map_or_else(|| line.to_owned(), |start| format!("{start}\\u{{20}}"))
}

#[cfg(test)]
mod tests {
    use registry::legible::quoted;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        text(&Change { about: "policy `a`".to_owned(), old: Some(quoted(old)), new: Some(quoted(new)) })
    }

    #[test]
    fn lines_are_split_at_line_breaks_only() {
        for (value, expected) in [
            ("a\nb", Some(vec!["a", "b"])),
            ("a\\nb", Some(vec!["a\\\\nb"])),
            ("a\\\nb", Some(vec!["a\\\\", "b"])),
            ("a` → `b\n", Some(vec!["a\\` → \\`b", ""])),
            ("", Some(vec![""])),
        ] {
            assert_eq!(lines(&quoted(value)), expected, "{value:?}");
        }
        for other in ["listed", "`a` of origin `b`", "`a", "`a\\`", ""] {
            assert_eq!(lines(other), None, "{other:?}");
        }
    }

    #[test]
    fn value_of_one_line_stays_on_one_line() {
        assert_eq!(shown("a", "b"), "~ policy `a`: `a` → `b`");
        let listed = Change { about: "x".to_owned(), old: None, new: Some("listed".to_owned()) };
        assert_eq!(text(&listed), "+ x: listed");
    }

    #[test]
    fn changed_lines_are_whole_with_context() {
        let old: Vec<String> = (0..20).map(|line| format!("line {line}")).collect();
        let mut new = old.clone();
        new[1] = "line one".to_owned();
        new[17] = "line 17 ".to_owned();
        let expected = "~ policy `a`:\n      line 0\n    - line 1\n    + line one\n      line 2\n      line 3\n      line 4\n    \u{2026}\n      line 14\n      line 15\n      line 16\n    - line 17\n    + line 17\\u{20}\n      line 18\n      line 19";
        assert_eq!(shown(&old.join("\n"), &new.join("\n")), expected);
    }

    #[test]
    fn added_and_removed_values_are_shown_line_by_line() {
        let value = Some(quoted("a\nb"));
        let added = Change { about: "p".to_owned(), old: None, new: value.clone() };
        assert_eq!(text(&added), "+ p:\n    + a\n    + b");
        let removed = Change { about: "p".to_owned(), old: value, new: None };
        assert_eq!(text(&removed), "- p:\n    - a\n    - b");
    }

    #[test]
    fn hostile_line_neither_hides_nor_passes_for_another_change() {
        let text = shown("a\nb", "a\n+ group `g`: may use `x`\u{202e}\rb\u{1b}[1A");
        assert_eq!(
            text,
            "~ policy `a`:\n      a\n    - b\n    + + group \\`g\\`: may use \\`x\\`\\u{202e}\\rb\\u{1b}[1A"
        );
    }

    #[test]
    fn large_values_end_in_time() {
        let [old, new] = [0, 1].map(|shift| {
            let lines = (0..4_000_u32).map(|line| (line.wrapping_mul(2_654_435_761) >> (16 + shift)).to_string());
            lines.collect::<Vec<_>>().join("\n")
        });
        assert!(shown(&old, &new).lines().count() > 1_000);
    }
}
