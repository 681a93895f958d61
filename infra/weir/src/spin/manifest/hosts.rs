//! Hosts: the array `allowed_outbound_hosts`, entry by entry, with the comments that people wrote between them.

use toml_edit::{Array, Decor, RawString, Value};

use super::Change;

/// Makes `array` exactly `wanted`, besides what belongs to `redis_url`. Entries that stay keep their place and spelling;
/// an array that is right already isn't touched.
pub fn settle(array: &mut Array, wanted: &[String]) -> Vec<Change> {
    let change = |name: &str, added| Change { what: "host", name: name.to_owned(), added };
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

/// What `redis_url` may name: the registry has no say in it.
fn is_of_redis(entry: &str) -> bool {
    let entry = entry.trim();
    let template = entry.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    ["redis://", "rediss://"].iter().any(|scheme| entry.starts_with(scheme))
        || template.is_some_and(|name| name.trim() == "redis_url")
}

/// An array written one entry to a line.
struct Lines {
    /// The comment on the line of the opening bracket.
    opening: String,
    entries: Vec<Entry>,
    /// Comments before the closing bracket.
    below: Vec<String>,
    /// Before each entry.
    indent: String,
    /// Before the closing bracket.
    closing_indent: String,
}

struct Entry {
    /// Comments and empty lines before it.
    above: Vec<String>,
    value: Value,
    /// The comment on its own line.
    beside: String,
}

impl Lines {
    /// Takes `array` apart. What stands above an entry that isn't `kept` stays all the same: it may be about those after it.
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
            // A comment after an entry's comma is where the next entry begins.
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

    /// `new` after the last entry, and after the comments that stand there: they announce it.
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

/// The end of one line, the lines `whole`, and the beginning of the next.
fn between(line_end: &str, whole: &[String], indent: &str, next_indent: &str) -> String {
    let line = |text: &String| if text.is_empty() { "\n".to_owned() } else { format!("{indent}{text}\n") };
    format!("{line_end}\n{}{next_indent}", whole.iter().map(line).collect::<String>())
}

/// The comment before the first end of a line, with a space before it.
fn line_end(gap: &str) -> String {
    let comment = gap.split('\n').next().unwrap_or_default().trim();
    if comment.is_empty() { String::new() } else { format!(" {comment}") }
}

/// The lines that have nothing but a comment, or nothing at all.
fn whole_lines(gap: &str) -> Vec<String> {
    let lines: Vec<&str> = gap.split('\n').map(str::trim).collect();
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    inner.iter().map(|line| (*line).to_owned()).collect()
}

/// What stands before the first word of the last line; `None` when there is one line only.
fn indent(gap: &str) -> Option<&str> {
    gap.rsplit_once('\n').map(|(_, last)| last)
}

fn raw(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}
