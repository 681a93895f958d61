//! Entry: one entry of a table whose keys are names, such as `[tools.search]`.

use toml::Spanned;
use toml::de::DeValue;

use super::{Table, wrong_type};
use crate::fault::Faults;
use crate::source::{Located, Source};

/// One entry of a table whose keys are names.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The key, which is a name.
    pub name: Located<String>,
    pub(super) source: &'a Source<'a>,
    pub(super) value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Entry<'a> {
    /// The value, if it is text.
    #[must_use]
    pub fn as_text(&self) -> Option<Located<String>> {
        let text = self.value.get_ref().as_str()?;
        Some(self.source.written(&self.value.span(), text.to_owned()))
    }

    /// Reads the value, which must be a table.
    pub fn table<T>(&self, faults: &mut Faults, read: impl FnOnce(&mut Table<'a>, &mut Faults) -> T) -> Option<T> {
        let Some(table) = self.value.get_ref().as_table() else {
            wrong_type(self.source, &self.name.value, self.value, "a table", faults);
            return None;
        };
        let mut table = Table {
            source: self.source,
            table,
            place: self.name.place.clone(),
            known_keys: Vec::new(),
            explained: None,
        };
        let document = read(&mut table, faults);
        table.finish(faults);
        Some(document)
    }
}
