//! Diff: the changes between two registry folders, in terms of their effects.
//!
//! Each folder is turned into facts, and the facts are compared. Every member of every record is a fact, with its whole
//! value: the records are walked as JSON, so that a member which is new in [`crate::snapshot`] has one too. Beside them
//! stand the effects: a tool that is added to a role appears once for each group that may now use it.

mod facts;
mod members;
mod rights;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::compile::Snapshot;
use crate::document::Documents;
use crate::folder::CheckedFolder;
use crate::legible::quoted;

use facts::{Facts, LISTED};

/// One fact that differs between the folders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The subject, such as ``origin `documents`: url``.
    pub about: String,
    /// The value in the old folder; absent if the fact is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The value in the new folder; absent if the fact is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

/// `+ ABOUT: NEW`, `- ABOUT: OLD` or `~ ABOUT: OLD → NEW`.
impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match (&self.old, &self.new) {
            (None, Some(new)) => write!(formatter, "+ {about}: {new}"),
            (Some(old), None) => write!(formatter, "- {about}: {old}"),
            (Some(old), Some(new)) => write!(formatter, "~ {about}: {old} → {new}"),
            (None, None) => write!(formatter, "  {about}"),
        }
    }
}

/// Compares two folders; the changes are sorted by subject. `None` if either folder has an error.
#[must_use]
pub fn diff(old: &CheckedFolder, new: &CheckedFolder) -> Option<Vec<Change>> {
    let [old, new] = [old, new].map(|checked| {
        let mut facts = facts(&checked.documents, checked.snapshot()?);
        facts.extend(checked.accepted.iter().map(|accepted| accepted.fact()));
        Some(facts)
    });
    Some(changes(old?, new?))
}

/// Compares two maps of facts by subject; the changes are sorted by subject.
#[must_use]
pub fn changes(mut old: BTreeMap<String, String>, new: BTreeMap<String, String>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (about, new) in new {
        let old = old.remove(&about);
        if old.as_ref() != Some(&new) {
            changes.push(Change { about, old, new: Some(new) });
        }
    }
    changes.extend(old.into_iter().map(|(about, old)| Change { about, old: Some(old), new: None }));
    changes.sort_by(|one, other| one.about.cmp(&other.about));
    changes
}

/// The facts of a folder, by subject.
#[must_use]
pub fn facts(documents: &Documents, snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut facts = Facts::default();
    members::add_gateway(&snapshot.gateway, &mut facts);
    for assignments in &snapshot.assignments {
        members::add_assignments(assignments, &mut facts);
    }
    for virtual_server in snapshot.virtual_servers.values() {
        members::add_virtual_server(virtual_server, documents, &mut facts);
    }
    members::add_quarantine(&snapshot.quarantine, &mut facts);
    for class in &documents.gateway.data_classes {
        facts.add(format!("gateway: data_classes {}", quoted(&class.value)), LISTED);
    }
    for origin in documents.origins.values() {
        members::add_written_origin(origin, &mut facts);
    }
    rights::add(snapshot, &mut facts);
    rights::add_grants(documents, &mut facts);
    rights::add_policies(documents, snapshot, &mut facts);
    facts.into_map()
}
