//! Edits the array `allowed_outbound_hosts`, one entry per line, and keeps its comments.

use toml_edit::{Array, Decor, RawString, Value};

use super::Change;

/// Sets `array` to `wanted` and the entries of `redis_url`. Remaining entries keep their place and spelling; an array
/// that is correct stays unchanged.
pub fn apply(array: &mut Array, wanted: &[String]) -> Vec<Change> {
    let change = |name: &str, added| Change { kind: "host", name: name.to_owned(), added };
    let texts: Vec<String> = array.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let stays = |at: usize, text: &String| {
        let first = !texts.iter().take(at).any(|earlier| earlier == text);
        first && (wanted.contains(text) || is_of_redis(text))
    };
    let kept: Vec<bool> = texts.iter().enumerate().map(|(at, text)| stays(at, text)).collect();
    let gone = texts.iter().zip(&kept).filter(|(_, kept)| !**kept);
    let mut changes: Vec<Change> = gone.map(|(text, _)| change(text, false)).collect();
    let new: Vec<&String> = wanted.iter().filter(|text| !texts.contains(text)).collect();
    changes.extend(new.iter().map(|text| change(text, true)));
    if !changes.is_empty() {
        Lines::of(array, &kept).with(new).write(array);
    }
    changes
}

/// True for an entry that `redis_url` may need: the registry doesn't decide it.
fn is_of_redis(entry: &str) -> bool {
    let entry = entry.trim();
    let template = entry.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    ["redis://", "rediss://"].iter().any(|scheme| entry.starts_with(scheme))
        || template.is_some_and(|name| name.trim() == "redis_url")
}

/// An array with one entry per line.
struct Lines {
    /// The comment on the line of the opening bracket.
    opening: String,
    entries: Vec<Entry>,
    /// Comments before the closing bracket.
    below: Vec<String>,
    /// The white space before each entry.
    indent: String,
    /// The white space before the closing bracket.
    closing_indent: String,
}

/// One entry and its comments.
struct Entry {
    /// Comments and empty lines before it.
    above: Vec<String>,
    value: Value,
    /// The comment after it on the same line.
    beside: String,
}

impl Lines {
    /// Reads `array`. Comments above an entry that is not `kept` remain: they may be about later entries.
    fn of(array: &Array, kept: &[bool]) -> Self {
        let trailing = raw(Some(array.trailing()));
        let first = array.get(0).map_or(trailing, |first| raw(first.decor().prefix()));
        let mut lines = Self {
            opening: line_end(first),
            entries: Vec::new(),
            below: Vec::new(),
            indent: indent(first).filter(|_| !array.is_empty()).unwrap_or("    ").to_owned(),
            closing_indent: indent(trailing).unwrap_or_default().to_owned(),
        };
        let mut above = whole_lines(first);
        for (at, value) in array.iter().enumerate() {
            // A comment after an entry's comma belongs to the prefix of the next entry.
            let next = array.get(at + 1).map_or(trailing, |next| raw(next.decor().prefix()));
            let gap = raw(value.decor().suffix()).to_owned() + next;
            if kept.get(at).is_some_and(|kept| *kept) {
                let above = std::mem::take(&mut above);
                lines.entries.push(Entry { above, value: value.clone(), beside: line_end(&gap) });
            }
            above.extend(whole_lines(&gap));
        }
        lines.below = above;
        lines
    }

    /// Adds `new` after the last entry and the comments below it, which usually introduce generated entries.
    fn with(mut self, new: Vec<&String>) -> Self {
        for text in new {
            let entry = Entry { above: std::mem::take(&mut self.below), value: text.into(), beside: String::new() };
            self.entries.push(entry);
        }
        self
    }

    fn write(self, array: &mut Array) {
        array.clear();
        let bare = self.entries.is_empty() && self.below.is_empty() && self.opening.is_empty();
        array.set_trailing_comma(!self.entries.is_empty());
        let mut line_end = self.opening;
        for Entry { above, mut value, beside } in self.entries {
            let prefix = between(&line_end, &above, &self.indent, &self.indent);
            *value.decor_mut() = Decor::new(prefix, "");
            array.push_formatted(value);
            line_end = beside;
        }
        let end = between(&line_end, &self.below, &self.indent, &self.closing_indent);
        array.set_trailing(if bare { String::new() } else { end });
    }
}

/// The text between two entries: the end of one line, the lines `whole`, the beginning of the next line.
fn between(line_end: &str, whole: &[String], indent: &str, next_indent: &str) -> String {
    let line = |text: &String| if text.is_empty() { "\n".to_owned() } else { format!("{indent}{text}\n") };
    format!("{line_end}\n{}{next_indent}", whole.iter().map(line).collect::<String>())
}

/// The comment before the first line end, with a space before it.
fn line_end(gap: &str) -> String {
    let comment = gap.split('\n').next().unwrap_or_default().trim();
    if comment.is_empty() { String::new() } else { format!(" {comment}") }
}

/// The lines that are empty or have only a comment.
fn whole_lines(gap: &str) -> Vec<String> {
    let lines: Vec<&str> = gap.split('\n').map(str::trim).collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().map(|line| (*line).to_owned()).collect()
}

/// The indentation of the last line; `None` if there is only one line.
fn indent(gap: &str) -> Option<&str> {
    gap.rsplit_once('\n').map(|(_, last)| last)
}

fn raw(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}
