//! quarantine.toml as a document that keeps its comments when it is edited.

use std::fmt;
use std::path::Path;

use clap::ValueEnum;
use registry::document::QUARANTINE_FILE;
use registry::fault::{Fault, Severity};
use registry::source::Source;
use toml_edit::{Array, ArrayOfTables, Datetime, DocumentMut, Item, Table, TableLike, Value, value};

use super::text_of;
use crate::failure::Failure;

/// The key of the tables that end sign-ins.
const NOT_BEFORE: &str = "not_before";

/// The kind of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A user, by `ISSUER|SUBJECT`
    User,
    /// An agent, by its OAuth client id
    Agent,
    /// An origin and everything of it
    Origin,
    /// A tool, by its exposed name, in every virtual server
    Tool,
    /// A resource, by its URI or a pattern that ends with `*`
    Resource,
    /// A prompt, by its exposed name, in every virtual server
    Prompt,
    /// The tokens and sign-ins of a user or an agent until now
    Token,
}

impl Kind {
    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Origin => "origin",
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
            Self::Token => "token",
        }
    }

    /// The key of its list in the file.
    const fn list(self) -> &'static str {
        match self {
            Self::User => "principals",
            Self::Agent => "agents",
            Self::Origin => "origins",
            Self::Tool => "tools",
            Self::Resource => "resources",
            Self::Prompt => "prompts",
            Self::Token => NOT_BEFORE,
        }
    }
}

/// One entry of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// Its name; of [`Kind::Token`] the user, else the agent.
    pub name: String,
    /// The agent beside a user, of [`Kind::Token`].
    pub agent: Option<String>,
    /// The reason, if the file has one.
    pub reason: Option<String>,
    /// The end of a freeze, Unix seconds.
    pub until: Option<u64>,
    /// Of [`Kind::Token`]: the instant before which a token was issued, Unix seconds.
    pub instant: Option<u64>,
}

impl Entry {
    /// An entry without reason and times.
    pub const fn new(kind: Kind, name: String, agent: Option<String>) -> Self {
        Self { kind, name, agent, reason: None, until: None, instant: None }
    }

    /// Adds reason and times to its table.
    fn describe(&self, table: &mut dyn TableLike) {
        if let Some(reason) = &self.reason {
            table.insert("reason", value(reason.as_str()));
        }
        for (key, seconds) in [("until", self.until), ("instant", self.instant)] {
            if let Some(instant) = seconds.and_then(datetime) {
                table.insert(key, value(instant));
            }
        }
    }

    fn read_description(&mut self, table: &dyn TableLike) {
        self.reason = table.get("reason").and_then(Item::as_str).map(str::to_owned);
        let seconds = |key| {
            let written = table.get(key).and_then(Item::as_datetime)?.to_string();
            audit::time::parse_rfc3339(&written).map(|millis| millis / 1_000)
        };
        (self.until, self.instant) = (seconds("until"), seconds("instant"));
    }
}

fn datetime(seconds: u64) -> Option<Datetime> {
    // Without the fraction, which is always zero.
    let text = audit::time::rfc3339(seconds.checked_mul(1_000)?).replace(".000", "");
    text.parse().ok()
}

/// The file.
pub struct QuarantineFile(DocumentMut);

impl QuarantineFile {
    /// Reads the file of `folder`; an absent one is empty. Prints a syntax error with its place.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let text = text_of(folder)?;
        text.parse().map(Self).map_err(|error: toml_edit::TomlError| {
            let place = Source::new(QUARANTINE_FILE, &text).place(error.span().map_or(0, |span| span.start));
            eprintln!("{}", Fault::new(Severity::Error, &place, &format!("not TOML: {}", error.message()), None));
            Failure::Faults
        })
    }

    /// All entries, in the order of the kinds.
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for kind in Kind::value_variants() {
            match self.0.get(kind.list()) {
                Some(Item::Value(Value::Array(array))) => {
                    entries.extend(array.iter().filter_map(|element| element_of(*kind, element)));
                }
                Some(Item::ArrayOfTables(tables)) => {
                    entries.extend(tables.iter().filter_map(|table| table_of(*kind, table)));
                }
                _ => {}
            }
        }
        entries
    }

    /// Adds an entry, in place of an earlier one of the same subject. A list may be an array or tables, as the file has
    /// it; a value that is neither is left to the check of the folder.
    pub fn add(&mut self, entry: &Entry) {
        self.remove(entry);
        let mut table = Table::new();
        match entry.kind {
            Kind::Token => {
                let is_user = entry.name.contains('|');
                table.insert(if is_user { "user" } else { "agent" }, value(entry.name.as_str()));
                if let Some(agent) = &entry.agent {
                    table.insert("agent", value(agent.as_str()));
                }
            }
            _ => drop(table.insert("name", value(entry.name.as_str()))),
        }
        entry.describe(&mut table);
        let list = self.0.entry(entry.kind.list()).or_insert_with(|| match entry.kind {
            Kind::Token => Item::ArrayOfTables(ArrayOfTables::new()),
            _ => value(Array::new()),
        });
        match list {
            Item::ArrayOfTables(tables) => tables.push(table),
            Item::Value(Value::Array(array)) => {
                let mut element = Value::InlineTable(table.into_inline_table());
                // A comment behind the last comma is part of the array's end.
                let comment = array.trailing().as_str().unwrap_or_default().trim_end().to_owned();
                element.decor_mut().set_prefix(format!("{comment}\n  "));
                array.push_formatted(element);
                array.set_trailing_comma(true);
                array.set_trailing("\n");
            }
            _ => {}
        }
    }

    /// Removes the entry of this subject; false if there is none.
    pub fn remove(&mut self, entry: &Entry) -> bool {
        let is_it =
            |found: Option<Entry>| found.is_some_and(|found| found.name == entry.name && found.agent == entry.agent);
        match self.0.get_mut(entry.kind.list()) {
            Some(Item::Value(Value::Array(array))) => {
                let before = array.len();
                array.retain(|element| !is_it(element_of(entry.kind, element)));
                array.len() < before
            }
            Some(Item::ArrayOfTables(tables)) => {
                let before = tables.len();
                tables.retain(|table| !is_it(table_of(entry.kind, table)));
                tables.len() < before
            }
            _ => false,
        }
    }
}

impl fmt::Display for QuarantineFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The entry of one element of an array.
fn element_of(kind: Kind, element: &Value) -> Option<Entry> {
    match element {
        Value::String(name) if kind != Kind::Token => Some(Entry::new(kind, name.value().clone(), None)),
        Value::InlineTable(table) => table_of(kind, table),
        _ => None,
    }
}

/// The entry of one table.
fn table_of(kind: Kind, table: &dyn TableLike) -> Option<Entry> {
    let text = |key| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let mut entry = match (kind, text("user"), text("agent")) {
        (Kind::Token, Some(user), agent) => Entry::new(kind, user, agent),
        (Kind::Token, None, agent) => Entry::new(kind, agent?, None),
        _ => Entry::new(kind, text("name")?, None),
    };
    entry.read_description(table);
    Some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> QuarantineFile {
        QuarantineFile(text.parse().expect("TOML"))
    }

    fn entry(kind: Kind, name: &str) -> Entry {
        Entry::new(kind, name.to_owned(), None)
    }

    #[test]
    fn comments_survive_an_edit() {
        let mut file = file("# ours\ntools = [\n  \"a\", # why a\n]\n");
        let until = Some(1_796_148_000);
        file.add(&Entry { reason: Some("b's reason".to_owned()), until, ..entry(Kind::Tool, "b") });
        file.add(&Entry { instant: Some(1_796_148_000), ..entry(Kind::Token, "https://idp|carol") });
        assert_eq!(
            file.to_string(),
            "# ours\ntools = [\n  \"a\", # why a\n  { name = \"b\", reason = \"b's reason\", until = 2026-12-01T18:00:00Z },\n]\n\n\
             [[not_before]]\nuser = \"https://idp|carol\"\ninstant = 2026-12-01T18:00:00Z\n"
        );
    }

    #[test]
    fn entry_of_every_kind_is_added_listed_and_removed() {
        for kind in Kind::value_variants() {
            let mut file = file("");
            let first = Entry { reason: Some("one".to_owned()), ..entry(*kind, "https://idp|x") };
            let second = Entry { reason: Some("two".to_owned()), ..first.clone() };
            let other = entry(*kind, "https://idp|y");
            [&first, &other, &second].into_iter().for_each(|entry| file.add(entry));
            assert_eq!(file.entries(), [other.clone(), second.clone()], "{kind:?}: the second takes the first's place");
            assert!(file.remove(&first) && !file.remove(&first), "{kind:?}");
            assert_eq!(file.entries(), [other], "{kind:?}");
        }
    }

    #[test]
    fn entry_is_kept_in_either_form_of_a_list() {
        let user = "https://idp|x";
        for (text, kind) in [
            ("not_before = []\n", Kind::Token),
            ("not_before = [{ agent = \"other\", instant = 2026-12-01T18:00:00Z }]\n", Kind::Token),
            ("[[not_before]]\nagent = \"other\"\ninstant = 2026-12-01T18:00:00Z\n", Kind::Token),
            ("principals = []\n", Kind::User),
            ("[[principals]]\nname = \"other\"\n", Kind::User),
        ] {
            let mut file = file(text);
            let others = file.entries();
            let added = Entry { instant: (kind == Kind::Token).then_some(1_796_148_000), ..entry(kind, user) };
            file.add(&added);
            assert!(file.entries().contains(&added), "{text}: {file}");
            assert!(file.to_string().parse::<DocumentMut>().is_ok(), "{text}: {file}");
            assert!(file.remove(&added), "{text}: {file}");
            assert_eq!(file.entries(), others, "{text}: {file}");
        }
    }

    #[test]
    fn sign_in_through_one_agent_is_an_entry_of_its_own() {
        let mut file = file("");
        let all = entry(Kind::Token, "https://idp|x");
        let through = Entry { agent: Some("cursor".to_owned()), ..all.clone() };
        let agent = entry(Kind::Token, "cursor");
        [&all, &through, &agent].into_iter().for_each(|entry| file.add(entry));
        assert_eq!(file.entries(), [all, through.clone(), agent.clone()]);
        assert!(file.remove(&through));
        assert_eq!(file.entries().len(), 2);
    }
}
