//! Table: reads known keys of one TOML table and reports unknown keys and wrong values, each with its place.
//!
//! serde stops at the first fault. Here each known key is read by name, and [`Table::finish`] reports the keys that
//! were never read.

mod entry;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::{Faults, Place, did_you_mean};
use crate::source::{Located, Source};

pub use entry::Entry;

/// The form of an instant, worded to follow *must be*.
const INSTANT: &str = "a date and time with offset, such as 2026-12-01T18:00:00Z";

/// A requirement on a text.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// True if a text meets the requirement.
    pub holds: fn(&str) -> bool,
    /// The requirement, worded to follow *must*.
    pub says: &'static str,
}

impl Rule {
    /// Accepts any text, for values that are parsed afterwards.
    pub const ANY: Self = Self { holds: |_| true, says: "be text" };
}

/// One TOML table that is being read.
#[derive(Debug)]
pub struct Table<'a> {
    source: &'a Source<'a>,
    table: &'a DeTable<'a>,
    place: Place,
    known_keys: Vec<&'static str>,
    explained: Option<Explained>,
}

/// The help for some unknown keys.
#[derive(Debug)]
struct Explained {
    holds: fn(&str) -> bool,
    help: String,
}

/// Parses `source` and calls `read` with its root table.
///
/// A file with syntax errors is not read: `None` is returned and each error added to `faults`. Further faults would
/// only follow from them.
pub fn parse<T>(
    source: &Source<'_>,
    faults: &mut Faults,
    read: impl FnOnce(&mut Table<'_>, &mut Faults) -> T,
) -> Option<T> {
    let (root, errors) = DeTable::parse_recoverable(source.text());
    for error in &errors {
        let place = source.place(error.span().map_or(0, |span| span.start));
        faults.error(&place, format!("not TOML: {}", error.message()), None);
    }
    if !errors.is_empty() {
        return None;
    }
    let mut table =
        Table { source, table: root.get_ref(), place: source.place(0), known_keys: Vec::new(), explained: None };
    let document = read(&mut table, faults);
    table.finish(faults);
    Some(document)
}

impl<'a> Table<'a> {
    /// The place where the table begins.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// True if the table has no `key`.
    #[must_use]
    pub fn is_absent(&self, key: &str) -> bool {
        !self.table.contains_key(key)
    }

    /// True if the value of `key` is an empty array.
    #[must_use]
    pub fn is_empty(&self, key: &str) -> bool {
        let array = self.table.get(key).and_then(|value| value.get_ref().as_array());
        array.is_some_and(|array| array.is_empty())
    }

    /// The place of the value of `key`, if it is an array or a table without anything in it.
    #[must_use]
    pub fn place_of_empty(&self, key: &str) -> Option<Place> {
        let value = self.table.get(key)?;
        let is_empty = self.is_empty(key) || value.get_ref().as_table().is_some_and(|table| table.is_empty());
        is_empty.then(|| self.source.place(value.span().start))
    }

    /// Reads the required text of `key`, which must meet `rule`.
    pub fn required_text(&mut self, key: &'static str, rule: &Rule, faults: &mut Faults) -> Option<Located<String>> {
        if !self.table.contains_key(key) {
            self.known_keys.push(key);
            faults.error(&self.place, format!("`{key}` is missing"), None);
            return None;
        }
        self.text(key, rule, faults)
    }

    /// Reads the text of `key`, which must meet `rule`.
    pub fn text(&mut self, key: &'static str, rule: &Rule, faults: &mut Faults) -> Option<Located<String>> {
        let (_, value) = self.take(key)?;
        text_of(self.source, key, value, rule, faults)
    }

    /// Reads the array of texts of `key`; each must meet `rule` and occur once.
    pub fn texts(&mut self, key: &'static str, rule: &Rule, faults: &mut Faults) -> Vec<Located<String>> {
        let Some((_, value)) = self.take(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            wrong_type(self.source, key, value, "an array of strings", faults);
            return Vec::new();
        };
        let mut texts: Vec<Located<String>> = Vec::new();
        for element in array.iter() {
            let Some(text) = text_of(self.source, key, element, rule, faults) else {
                continue;
            };
            if texts.iter().any(|earlier| earlier.value == text.value) {
                faults.error(&text.place, format!("`{}` is twice in `{key}`", text.value), None);
            } else {
                texts.push(text);
            }
        }
        texts
    }

    /// Reads the array of `key`. Each element is a text, or a table with the text as `name` and more keys, which `read`
    /// reads; the text must meet `rule` and occur once.
    pub fn names<T>(
        &mut self,
        key: &'static str,
        rule: &Rule,
        faults: &mut Faults,
        mut read: impl FnMut(&mut Table<'a>, &mut Faults) -> T,
    ) -> Vec<(Located<String>, Option<T>)> {
        let Some((_, value)) = self.take(key) else {
            return Vec::new();
        };
        let Some(array) = value.get_ref().as_array() else {
            wrong_type(self.source, key, value, "an array", faults);
            return Vec::new();
        };
        let mut names: Vec<(Located<String>, Option<T>)> = Vec::new();
        for element in array.iter() {
            let (name, more) = match element.get_ref().as_table() {
                Some(table) => {
                    let place = self.source.place(element.span().start);
                    self.inner(table, place, faults, |table, faults| {
                        (table.required_text("name", rule, faults), Some(read(table, faults)))
                    })
                }
                None => (text_of(self.source, key, element, rule, faults), None),
            };
            let Some(name) = name else { continue };
            if names.iter().any(|(earlier, _)| earlier.value == name.value) {
                faults.error(&name.place, format!("`{}` is twice in `{key}`", name.value), None);
            } else {
                names.push((name, more));
            }
        }
        names
    }

    /// Reads the instant of `key`, a date-time with offset, as Unix seconds.
    pub fn instant(&mut self, key: &'static str, faults: &mut Faults) -> Option<Located<u64>> {
        let (_, value) = self.take(key)?;
        let DeValue::Datetime(written) = value.get_ref() else {
            wrong_type(self.source, key, value, INSTANT, faults);
            return None;
        };
        let Some(millis) = audit::time::parse_rfc3339(&written.to_string()) else {
            let place = self.source.place(value.span().start);
            faults.error(&place, format!("`{key}` must be {INSTANT}, not `{written}`"), None);
            return None;
        };
        Some(self.source.written(&value.span(), millis / 1000))
    }

    /// Reads the whole number of `key`, which must be within `bounds`, inclusive.
    pub fn number(&mut self, key: &'static str, bounds: (u64, u64), faults: &mut Faults) -> Option<Located<u64>> {
        let (_, value) = self.take(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            wrong_type(self.source, key, value, "a whole number", faults);
            return None;
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        match number.filter(|number| (bounds.0..=bounds.1).contains(number)) {
            Some(number) => Some(self.source.written(&value.span(), number)),
            None => {
                let place = self.source.place(value.span().start);
                faults.error(&place, format!("`{key}` must be from {} to {}", bounds.0, bounds.1), None);
                None
            }
        }
    }

    /// Reads the boolean of `key`.
    pub fn flag(&mut self, key: &'static str, faults: &mut Faults) -> Option<Located<bool>> {
        let (_, value) = self.take(key)?;
        let Some(flag) = value.get_ref().as_bool() else {
            wrong_type(self.source, key, value, "`true` or `false`", faults);
            return None;
        };
        Some(self.source.written(&value.span(), flag))
    }

    /// Reads the table of `key`.
    pub fn table<T>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
        read: impl FnOnce(&mut Table<'a>, &mut Faults) -> T,
    ) -> Option<T> {
        let (place, value) = self.take(key)?;
        let Some(table) = value.get_ref().as_table() else {
            wrong_type(self.source, key, value, "a table", faults);
            return None;
        };
        Some(self.inner(table, place, faults, read))
    }

    /// Reads each table of the array of `key`.
    pub fn tables<T>(
        &mut self,
        key: &'static str,
        faults: &mut Faults,
        mut read: impl FnMut(&mut Table<'a>, &mut Faults) -> T,
    ) -> Vec<T> {
        let Some((_, value)) = self.take(key) else {
            return Vec::new();
        };
        let array = value.get_ref().as_array().map(|array| array.iter());
        let Some(elements) = array else {
            wrong_type(self.source, key, value, &format!("tables (`[[{key}]]`)"), faults);
            return Vec::new();
        };
        let mut read_so_far = Vec::new();
        for element in elements {
            match element.get_ref().as_table() {
                Some(table) => {
                    let place = self.source.place(element.span().start);
                    read_so_far.push(self.inner(table, place, faults, &mut read));
                }
                None => wrong_type(self.source, key, element, "a table", faults),
            }
        }
        read_so_far
    }

    /// Returns the entries of the table of `key`, whose own keys are names that must meet `rule`.
    pub fn entries(&mut self, key: &'static str, rule: &Rule, faults: &mut Faults) -> Vec<Entry<'a>> {
        let Some((_, value)) = self.take(key) else {
            return Vec::new();
        };
        let Some(table) = value.get_ref().as_table() else {
            wrong_type(self.source, key, value, "a table", faults);
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (name, value) in table.iter() {
            let written = self.source.written(&name.span(), name.get_ref().to_string());
            if (rule.holds)(&written.value) {
                entries.push(Entry { name: written, source: self.source, value });
            } else {
                faults.error(&written.place, format!("`{}` in `{key}` must {}", written.value, rule.says), None);
            }
        }
        entries
    }

    /// Gives the unknown keys for which `holds` is true this help.
    pub fn explain_unknown(&mut self, holds: fn(&str) -> bool, help: String) {
        self.explained = Some(Explained { holds, help });
    }

    /// Reports each key that was never read.
    fn finish(&self, faults: &mut Faults) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !self.known_keys.contains(&name) {
                let place = self.source.place(key.span().start);
                let explained = self.explained.as_ref().filter(|explained| (explained.holds)(name));
                let explained = explained.map(|explained| explained.help.clone());
                let help = explained.or_else(|| did_you_mean(name, self.known_keys.iter().copied()));
                faults.error(&place, format!("unknown key `{name}`"), help);
            }
        }
    }

    fn inner<T>(
        &self,
        table: &'a DeTable<'a>,
        place: Place,
        faults: &mut Faults,
        read: impl FnOnce(&mut Table<'a>, &mut Faults) -> T,
    ) -> T {
        let mut table = Table { source: self.source, table, place, known_keys: Vec::new(), explained: None };
        let document = read(&mut table, faults);
        table.finish(faults);
        document
    }

    fn take(&mut self, key: &'static str) -> Option<(Place, &'a Spanned<DeValue<'a>>)> {
        self.known_keys.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some((self.source.place(name.span().start), value))
    }
}

fn text_of(
    source: &Source<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    rule: &Rule,
    faults: &mut Faults,
) -> Option<Located<String>> {
    let Some(text) = value.get_ref().as_str() else {
        wrong_type(source, key, value, "a string", faults);
        return None;
    };
    let written = source.written(&value.span(), text.to_owned());
    if (rule.holds)(text) {
        return Some(written);
    }
    faults.error(&written.place, format!("`{key}` must {}, not `{}`", rule.says, shortened(text)), None);
    None
}

fn wrong_type(source: &Source<'_>, key: &str, value: &Spanned<DeValue<'_>>, expected: &str, faults: &mut Faults) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    faults.error(&source.place(value.span().start), format!("`{key}` must be {expected}, not {found}"), None);
}

/// The first 80 characters of `text`.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
