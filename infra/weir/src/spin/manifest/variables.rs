//! Edits the variables of origins' secrets: declared for the app and given to the gateway.

use toml_edit::{InlineTable, Item, TableLike, value};

use super::Change;

/// The key of the table of variables, in the app and in a component.
const VARIABLES: &str = "variables";

/// Sets the variables of origins' secrets in `parent` to `wanted`, each new one with the value of `item`; every other
/// variable stays. Returns `None` if the variables are no table.
pub fn apply(parent: &mut dyn TableLike, wanted: &[String], item: fn(&str) -> Item) -> Option<Vec<Change>> {
    if wanted.is_empty() && !parent.contains_key(VARIABLES) {
        return Some(Vec::new());
    }
    let table = parent.entry(VARIABLES).or_insert_with(toml_edit::table).as_table_like_mut()?;
    let change = |name: &str, added| Change { kind: "variable", name: name.to_owned(), added };
    let names: Vec<String> = table.iter().map(|(name, _)| name.to_owned()).collect();
    let gone = names.iter().filter(|name| is_of_an_origin(name) && !wanted.contains(name));
    let mut changes: Vec<Change> = gone.map(|name| change(name, false)).collect();
    for change in &changes {
        table.remove(&change.name);
    }
    for name in wanted.iter().filter(|name| !names.contains(name)) {
        table.insert(name, item(name));
        changes.push(change(name, true));
    }
    Some(changes)
}

/// The declaration `{ default = "", secret = true }`. Never `required`: Spin resolves every variable of the app before
/// the first call of any component, so one missing secret would fail the calls to all origins.
pub fn declaration(_: &str) -> Item {
    let mut declaration = InlineTable::new();
    declaration.insert("default", "".into());
    declaration.insert("secret", true.into());
    value(declaration)
}

/// The template `"{{ NAME }}"`.
pub fn template(name: &str) -> Item {
    value(format!("{{{{ {name} }}}}"))
}

fn is_of_an_origin(name: &str) -> bool {
    let rest = ["origin_", "idp_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.is_some_and(|rest| rest.ends_with("_secret"))
}
