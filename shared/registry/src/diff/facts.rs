//! Facts: a map that loses none, and the members of a JSON value as facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::legible::quoted;

/// Facts by subject. Two values of one subject are both kept.
#[derive(Default)]
pub(super) struct Facts(BTreeMap<String, BTreeSet<String>>);

/// The value of a fact that only says that something is there.
pub(super) const LISTED: &str = "listed";

impl Facts {
    pub(super) fn add(&mut self, about: impl Into<String>, value: impl Into<String>) {
        self.0.entry(about.into()).or_default().insert(value.into());
    }

    pub(super) fn into_map(self) -> BTreeMap<String, String> {
        let joined = |values: BTreeSet<String>| values.into_iter().collect::<Vec<_>>().join(" and ");
        self.0.into_iter().map(|(about, values)| (about, joined(values))).collect()
    }

    /// Adds each of `members`, under its name after `about`.
    pub(super) fn add_members(&mut self, about: &str, members: BTreeMap<String, Value>) {
        for (name, value) in members {
            self.add_value(&format!("{about}: {}", member(&name)), &value);
        }
    }

    /// Adds a whole value: each member of an object by its path, and each element of an array.
    ///
    /// The order of an array is no fact, because no order in a record changes a decision. An element is identified by
    /// its name or id; without one, by its value.
    fn add_value(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    self.add_value(&format!("{path}.{}", member(name)), value);
                }
            }
            Value::Array(elements) => {
                for element in elements {
                    match ["name", "id"].into_iter().find_map(|key| element.get(key)) {
                        Some(name) => self.add_value(&format!("{path} {}", shown(name)), element),
                        None => self.add(format!("{path} {}", shown(element)), LISTED),
                    }
                }
            }
            single => self.add(path, shown(single)),
        }
    }
}

/// A member's name in a path: as it is, if it can't be taken for more than one.
fn member(name: &str) -> String {
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { name.to_owned() } else { quoted(name) }
}

/// A whole value on one line.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Object(_) | Value::Array(_) => quoted(&value.to_string()),
        plain => plain.to_string(),
    }
}
